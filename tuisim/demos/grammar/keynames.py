"""Key names: those of a tape (Right, Ctrl+p) and those of the app (right, ctrl+p)."""

from __future__ import annotations

from collections.abc import Sequence

#: Keys that are commands of VHS, with their names in the app.
OF_VHS = {
    "Backspace": "backspace",
    "Delete": "delete",
    "Down": "down",
    "Enter": "enter",
    "Escape": "escape",
    "Insert": "insert",
    "Left": "left",
    "PageDown": "pagedown",
    "PageUp": "pageup",
    "Right": "right",
    "Space": "space",
    "Tab": "tab",
    "Up": "up",
}
#: Keys that VHS has no command for.
OURS = {"End": "end", "Home": "home"}
NAMED = OF_VHS | OURS
_SPOKEN = {name: word for word, name in NAMED.items()}

MODIFIERS = ("Ctrl", "Alt", "Shift")
#: What VHS takes behind one of them, characters aside.
_BEHIND = {
    "Ctrl": {"Enter", "Space", "Backspace", "Left", "Right", "Up", "Down"},
    "Alt": {"Enter", "Tab"},
    "Shift": {"Enter", "Tab"},
}
#: Signs that may stand behind a modifier, with their names in the app.
SIGNS = {
    "-": "minus",
    "@": "at",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "^": "circumflex_accent",
    "\\": "backslash",
}
_SIGN_OF = {name: sign for sign, name in SIGNS.items()}


def key_of(modifiers: Sequence[str], last: str) -> str:
    """The app's name of a key: of ("Ctrl", "Shift") and "Right" it is ctrl+shift+right."""
    name = NAMED.get(last, last)
    held = [one.lower() for one in modifiers]
    if len(name) == 1:
        if "shift" in held:
            held.remove("shift")
            name = name.upper()
        # No terminal tells ctrl+P from ctrl+p.
        name = name.lower() if "ctrl" in held else name
    return "+".join([*sorted(held), SIGNS.get(name, name)])


def in_vhs(modifiers: Sequence[str], last: str) -> bool:
    """Whether VHS knows this key too."""
    if not modifiers:
        return last in OF_VHS
    alone = len(modifiers) == 1 or modifiers[0] == "Ctrl"
    known = last in _BEHIND[modifiers[0]] or (len(last) == 1 and not last.isdigit())
    return alone and known


def spoken(key: str) -> str:
    """The command of a tape for one of the app's keys: Ctrl+Shift+Right for ctrl+shift+right.

    Raises:
        ValueError: a key that no command names, as characters by themselves are.
    """
    *held, last = key.split("+")
    words = {one.lower(): one for one in MODIFIERS}
    character = _SIGN_OF.get(last, last)
    if not held and len(last) == 1 and last.isupper():
        held = ["shift"]
    known = last in _SPOKEN or (len(character) == 1 and bool(held))
    if not known or not set(held) <= set(words):
        raise ValueError(f"key: got {key!r}, allowed: {', '.join(NAMED)}, or one with Ctrl+, Alt+")
    return "+".join([*(words[one] for one in words if one in held), _SPOKEN.get(last, character)])
