"""mpmath beside NumPy: numbers of as many digits as asked for, in arrays of objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpmath.ctx_mp import MPContext


class _Beside(MPContext):  # type: ignore[misc]
    """Leaves arrays to NumPy at once: mpmath writes all of each into an error that nobody reads."""

    def npconvert(self, x: Any) -> Any:
        if isinstance(x, np.ndarray) and x.ndim:
            raise TypeError("an array")
        return super().npconvert(x)


def context(digits: int) -> Any:
    """mpmath with so many decimal digits, whatever others set."""
    made = _Beside()
    made.dps = digits
    return made
