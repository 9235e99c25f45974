"""The commands of the palette: `radius 1.37`, presets, saving."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tuisim.figures.drawing.numbers import ascii_text
from tuisim.tui.keys.paths import matching
from tuisim.tui.state.saving import KINDS
from tuisim.values import presets
from tuisim.values.experiment import FIELDS
from tuisim.values.toml import read

if TYPE_CHECKING:
    from tuisim.tui.state.hub import Hub

#: The score of what was typed out, over that of any title: `radius 1` fits "radius +0.10" too.
_TYPED = 1e6


def _parted(query: str) -> tuple[str, str]:
    """A name and what follows: `radius 1.2`, `radius=1.2`."""
    match = re.match(r"([^\s=]*)[\s=]*(.*)", query.strip())
    assert match is not None
    name, value = match.groups()
    return name.replace("-", "_"), value


def _ends(name: str, kind: str) -> bool:
    """Whether a file's name ends in a kind, in letters of either case."""
    return name.lower().endswith(f".{kind}")


@cache
def _presets() -> tuple[tuple[str, str], ...]:
    """Their names, each with what it is; to read the files at each key would hold it up."""
    return tuple((name, presets.document(name).description) for name in presets.names())


class NetCommands(Provider):
    """Fields with a value typed after them, and presets."""

    #: What may be typed, in words.
    allowed = "a field and its value (radius 1.37), preset NAME"

    @property
    def _main(self) -> Hub:
        return self.app.main  # type: ignore[attr-defined, no-any-return]

    def _fixed(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        for name, help in _presets():
            yield f"preset {name}", help, partial(self._main.load_preset, name)

    async def discover(self) -> Hits:
        """What there is before anything is typed."""
        yield DiscoveryHit(
            "set a field", lambda: None, help="type a field and its value, like radius 1.37"
        )
        for text, help, run in self._fixed():
            yield DiscoveryHit(text, run, help=self._words(help))

    async def search(self, query: str) -> Hits:
        """What fits the words typed, or a line that says what would."""
        for hit in list(self._found(query)) or self._unknown(query):
            yield hit

    def _found(self, query: str) -> Iterator[Hit]:
        matcher = self.matcher(query.replace("=", " "))
        name, value = _parted(query)
        for field in FIELDS:
            if value and field == name:
                yield self._setting(field, value)
            elif not value and (score := matcher.match(field)) > 0:
                allowed = FIELDS[field].metadata["allowed"]
                yield Hit(
                    score,
                    matcher.highlight(field),
                    partial(self._main.say, f"type a value after it: {field} takes {allowed}"),
                    text=field,
                    help=self._words(f"{FIELDS[field].metadata['help']}: {allowed}"),
                )
        for text, help, run in self._fixed():
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), run, text=text, help=self._words(help))

    def _unknown(self, query: str) -> Iterator[Hit]:
        matcher, (name, value) = self.matcher(query), _parted(query)
        if any(matcher.match(one.title) for one in self.app.get_system_commands(self.screen)):
            return
        said = f"{name}: no such field or command, allowed: {self.allowed}"
        if name == "preset" and value:
            said = f"preset: got {value!r}, allowed: {', '.join(presets.names())}"
        elif name in FIELDS:
            said = f"{name}: a value goes after it, {FIELDS[name].metadata['allowed']}"
        yield Hit(
            1.0, Content(query.strip()), partial(self._main.say, said), help=self._words(said)
        )

    def _setting(self, field: str, value: str) -> Hit:
        help = f"set {FIELDS[field].metadata['help']}"
        run = partial(self._main.set_field, field, value)
        try:
            read(field, value)
        except ValueError as error:
            help, run = str(error), partial(self._main.say, str(error))
        return Hit(_TYPED, Content(f"{field} {value}"), run, help=self._words(help))

    def _words(self, text: str) -> str:
        # The palette reads markup, and a message quotes what was typed.
        text = ascii_text(text) if self._main.ascii else text
        return text.replace("[", "\\[")


class ExperimentCommands(NetCommands):
    """These, and files to save and to load."""

    allowed = f"{NetCommands.allowed}, save NAME.toml, load NAME.toml, session save NAME"

    def _fixed(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        for kind, help in KINDS.items():
            yield f"save {kind}", f"save {help}; a name may follow", partial(self._main.save, kind)
        help = "load an experiment that was saved; its name follows"
        yield "load", help, partial(self._main.ask_for, "load ")
        help = "save the session: net, pinned runs, undo, view; its name follows"
        yield "session save", help, partial(self._main.ask_for, "session save ")
        yield from super()._fixed()

    async def search(self, query: str) -> Hits:
        """What fits the words typed, or a line that says what would."""
        name, typed = _parted(query)
        found = list(self._found(query))
        if name == "load":
            # A folder may lie on a disk that takes its time.
            files = await asyncio.to_thread(matching, typed)
            found = [*self._files(files or ((typed,) if typed else ())), *found]
        for hit in found or self._unknown(query):
            yield hit

    def _found(self, query: str) -> Iterator[Hit]:
        name, value = _parted(query)
        if name == "save" and value:
            yield from self._named_files(value)
        if name == "session" and value.startswith("save "):
            yield self._session(value.removeprefix("save").strip())
        yield from super()._found(query)

    def _files(self, names: Sequence[str]) -> Iterator[Hit]:
        for rank, name in enumerate(names):
            help, run = "load this experiment", partial(self._main.laboratory.load, name)
            if name.endswith("/"):
                help, run = "look into this folder", partial(self._main.ask_for, f"load {name}")
            yield Hit(_TYPED + 1.0 - rank / len(names), Content(f"load {name}"), run, help=help)

    def _session(self, name: str) -> Hit:
        name = name if _ends(name, "toml") else f"{name}.toml"
        run = partial(self._main.save_session, name)
        help = "save the session; tuisim --session opens it"
        return Hit(_TYPED, Content(f"session save {name}"), run, help=help)

    def _named_files(self, name: str) -> Iterator[Hit]:
        kind, _, rest = name.partition(" ")
        if kind in KINDS and rest:
            rest = rest.strip()
            name = rest if _ends(rest, kind) else f"{rest}.{kind}"
        elif not any(_ends(name, one) or one.startswith(name) for one in KINDS):
            hint = f"let the name end in {', '.join(f'.{one}' for one in KINDS)}"
            yield Hit(_TYPED, Content(f"save {name}"), partial(self._main.say, hint), help=hint)
        for kind, help in KINDS.items():
            if _ends(name, kind):
                run = partial(self._main.save, kind, name)
                yield Hit(_TYPED, Content(f"save {name}"), run, help=self._words(f"save {help}"))
