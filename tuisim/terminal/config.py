"""The user's settings, a TOML file: theme, marker, mouse, keymap, keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import attrs

from tuisim.system import places
from tuisim.values.toml import read_table

_NAMES = """
up down left right home end pageup pagedown insert delete backspace tab enter escape space
plus minus equals_sign comma full_stop colon semicolon slash backslash underscore
question_mark exclamation_mark left_square_bracket right_square_bracket
"""

#: Names of keys that are not one character, as the terminal library spells them.
NAMED_KEYS = frozenset(_NAMES.split()) | {f"f{number}" for number in range(1, 25)}

_MODIFIERS = ("ctrl", "shift", "alt", "super", "meta", "hyper")


#: What curves may be drawn with, and the keymaps that `keys` goes over.
MARKERS = ("braille", "block", "ascii")
KEYMAPS = ("usual", "vi")

#: The most frames a second of what moves; one is the least, and this many as it comes.
MOST_FPS = 30

_SETTINGS = ("theme", "marker", "mouse", "fps", "keymap", "keys")


@attrs.frozen
class Config:
    """What the user has set: a theme's name or None, what curves are drawn with, and hands."""

    theme: str | None = None
    keys: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    keymap: str = "usual"
    marker: str = "braille"
    #: Whether the app takes the mouse, or leaves it to the terminal.
    mouse: bool = True
    #: The most frames a second of what plays, streams or is trained.
    fps: int = MOST_FPS


def path() -> Path | None:
    """Where the settings lie, whether or not the file is there; None without a home directory."""
    directory = places.settings()
    return None if directory is None else directory / "config.toml"


def load(file: Path | None = None) -> Config:
    """Read the settings; without a file everything is as it comes.

    Raises:
        ValueError: one line that names the file, the entry, and what is allowed.
        OSError: the file is there and cannot be read.
    """
    file = file or path()
    if file is None:
        return Config()
    try:
        table = read_table(file)
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    try:
        return _config(table)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def check_theme(config: Config, themes: Collection[str]) -> None:
    """Check that the theme exists.

    Raises:
        ValueError: it does not; names those that do.
    """
    if config.theme is not None and config.theme not in themes:
        raise ValueError(f"theme: got {config.theme!r}, allowed: {', '.join(sorted(themes))}")


def keymap(
    config: Config, *screens: Mapping[str, str], over: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The rebound actions only, each with its keys joined by commas.

    Args:
        over: the keymap that the user's own keys go over, where it is not the usual one.
        screens: for each action of a screen that may be rebound, its keys joined by commas.

    Raises:
        ValueError: there is no such action, or a key would do two things on one screen.
    """
    known = list(dict.fromkeys(action for screen in screens for action in screen))
    for action in config.keys:
        if action not in known:
            raise ValueError(f"keys.{action}: no such action, allowed: {', '.join(known)}")
    changed = {**(over or {})} | {action: ",".join(keys) for action, keys in config.keys.items()}
    for screen in screens:
        taken: dict[str, str] = {}
        for action, default in screen.items():
            for key in filter(None, changed.get(action, default).split(",")):
                other = taken.setdefault(spelled(key), action)
                if other != action:
                    raise ValueError(f"keys: {key!r} is given to both {other} and {action}")
    return changed


def spelled(key: str) -> str:
    """One spelling for a key, so that "?" and "question_mark" are seen to be the same."""
    *modifiers, last = key.split("+") if key != "+" else ["+"]
    if len(last) == 1 and not last.isalnum():
        last = unicodedata.name(last, last).lower().replace(" ", "_").replace("-", "_")
        last = {"plus_sign": "plus", "hyphen_minus": "minus"}.get(last, last)
    return "+".join([*sorted(modifiers), last])


def _config(table: Mapping[str, Any]) -> Config:
    for name in table:
        if name not in _SETTINGS:
            raise ValueError(f"{name}: no such setting, allowed: {', '.join(_SETTINGS)}")
    theme, keys = table.get("theme"), table.get("keys", {})
    if theme is not None and not isinstance(theme, str):
        raise ValueError(f"theme: got {theme!r}, allowed: the name of a theme")
    if not isinstance(keys, dict):
        raise ValueError(f"keys: got {keys!r}, allowed: a table like radius_up = 'right'")
    mouse = table.get("mouse", True)
    if not isinstance(mouse, bool):
        raise ValueError(f"mouse: got {mouse!r}, allowed: true, false")
    return Config(
        theme,
        {action: _keys(action, value) for action, value in keys.items()},
        _one_of("keymap", table.get("keymap", KEYMAPS[0]), KEYMAPS),
        _one_of("marker", table.get("marker", MARKERS[0]), MARKERS),
        mouse,
        checked_fps(table.get("fps", MOST_FPS)),
    )


def checked_fps(value: Any) -> int:
    """Frames a second.

    Raises:
        ValueError: not so many.
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 1 <= value <= MOST_FPS:
        raise ValueError(f"fps: got {value!r}, allowed: 1…{MOST_FPS}")
    return int(value)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{name}: got {value!r}, allowed: {', '.join(allowed)}")
    return str(value)


def _keys(action: str, value: Any) -> tuple[str, ...]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(is_key(one) for one in several):
        raise ValueError(
            f"keys.{action}: got {value!r}, allowed: a key like 'r', 'ctrl+r', 'pageup', 'f2', "
            "or a list of them"
        )
    # A comma separates keys in a binding, so the key itself goes by its name.
    return tuple("comma" if one == "," else one for one in several)


def is_key(text: Any) -> bool:
    """Whether there is a key of this name, as the terminal library spells it."""
    if not isinstance(text, str):
        return False
    *modifiers, last = text.split("+") if text != "+" else ["+"]
    known = (len(last) == 1 and last.isprintable() and last != " ") or last in NAMED_KEYS
    return known and all(one in _MODIFIERS for one in modifiers)
