"""Numbers rounded to the formats of fewer bits in which nets are kept."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs
import numpy as np

from tuisim.engine.base.memo import Array


@attrs.frozen
class Format:
    """A binary format of floating-point numbers.

    Attributes:
        digits: binary ones behind the leading one.
        least: the exponent of the smallest number with a leading one.
        largest: the largest number; beyond: what is rounded to a larger one.
    """

    digits: int
    least: int
    largest: float
    beyond: float


#: float16: IEEE 754-2019. bfloat16: the upper half of its float32. float8_e4m3: Micikevicius et
#: al. 2022 (arXiv 2209.05433), which has no infinity; torch and JAX make nan of what is too large.
FORMATS: Mapping[str, Format] = {
    "float16": Format(10, -14, 65504.0, math.inf),
    "bfloat16": Format(7, -126, math.ldexp(255.0, 120), math.inf),
    "float8_e4m3": Format(3, -6, 448.0, math.nan),
}


@np.errstate(over="ignore")
def rounded(numbers: Array, format: str) -> Array:
    """The nearest numbers of a format, of two as near the even one, as float64."""
    one = FORMATS[format]
    _, exponents = np.frexp(numbers)
    # frexp's fraction is under 1; under the least exponent the digits get fewer.
    last = np.maximum(exponents - 1, one.least) - one.digits
    found = np.ldexp(np.rint(np.ldexp(numbers, -last)), last)
    return np.where(np.abs(found) > one.largest, np.copysign(one.beyond, numbers), found)
