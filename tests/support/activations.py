"""The activations in numbers of any precision."""

from __future__ import annotations

from collections.abc import Callable

import mpmath

ONE = mpmath.mpf(1)
with mpmath.workdps(40):
    SCALE = mpmath.mpf("1.0507009873554804934193349852946")
    ALPHA = mpmath.mpf("1.6732632423543772848170429916717")

#: φ as a mathematician writes it; the slope is taken from it by mpmath, not by us.
TRUTH: dict[str, Callable[[mpmath.mpf], mpmath.mpf]] = {
    "identity": lambda x: x,
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "relu": lambda x: x if x > 0 else 0 * x,
    "leaky_relu": lambda x: x if x > 0 else x * mpmath.mpf(0.01),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * mpmath.expm1(x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "hard_tanh": lambda x: max(-ONE, min(ONE, x)),
}
