"""Saving and loading from the app, files whole or not at all.

What is saved is gathered on the event loop; making its bytes and writing them is left to a thread,
as is reading: both may take long.
"""

from __future__ import annotations

import itertools
import os
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tuisim.system.files import write_whole
from tuisim.terminal import session_files
from tuisim.values import toml
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session

if TYPE_CHECKING:
    from textual.app import App

    from tuisim.tui.state.computing import Computed

#: What can be saved, by the end of a file's name.
KINDS = {
    "toml": "the experiment, to load again",
    "csv": "the run's curves",
    "json": "the run's numbers, with theory",
    "npz": "the run's arrays, states and gradients too; of a net out of training, its own",
    "safetensors": "the trained layer that is shown",
    "svg": "a picture of the screen",
}

_Content = Callable[[], str | bytes]


def saving(
    app: App[object], experiment: Experiment, computed: Computed | None, kind: str, name: str = ""
) -> Callable[[], str]:
    """What saves into the working directory what the app shows now, to be called in a thread.

    Args:
        computed: the newest run, None where there is none yet.
        kind: one of KINDS.
        name: of the file; a free one is chosen where not given.

    Returns:
        a function that says what happened, for a notice.
    """
    of_net = kind == "safetensors" or (kind == "npz" and experiment.layer.startswith("#"))
    if of_net and not experiment.layer:
        return lambda: "save: a trained layer is saved so, and none is shown"
    content = (
        (lambda: _net(experiment, kind)) if of_net else _content(app, experiment, computed, kind)
    )

    def save() -> str:
        path = Path(os.path.expanduser(name)) if name else _free(kind)
        try:
            if name and path.exists():
                return f"save: {path} is there already; type another name"
            if content is None:
                return "save: there is no run yet"
            write_whole(path, content())
        except OSError as error:
            return f"save: {path}: {error.strerror or error}"
        except ValueError as error:
            # The file of a layer is gone, say.
            return f"save: {error}"
        except MemoryError:
            return f"save: {path}: there is not enough memory for this"
        return f"saved {path} {_net_words(experiment, path)}" if of_net else f"saved {path}"

    return save


def loaded(name: str) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment in a file that `save toml` or a person wrote, as `--load` has it.

    Returns:
        it, and a note for each default that conflicts with the file and was reset.

    Raises:
        ValueError: it cannot be read, is none, or takes more than the budget; in one line.
    """
    from tuisim.engine.base.budget import check_budget

    path = Path(os.path.expanduser(name))
    try:
        # A pipe would keep the thread waiting for whoever writes into it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError(f"{path}: not a file")
        changes = toml.load(path).changes
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    experiment, notes = toml.laid_over(Experiment(), changes)
    check_budget(experiment)
    return experiment, notes


def session_saving(session: Session, name: str) -> Callable[[], str]:
    """What writes a session to a file, as `saving`."""

    def save() -> str:
        path = Path(os.path.expanduser(name))
        try:
            for one in session_files.files_of(path, session):
                if one.exists():
                    return f"session save: {one} is there already; type another name"
            session_files.write(path, session)
        except OSError as error:
            return f"session save: {path}: {error.strerror or error}"
        return f"saved {path}; tuisim --session {shlex.quote(str(path))} opens it"

    return save


def check_session(session: Session) -> None:
    """See that a session that was read can be opened.

    Raises:
        ValueError: there is no such view, or a net takes more than the budget; in one line.
    """
    from tuisim.engine.base.budget import check_budget
    from tuisim.figures.views.table import opening_named

    opening_named(session.view)
    for one in (session.experiment, *session.pinned):
        check_budget(one)


def _content(
    app: App[object], experiment: Experiment, computed: Computed | None, kind: str
) -> _Content | None:
    """What makes the bytes of a file; None where there is no run for it."""
    from tuisim.tui.shell.picture import picture

    if kind == "toml":
        return lambda: toml.dumps(experiment)
    if kind == "svg":
        drawn = picture(app)
        return lambda: drawn
    return None if computed is None else lambda: _exported(computed, kind)


def _exported(computed: Computed, kind: str) -> str | bytes:
    from tuisim.engine.theory.theory import predict
    from tuisim.files.arrays import run_npz
    from tuisim.files.export import run_csv, run_json

    run = computed.run
    if kind == "json":
        return run_json(run, predict(run.experiment, run.networks))
    return run_csv(run) if kind == "csv" else run_npz(run)


def _net(experiment: Experiment, kind: str) -> bytes:
    from tuisim.engine.trained.finding import find_layer
    from tuisim.files.nets import net_bytes

    layer = find_layer(experiment.layer, experiment.layer_digest)
    return net_bytes(layer, experiment, f".{kind}")


def _net_words(experiment: Experiment, path: Path) -> str:
    from tuisim.engine.trained.finding import find_layer
    from tuisim.files.nets import net_words

    return net_words(find_layer(experiment.layer, experiment.layer_digest), experiment, path)


def _free(kind: str) -> Path:
    for number in itertools.count(1):
        path = Path(f"tuisim-{number}.{kind}")
        if not path.exists():
            return path
    raise AssertionError("unreachable")
