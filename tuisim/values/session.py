"""Session: what a person has made at the bench, as one value, and as a TOML file and back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from tuisim.values import toml
from tuisim.values.experiment import Experiment
from tuisim.values.layered import SIGNALS, heard_in_memory, split
from tuisim.values.plan import PLAN_FIELDS, Plan

#: What this program writes; it reads no file of a higher one.
VERSION = 1
#: Undo and redo are kept so far, and as far as a file of this size has room for.
MOST_STEPS, _MOST_BYTES = 100, 900_000
#: How many pinned runs there may be.
MOST_PINNED = 4

_TABLES = {"pinned": MOST_PINNED, "past": MOST_STEPS, "future": MOST_STEPS}
_KEYS = ("version", "view", "axis", "step", "experiment", *_TABLES, "plan")
_AXES = ("log", "linear")

Nets = tuple[Experiment, ...]


@attrs.frozen
class Session:
    """The net, what was before it and was undone, what is pinned, and what was looked at.

    Attributes:
        past, future: the oldest first; the first of `future` was undone last of all.
        pinned: the newest first.
        view: the key or the name of one.
        step: where the cursor stands; None without one.
        plan: how nets are trained.
    """

    experiment: Experiment
    past: Nets = ()
    future: Nets = ()
    pinned: Nets = ()
    view: str = "norms"
    log_axis: bool = True
    step: int | None = None
    plan: Plan = attrs.field(factory=Plan)

    @property
    def work(self) -> tuple[object, ...]:
        """What would be lost with it; where one looked is seen again with a key."""
        return self.experiment, self.past, self.future, self.pinned, self.plan


def anchored(session: Session) -> Session:
    """What is written of it, files of nets and inputs by their full names, for any directory."""
    nets: dict[str, Any] = {
        name: tuple(map(_anchored, getattr(session, name)[-most:]))
        for name, most in _TABLES.items()
    }
    return attrs.evolve(session, experiment=_anchored(session.experiment), **nets)


def _anchored(experiment: Experiment) -> Experiment:
    changes: dict[str, Any] = {}
    path, name = split(experiment.layer)
    if path and not os.path.isabs(path):
        changes["layer"] = f"{os.path.abspath(path)}#{name}"
    heard = experiment.input
    if heard not in SIGNALS and not (heard_in_memory(experiment) or os.path.isabs(heard)):
        changes["input"] = os.path.abspath(heard)
    return attrs.evolve(experiment, **changes) if changes else experiment


def dumps(session: Session) -> str:
    """The session as TOML; of a long undo the newest steps."""
    head = [
        "# A session of tuisim: `tuisim --session FILE` opens it.",
        f"version = {VERSION}",
        f"view = {toml.quoted(session.view)}",
        f'axis = "{_AXES[not session.log_axis]}"',
        *([] if session.step is None else [f"step = {session.step}"]),
    ]
    parts = ["\n".join(head) + "\n", _table("[experiment]", session.experiment)]
    parts += [_table("[[pinned]]", one) for one in session.pinned]
    if session.plan != Plan():
        parts.append("\n".join(["[plan]", *toml.entries(session.plan.asked, PLAN_FIELDS)]) + "\n")
    for name in ("past", "future"):
        newest = [_table(f"[[{name}]]", one) for one in getattr(session, name)[-MOST_STEPS:]]
        room = _MOST_BYTES - sum(map(_bytes, parts))
        parts += newest[_first_that_fits(newest, room) :]
    return "\n".join(parts)


def load(path: Path) -> Session:
    """Read a session's file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none, or a newer program's; names the file.
    """
    try:
        return _session(toml.read_table(path))
    except ValueError as error:
        message = str(error)
        raise ValueError(message if str(path) in message else f"{path}: {message}") from None


def _table(heading: str, experiment: Experiment) -> str:
    return f"{heading}\n{toml.dumps(experiment)}"


def _first_that_fits(texts: Sequence[str], room: int) -> int:
    """From which of the texts on all have room."""
    first = len(texts)
    while first and (room := room - _bytes(texts[first - 1])) >= 0:
        first -= 1
    return first


def _bytes(text: str) -> int:
    return len(text.encode())


def _session(table: Mapping[str, Any]) -> Session:
    version = table.get("version")
    if type(version) is not int or version < 1:
        raise ValueError(f"version: got {version!r}, allowed: {VERSION}; this is no session")
    if version > VERSION:
        raise ValueError(f"version: got {version}, a newer tuisim's, allowed: {VERSION}")
    for name in table:
        if name not in _KEYS:
            raise ValueError(f"{name}: no such entry, allowed: {', '.join(_KEYS)}")
    view, axis, step = table.get("view", "norms"), table.get("axis", "log"), table.get("step")
    if not isinstance(view, str):
        raise ValueError(f"view: got {view!r}, allowed: the name of a view")
    if axis not in _AXES:
        raise ValueError(f"axis: got {axis!r}, allowed: {', '.join(_AXES)}")
    if step is not None and (type(step) is not int or step < 0):
        raise ValueError(f"step: got {step!r}, allowed: a whole number from 0 on")
    nets = {name: tuple(_nets(name, table.get(name, []))) for name in _TABLES}
    plan = _checked_table("plan", table.get("plan", {}))
    return Session(
        _net("experiment", table.get("experiment", {})),
        view=view,
        log_axis=axis == "log",
        step=step,
        plan=_plan(plan),
        **nets,
    )


def _nets(name: str, value: Any) -> Iterable[Experiment]:
    if not isinstance(value, list) or len(value) > _TABLES[name]:
        raise ValueError(f"{name}: got {value!r:.40}, allowed: up to {_TABLES[name]} [[{name}]]")
    for one in value:
        yield _net(name, one)


def _net(name: str, value: Any) -> Experiment:
    try:
        return toml.laid_over(Experiment(), toml.document(_checked_table(name, value)).changes)[0]
    except ValueError as error:
        raise ValueError(f"[{name}]: {error}") from None


def _plan(value: Mapping[str, Any]) -> Plan:
    for name in value:
        if name not in PLAN_FIELDS:
            raise ValueError(f"[plan]: {name}: no such field, allowed: {', '.join(PLAN_FIELDS)}")
    return Plan().adjusted(**value)[0]


def _checked_table(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name}: got {value!r:.40}, allowed: a table like [{name}]")
    return value
