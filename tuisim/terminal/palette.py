"""The colours that mean something, by role: for each kind of terminal its own. Standard library.

Blue is small and shrinking, red large and growing; the ramp between them turns at 1, or at 0 on a
map of rates. Each role is given for 24 bits on a dark and on a light ground, for the 256 and for
the 16 colours: the nearest of sixteen runs most of these together. The hues of curves that stand
beside each other are Okabe and Ito's, which the colour-blind tell apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

System = Literal["truecolor", "256", "16"]


@attrs.frozen
class Paint:
    """A colour as it is written on a dark and on a light ground.

    Attributes:
        dark, light: 24 bits, as #rrggbb.
        dark_256, light_256: numbers of the 256 colours.
        dark_16, light_16: numbers of the sixteen.
    """

    dark: str
    light: str
    dark_256: int
    light_256: int
    dark_16: int
    light_16: int

    def on(self, dark: bool, system: System) -> str | int:
        """#rrggbb, or the number of the colour where there are few."""
        if system == "truecolor":
            return self.dark if dark else self.light
        if system == "256":
            return self.dark_256 if dark else self.light_256
        return self.dark_16 if dark else self.light_16


_COLD = (
    Paint("#2f6bff", "#0a2f9c", 27, 18, 4, 4),
    Paint("#4a86ff", "#1546b8", 33, 20, 12, 4),
    Paint("#6ba3fb", "#2a5fc0", 75, 26, 12, 12),
    Paint("#92bdf6", "#4672b3", 111, 25, 6, 12),
    Paint("#b5d2f0", "#5b7b9f", 153, 67, 14, 6),
    Paint("#d3e1ea", "#67767f", 195, 66, 14, 6),
)
_HOT = (
    Paint("#f2ddcf", "#8a7061", 230, 95, 11, 3),
    Paint("#f6c4a8", "#a36748", 223, 131, 11, 3),
    Paint("#f5a582", "#b35a34", 216, 130, 3, 3),
    Paint("#f0805f", "#bd4527", 209, 166, 9, 9),
    Paint("#e85a45", "#b62a1c", 203, 160, 9, 1),
    Paint("#e0323b", "#970d1c", 196, 124, 1, 1),
)

#: Levels of the ramp on either side of its turn.
SIDE = len(_COLD)

PALETTE: Mapping[str, Paint] = {
    # The ramp: from the smallest to the largest.
    **{f"cold{SIDE - rank}": paint for rank, paint in enumerate(_COLD)},
    "neutral": Paint("#e6e4e0", "#606060", 231, 241, 15, 8),
    **{f"hot{rank + 1}": paint for rank, paint in enumerate(_HOT)},
    # The verdicts.
    "vanishing": Paint("#5b96ff", "#1546b8", 69, 20, 12, 4),
    "stable": Paint("#3fca6b", "#14743a", 77, 28, 10, 2),
    "exploding": Paint("#f2564b", "#b3201f", 203, 124, 9, 1),
    "dead": Paint("#a6a6a6", "#4c4c4c", 246, 239, 7, 8),
    "not a number": Paint("#d48cff", "#7a2fae", 177, 91, 13, 5),
    # Neither small nor large, and no verdict.
    "theory": Paint("#45c4a0", "#0b6e55", 79, 29, 10, 2),
    # Curves side by side.
    "plain": Paint("#e6e4e0", "#3a3a3a", 231, 237, 15, 0),
    "hue1": Paint("#e69f00", "#a86400", 214, 130, 3, 3),
    "hue2": Paint("#56b4e9", "#1478b8", 74, 31, 14, 6),
    "hue3": Paint("#12b886", "#00734f", 36, 29, 10, 2),
    "hue4": Paint("#f0e442", "#7d7100", 227, 100, 11, 8),
    "hue5": Paint("#3d84e0", "#0a4a94", 32, 24, 12, 4),
    "hue6": Paint("#ee6a1f", "#b84a00", 202, 166, 9, 1),
    "hue7": Paint("#d98cb8", "#9c3a77", 175, 126, 13, 5),
}

_FIRST = Paint("#57a5e2", "#002d4f", 74, 17, 14, 6)
_OTHER = Paint("#ffc473", "#a86d1c", 222, 130, 11, 3)

#: Roles that follow the app's theme: what its dark and its light one make of them, for what is
#: drawn without one. The nearest of sixteen would be greys.
THEMED: Mapping[str, Paint] = {
    "hidden": _FIRST,
    "gradient": Paint("#8ad4a1", "#337e4a", 115, 65, 10, 2),
    "limit": Paint("#d17e92", "#7a273c", 174, 89, 13, 5),
    "eigenvalue": _FIRST,
    "selected": _OTHER,
    "warning": Paint("#d17e92", "#7a273c", 174, 89, 9, 1),
    "loss": _OTHER,
    "accuracy": _FIRST,
}
