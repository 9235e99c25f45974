"""The functions of a number that kernels call, as compiled code has them: no error is raised.

Python's own raise where IEEE 754 has an infinity or a nan. May import the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import copysign as copysign
from math import erfc as erfc
from math import frexp as frexp
from math import inf as inf
from math import isfinite as isfinite
from math import isinf as isinf
from math import isnan as isnan
from math import nan as nan
from math import pi as pi

import numpy as np


def __getattr__(name: str) -> Callable[..., float]:
    """A function that raises nothing wherever it is called."""
    found: Callable[..., float] = getattr(math, name)
    return found


def sqrt(x: float) -> float:
    """√x, nan of a negative number; as a number of NumPy's, by which 1 may be divided."""
    root: np.float64 = np.sqrt(np.float64(x))
    return root


def log2(x: float) -> float:
    """log₂ x, −inf of 0 and nan of a negative number."""
    if x > 0.0:
        return math.log2(x)
    return -inf if x == 0.0 else nan


def log1p(x: float) -> float:
    """ln(1 + x) for x > −1."""
    return math.log1p(x)


def exp(x: float) -> float:
    """eˣ, inf where that leaves float64."""
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def ldexp(x: float, exponent: int) -> float:
    """x · 2**exponent, ±inf where that leaves float64."""
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(inf, x)
