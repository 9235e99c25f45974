"""Tape: what a tape's file says, as frozen values; equal where they say the same."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs

#: Where a value stands in the file; it is no part of what the value says.
_line: Any = attrs.field(default=0, eq=False, kw_only=True)


@attrs.frozen
class Type:
    """Text, typed character by character, with so many seconds between two."""

    text: str
    speed: float | None = None
    line: int = _line


@attrs.frozen
class Press:
    """A key by its name in the app ("right", "ctrl+p"), pressed so many times."""

    key: str
    count: int = 1
    speed: float | None = None
    line: int = _line


@attrs.frozen
class Sleep:
    """Nothing, for so many seconds."""

    seconds: float
    line: int = _line


@attrs.frozen
class Wait:
    """Until a pattern is found on the screen, or in one of its lines; "" is until all is settled.

    patience: seconds after which it was in vain.
    """

    pattern: str = ""
    whole: bool = True
    patience: float | None = None
    line: int = _line


@attrs.frozen
class Screenshot:
    """A picture, by the path that VHS would write it to."""

    path: str
    line: int = _line


@attrs.frozen
class Hide:
    """From here on nothing is recorded, and no time passes."""

    line: int = _line


@attrs.frozen
class Show:
    """What was hidden is over."""

    line: int = _line


@attrs.frozen
class TypingSpeed:
    """Seconds from one key to the next, from here on."""

    seconds: float
    line: int = _line


@attrs.frozen
class Step:
    """A place to go to, by its name."""

    name: str
    line: int = _line


@attrs.frozen
class Caption:
    """What the audience reads from here on; {FIELD} in it is the value then."""

    text: str
    line: int = _line


@attrs.frozen
class Note:
    """What the presenter alone reads."""

    text: str
    line: int = _line


@attrs.frozen
class Expect:
    """What a field's value must be, as it is written, or how far from that it may lie."""

    field: str
    value: str
    within: float | None = None
    line: int = _line


Command: TypeAlias = (
    Type
    | Press
    | Sleep
    | Wait
    | Screenshot
    | Hide
    | Show
    | TypingSpeed
    | Step
    | Caption
    | Note
    | Expect
)

#: What is passed over in no time.
Mark: TypeAlias = Hide | Show | TypingSpeed | Step | Caption | Note | Expect | Screenshot


@attrs.frozen
class Start:
    """The words of the command line that opens the app, without the program's name."""

    words: tuple[str, ...]
    line: int = _line
    column: int = attrs.field(default=0, eq=False, kw_only=True)


@attrs.frozen
class Tape:
    """A whole tape.

    Attributes:
        start: what it begins with; None is the default experiment.
        size: columns and rows that it was made for; None is any.
        playback_speed: how many times faster than said it is played.
        notes: what in the file has no effect here, or none in VHS.
    """

    commands: tuple[Command, ...] = ()
    start: Start | None = None
    size: tuple[int, int] | None = None
    playback_speed: float = 1.0
    notes: tuple[str, ...] = attrs.field(default=(), eq=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The places to go to, in their order."""
        return tuple(one for one in self.commands if isinstance(one, Step))

    @property
    def expectations(self) -> tuple[Expect, ...]:
        """All that is expected, in its order."""
        return tuple(one for one in self.commands if isinstance(one, Expect))

    def step_named(self, name: str) -> Step:
        """A step by its name, or by its number from 1.

        Raises:
            ValueError: there is none.
        """
        for number, step in enumerate(self.steps, 1):
            if name in (step.name, str(number)):
                return step
        names = ", ".join(one.name for one in self.steps)
        allowed = f"{names}, or a number to {len(self.steps)}" if names else "nothing: it has none"
        raise ValueError(f"step: got {name!r}, allowed: {allowed}")
