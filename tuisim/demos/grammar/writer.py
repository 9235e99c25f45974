"""Writer: a Tape as the text of its file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from tuisim.demos.grammar.keynames import spoken
from tuisim.demos.grammar.tape import (
    Caption,
    Command,
    Expect,
    Hide,
    Note,
    Press,
    Screenshot,
    Show,
    Sleep,
    Step,
    Tape,
    Type,
    TypingSpeed,
    Wait,
)
from tuisim.demos.grammar.tokens import QUOTES


def written(tape: Tape) -> str:
    """The text that `parse` reads as this tape.

    Raises:
        ValueError: a text with every kind of quotes, or a key that no tape can name.
    """
    return "".join(f"{line}\n" for line in _lines(tape))


def _lines(tape: Tape) -> Iterator[str]:
    if tape.size is not None:
        yield "# size {}x{}".format(*tape.size)
    if tape.playback_speed != 1.0:
        yield f"Set PlaybackSpeed {tape.playback_speed!r}"
    if tape.start is not None:
        yield "Hide"
        yield f"Type {quoted(shlex.join(['tuisim', *tape.start.words]))}"
        yield "Enter"
        yield "Show"
    yield from map(line_of, tape.commands)


def line_of(command: Command) -> str:
    """A command as its line.

    Raises:
        ValueError: as `written`.
    """
    match command:
        case Type(text, speed):
            return f"Type{_at(speed)} {quoted(text)}"
        case Press(key, count, speed):
            word = spoken(key)
            return f"{word}{_at(speed)}{f' {count}' if count > 1 else ''}"
        case Sleep(seconds):
            return f"Sleep {_time(seconds)}"
        case Wait(pattern, whole, patience):
            where = f"+{'Screen' if whole else 'Line'}" if pattern else ""
            return f"Wait{where}{_at(patience)}{f' /{pattern}/' if pattern else ''}"
        case Screenshot(path):
            return f"Screenshot {quoted(path)}"
        case Hide():
            return "Hide"
        case Show():
            return "Show"
        case TypingSpeed(seconds):
            return f"Set TypingSpeed {_time(seconds)}"
        case Step(name):
            return f"# step {name}"
        case Caption(text):
            return f"# caption {text}".rstrip()
        case Note(text):
            return f"# note {text}".rstrip()
        case Expect(field, value, within):
            return f"# expect {field} {value}{'' if within is None else f' within {within!r}'}"


def quoted(text: str) -> str:
    """The text in quotes that it does not hold itself.

    Raises:
        ValueError: it holds all of them.
    """
    for quote in QUOTES:
        if quote not in text:
            return f"{quote}{text}{quote}"
    raise ValueError(f"text: got {text!r}, allowed: one without all of {' '.join(QUOTES)}")


def _at(seconds: float | None) -> str:
    return "" if seconds is None else f"@{_time(seconds)}"


def _time(seconds: float) -> str:
    milliseconds = round(1000 * seconds)
    whole = milliseconds % 1000 == 0
    return f"{milliseconds // 1000}s" if whole else f"{milliseconds}ms"
