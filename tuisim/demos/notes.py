"""Notes: what is for the presenter alone, kept in a file that another terminal shows."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import attrs

from tuisim.demos.acts import Act, Passed
from tuisim.demos.grammar.tape import Caption, Note, Step
from tuisim.system import places
from tuisim.system.files import keep_whole


@attrs.frozen
class Notes:
    """What a presenter wants to know of where a tape stands.

    Attributes:
        step, following: names of the step that is under way and of the next; empty without one.
        number, count: which of how many steps it is.
        caption: what the audience reads, with its values.
        note: what is noted since the step or the caption.
        standing: whether it plays, waits or has ended, as the strip says it.
        process: of the demo.
    """

    step: str = ""
    number: int = 0
    count: int = 0
    caption: str = ""
    note: str = ""
    following: str = ""
    standing: str = ""
    process: int = 0


def notes_at(acts: Sequence[Act], place: int) -> Notes:
    """What is noted where so many acts are done; the caption as the tape has it."""
    notes = Notes(count=sum(isinstance(_of(one), Step) for one in acts), process=os.getpid())
    for act in acts[:place]:
        match _of(act):
            case Step(name):
                number = notes.number + 1
                notes = attrs.evolve(notes, step=name, number=number, caption="", note="")
            case Caption(text):
                notes = attrs.evolve(notes, caption=text, note="")
            case Note(text):
                notes = attrs.evolve(notes, note=text)
    following = (of.name for of in map(_of, acts[place:]) if isinstance(of, Step))
    return attrs.evolve(notes, following=next(following, ""))


def lines(notes: Notes) -> list[str]:
    """What is shown of it, a paragraph each."""
    head = f"{notes.number}/{notes.count} {notes.step or 'before the first step'}"
    return [head, notes.standing, "", notes.note or "(no note)", "", f"they read: {notes.caption}",
            f"next: {notes.following or 'the end'}"]  # fmt: skip


def place() -> Path | None:
    """Where they are kept; None for a user without a home."""
    cache = places.cache()
    return None if cache is None else cache / "notes.json"


def keep(notes: Notes) -> None:
    """Write them where `kept` reads them; where that cannot be, there are none."""
    path = place()
    if path is not None:
        keep_whole(path, json.dumps(attrs.asdict(notes)))


def kept() -> Notes | None:
    """The notes of the demo that plays; None where none does."""
    path = place()
    if path is None:
        return None
    try:
        found = Notes(**json.loads(path.read_text(encoding="utf-8")))
        if found.process <= 0:
            # To a signal these are processes of other kinds.
            return None
        # Of a demo that was killed the file stays.
        os.kill(found.process, 0)
    except (OSError, ValueError, TypeError, OverflowError):
        return None
    return found


def forget() -> None:
    """Take back what this process has written."""
    path, notes = place(), kept()
    if path is not None and notes is not None and notes.process == os.getpid():
        with suppress(OSError):
            path.unlink()


def _of(act: Act) -> object:
    return act.of if isinstance(act, Passed) else None
