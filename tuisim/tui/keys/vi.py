"""The keymap of vi's hands: h j k l for the arrows, and other keys for what had these."""

from __future__ import annotations

from collections.abc import Mapping

#: Actions with their keys joined by commas, over those of the usual keymap.
VI: Mapping[str, str] = {
    "radius_up": "right,l",
    "radius_down": "left,h",
    "depth_up": "up,k",
    "depth_down": "down,j",
    "axis": "L",
    "move_right": "right,l",
    "move_left": "left,h",
    "move_up": "up,k",
    "move_down": "down,j",
    "threshold_up": "c",
    "threshold_down": "C",
    "stretch": "right,l",
    "shrink": "left,h",
    "claim_previous": "up,k",
    "claim_next": "down,j",
    "net_previous": "up,k",
    "net_next": "down,j",
    "point_on": "right,l,full_stop",
    "point_back": "left,h,comma",
    "turn": "up,k",
    "turn_back": "down,j",
}

#: The keymaps by their names in the settings.
KEYMAPS: Mapping[str, Mapping[str, str]] = {"usual": {}, "vi": VI}
