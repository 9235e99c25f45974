"""Keys: presses without a keyboard, each answered before the next."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from textual.events import Key
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot

from tuisim.terminal.config import is_key
from tuisim.testing.kit import StillApp
from tuisim.testing.waiting import settled

MOST_PRESSES = 1000
_COUNTED = re.compile(r"(.+)\*([0-9]{1,9})")


class UntakenKeyError(LookupError):
    """A key that means nothing where it was pressed."""


async def press(pilot: Pilot[Any], keys: str) -> None:
    """Press keys, each answered before the next.

    Args:
        keys: names with commas between them, with a count where it is more than one:
            "right*5,a,question_mark".

    Raises:
        ValueError: a key that there is not.
        UntakenKeyError: no binding took a key, and nothing that is typed into.
        UnsettledError: a key was not answered.
    """
    app = pilot.app
    assert isinstance(app, StillApp)
    await settled(pilot)
    for key in read_keys(keys):
        taken = await app.strike(event_of(key))
        if not taken:
            raise UntakenKeyError(f"press: no binding took {key!r}")


def read_keys(text: str) -> Sequence[str]:
    """The keys of "right*5,a", one after the other.

    Raises:
        ValueError: a key that there is not, or too many presses.
    """
    found: list[str] = []
    for one in filter(None, text.split(",")):
        counted = _COUNTED.fullmatch(one)
        key, count = (counted[1], int(counted[2])) if counted else (one, 1)
        if not is_key(key):
            allowed = "names like right, a, ctrl+p, question_mark with commas between them"
            raise ValueError(f"press: got {key!r}, allowed: {allowed}")
        if not 1 <= count <= MOST_PRESSES:
            raise ValueError(f"press: got {key} {count} times, allowed: 1…{MOST_PRESSES}")
        found += [key] * count
    return found


def event_of(key: str) -> Key:
    """The event that a terminal's driver would post for a key."""
    if len(key) == 1 and not key.isalnum():
        key = _character_to_key(key)
    try:
        name = _get_unicode_name_from_key(REPLACED_KEYS.get(key, key))
        character: str | None = unicodedata.lookup(name)
    except KeyError:
        character = key if len(key) == 1 else None
    return Key(key, character)
