"""What narrow dtypes make of a number, from its log10. Imports the standard library only."""

from __future__ import annotations

import math

#: log10 up to which a number rounds to 0: half the smallest subnormal, the tie going to even.
READS_ZERO = {
    "float16": -25 * math.log10(2),
    "float32": -150 * math.log10(2),
    "float64": -1075 * math.log10(2),
}
#: log10 from which a number rounds to inf: half a unit in the last place over the largest.
OVERFLOWS = {
    "float16": math.log10(65520.0),
    "float32": math.log10(2.0**128 - 2.0**103),
    # Neither power of the whole is a float64.
    "float64": 1024 * math.log10(2) + math.log10(1 - 2.0**-54),
}


def survival(log10: float) -> str:
    """What becomes of a gradient whose largest entry is 10 to the power of log10, in words."""
    if log10 <= READS_ZERO["float64"]:
        return "float64 reads 0"
    if log10 >= OVERFLOWS["float64"]:
        return "float64 overflows"
    if log10 <= READS_ZERO["float32"]:
        return "float32 reads 0"
    if log10 <= READS_ZERO["float16"]:
        return "float16 reads 0, float32 keeps it"
    if log10 >= OVERFLOWS["float32"]:
        return "float32 overflows"
    if log10 >= OVERFLOWS["float16"]:
        return "float16 overflows, float32 keeps it"
    return "float16 keeps it"
