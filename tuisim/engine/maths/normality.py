"""How far a matrix is from normal. NumPy only."""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.base.memo import Array

Values = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]


def departure_from_normality(matrix: Array, eigenvalues: Values) -> float:
    """Henrici's departure of a matrix (n, n), √(‖W‖_F² − Σ|λ|²)/√n; nan where W is not finite.

    Henrici 1962, "Bounds for iterates, inverses, spectral variation and fields of values of
    non-normal matrices".
    """
    scale = float(np.abs(matrix).max())
    if not 0.0 < scale < math.inf:
        return 0.0 if scale == 0.0 else math.nan
    # The squares of what fits into float64 may not.
    squares = float(((matrix / scale) ** 2).sum())
    rest = squares - float(((np.abs(eigenvalues) / scale) ** 2).sum())
    # Under the rounding of the difference there is none to speak of.
    return scale * math.sqrt(rest / matrix.shape[0]) if rest > 1e-12 * squares else 0.0
