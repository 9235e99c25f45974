"""The tapes that come with the program, and those of others, as text and as Tape."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from tuisim.demos.grammar.parser import parse
from tuisim.demos.grammar.tape import Tape
from tuisim.system.text import decoded

_ENDING = ".tape"
# Anything past this was not meant.
_MOST_BYTES = 1_000_000


def names() -> tuple[str, ...]:
    """All that come with the program, in alphabetical order."""
    files = (entry.name for entry in (resources.files("tuisim.demos") / "tapes").iterdir())
    return tuple(sorted(name[: -len(_ENDING)] for name in files if name.endswith(_ENDING)))


def text(name: str) -> str:
    """The text of a tape: of one that comes with the program, by its name, or of a file.

    Raises:
        ValueError: there is no such tape, or it is none.
        OSError: the file cannot be read.
    """
    if name in names():
        return (resources.files("tuisim.demos") / "tapes" / f"{name}{_ENDING}").read_text("utf-8")
    if not name.endswith(_ENDING):
        raise ValueError(f"tape: got {name!r}, allowed: FILE.tape, {', '.join(names())}")
    with Path(name).open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{name}: larger than {_MOST_BYTES} bytes, so not a tape")
    try:
        return decoded(content)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def tape(name: str) -> Tape:
    """A tape by its name or its file's.

    Raises:
        ValueError: as `text`, or what it may not say, with its name before it.
        OSError: the file cannot be read.
    """
    said = text(name)
    try:
        return parse(said)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
