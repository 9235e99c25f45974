"""Names of the themes of ours. Standard library."""

from __future__ import annotations

HIGH_CONTRAST, COLOUR_BLIND = "high-contrast", "colour-blind"

OURS = (HIGH_CONTRAST, COLOUR_BLIND)
