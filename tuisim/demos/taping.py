"""Taping: the keys of a live session as a tape, that plays the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
from textual import events

from tuisim.demos.grammar.directives import LARGEST, SMALLEST
from tuisim.demos.grammar.keynames import spoken
from tuisim.demos.grammar.tape import Command, Press, Sleep, Start, Tape, Type
from tuisim.demos.grammar.writer import quoted
from tuisim.tui.app import SimulatorApp
from tuisim.values.command_line import option_words
from tuisim.values.toml import non_default

#: Keys that come faster one after the other are one command; what is slower has a Sleep between.
_TOGETHER_SECONDS = 0.4
_MOST_SECONDS = 60.0


@attrs.frozen
class Heard:
    """A key that was pressed, with its character where it has one, and when."""

    seconds: float
    key: str
    character: str | None = None


class TapedApp(SimulatorApp):
    """Notes the keys that are pressed."""

    def __init__(self, experiment: Any = None, **options: Any) -> None:
        """As SimulatorApp."""
        super().__init__(experiment, **options)
        self._heard: list[Heard] = []
        words = option_words(non_default(self.experiment))
        view = options.get("view", "1")
        words += ["--view", view] if view != "1" else []
        words += [] if options.get("log_axis", True) else ["--linear"]
        self._words = tuple(words)
        self._begun = self.clock()

    async def on_event(self, event: events.Event) -> None:
        """Note a key before it is answered."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            character = event.character if event.is_printable else None
            self._heard.append(Heard(self.clock() - self._begun, event.key, character))
        await super().on_event(event)

    def tape(self) -> Tape:
        """What was done until now."""
        size = (self.size.width, self.size.height)
        commands = tuple(commands_of(self._heard))
        fits = all(a <= b <= c for a, b, c in zip(SMALLEST, size, LARGEST, strict=True))
        return Tape(commands, Start(self._words), size if fits else None)


def commands_of(heard: Sequence[Heard]) -> Iterator[Command]:
    """Keys as commands, with the time between them; one that no tape can name is left out."""
    before = 0.0
    pending: Type | Press | None = None
    for one in heard:
        command = _command(one)
        if command is None:
            continue
        gap = min(round(one.seconds - before, 1), _MOST_SECONDS)
        before = one.seconds
        joined = None if pending is None or gap > _TOGETHER_SECONDS else _joined(pending, command)
        if joined is None:
            if pending is not None:
                yield pending
            if gap > _TOGETHER_SECONDS:
                yield Sleep(gap)
        pending = joined or command
    if pending is not None:
        yield pending


def _command(one: Heard) -> Type | Press | None:
    if one.character is not None and len(one.character) == 1 and one.key != "space":
        return Type(one.character)
    try:
        spoken(one.key)
    except ValueError:
        return None
    return Press(one.key)


def _joined(one: Type | Press, other: Type | Press) -> Type | Press | None:
    """Two commands as one; None where they stay two."""
    match one, other:
        case Type(text), Type(more):
            try:
                quoted(text + more)
            except ValueError:
                return None
            return Type(text + more)
        case Type(text), Press("space"):
            return Type(f"{text} ")
        case Press(key, count), Press(same) if key == same and "+" not in key:
            return Press(key, count + 1)
    return None
