"""A number over seeds in words: its median, and what the seeds spread over."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from tuisim.figures.drawing.numbers import format_log10, format_step_factor, format_value

_WRITTEN: dict[str, Callable[[float], str]] = {
    "×": lambda value: "nan" if math.isnan(value) else f"×{format_step_factor(value)}",
    "log10": format_log10,
}


def measured_words(values: Sequence[float], unit: str = "") -> str:
    """The median and the range: "×0.654 (×0.600 … ×0.707)"; what is all alike is said once.

    Args:
        unit: "×" of a factor, "log10" of what is to be read as a power of ten, else what stands
            behind the number.
    """
    write = _WRITTEN.get(unit, format_value)
    middle, low, high = (write(float(f(values))) for f in (np.median, np.min, np.max))
    behind = f" {unit}" if unit and unit not in _WRITTEN else ""
    return f"{middle}{behind}" if low == high else f"{middle}{behind} ({low} … {high})"
