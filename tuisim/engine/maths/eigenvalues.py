"""The eigenvalues of a matrix, found while other threads run. NumPy only."""

from __future__ import annotations

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.schur import Complex

#: Up to so many rows, those of all matrices of a call together, NumPy keeps the interpreter to
#: itself: NPY_BEGIN_THREADS_THRESHOLDED in its C interface.
_ALONE = 500
#: From so many rows on a call takes longer than a thread may wait.
_LONG = 64


def eigenvalues_of(matrix: Array) -> Complex:
    """The eigenvalues (n,) of a matrix (n, n), by LAPACK; raises LinAlgError as NumPy's.

    The interpreter is left to other threads even where n is no more than 500, for which NumPy
    holds it, and they wait for a tenth of a second.
    """
    rows = matrix.shape[0]
    if not _LONG <= rows <= _ALONE:
        return np.linalg.eigvals(matrix).astype(np.complex128)
    # Matrices of zeros beside it make the call a large one, and cost some rows² each.
    stack = np.zeros((1 + _ALONE // rows, rows, rows))
    stack[0] = matrix
    found: Complex = np.linalg.eigvals(stack)[0].astype(np.complex128)
    return found
