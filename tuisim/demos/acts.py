"""Acts: a tape's commands one key at a time, each with the seconds that pass after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from tuisim.demos.grammar.tape import (
    Command,
    Hide,
    Mark,
    Press,
    Show,
    Sleep,
    Tape,
    Type,
    TypingSpeed,
    Wait,
)

#: Seconds from one key to the next, as VHS has it.
TYPING_SECONDS = 0.05


@attrs.frozen
class Stroke:
    """A key, and the command that it is of."""

    key: str
    seconds: float
    of: Command
    hidden: bool


@attrs.frozen
class Pause:
    """Nothing but time."""

    seconds: float
    of: Command
    hidden: bool


@attrs.frozen
class Watch:
    """Until something is seen."""

    of: Wait
    hidden: bool


@attrs.frozen
class Passed:
    """What takes no time."""

    of: Mark
    hidden: bool


Act: TypeAlias = Stroke | Pause | Watch | Passed


def acts(tape: Tape) -> Iterator[Act]:
    """What a tape does, in its order."""
    typing, hidden = TYPING_SECONDS, False
    for command in tape.commands:
        match command:
            case Type(text, speed):
                seconds = typing if speed is None else speed
                yield from (Stroke(one, seconds, command, hidden) for one in text)
            case Press(key, count, speed):
                seconds = typing if speed is None else speed
                yield from [Stroke(key, seconds, command, hidden)] * count
            case Sleep(seconds):
                yield Pause(seconds, command, hidden)
            case Wait():
                yield Watch(command, hidden)
            case _:
                if isinstance(command, TypingSpeed):
                    typing = command.seconds
                hidden = isinstance(command, Hide) or (hidden and not isinstance(command, Show))
                yield Passed(command, hidden)
