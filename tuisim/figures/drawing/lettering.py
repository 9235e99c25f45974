"""Numbers in large letters, three rows high, of half blocks: to be read from afar."""

from __future__ import annotations

import numpy as np

from tuisim.figures.drawing.frame import Chars

#: Dots of each character, five rows from the top.
_DOTS = {
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# .## ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# .#. .#. .#.",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
    ".": ". . . . #",
    "·": ". . # . .",
    "×": "... #.# .#. #.# ...",
}
_HALVES = np.array([[" ", "▄"], ["▀", "█"]], "<U1")
_ROWS = 3


def lettered(text: str) -> Chars:
    """A number as characters (3, columns); what has no large letter, a superscript, is on top."""
    blocks = [_letter(one) for one in text]
    parts: list[Chars] = []
    for rank, (block, one) in enumerate(zip(blocks, text, strict=True)):
        # A column parts two letters; superscripts need none.
        if rank and one in _DOTS:
            parts.append(np.full((_ROWS, 1), " ", "<U1"))
        parts.append(block)
    return np.concatenate(parts, axis=1) if parts else np.empty((_ROWS, 0), "<U1")


def _letter(one: str) -> Chars:
    if one not in _DOTS:
        block = np.full((_ROWS, 1), " ", "<U1")
        block[0, 0] = one
        return block
    rows = [[dot == "#" for dot in row] for row in _DOTS[one].split()]
    # An empty row on top: the letters stand on the ground of the line.
    dots = np.array([[False] * len(rows[0]), *rows]).astype(int)
    letter: Chars = _HALVES[dots[0::2], dots[1::2]]
    return letter
