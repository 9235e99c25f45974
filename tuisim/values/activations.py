"""The activations to choose from, and how each is written.

A new one is an entry here, one in tuisim.engine.base.facts (what is known of it, in NumPy), and a
branch in tuisim.engine.kernels.activations (the same, compiled).
"""

from __future__ import annotations

from collections.abc import Mapping

#: Name → φ(a) and φ′(a) as the help writes them, in the order in which keys go through them.
WRITTEN: Mapping[str, tuple[str, str]] = {
    "identity": ("a", "1"),
    "tanh": ("tanh a", "1 − tanh² a"),
    "sigmoid": ("σ(a) = 1/(1 + e^−a)", "σ(a)·σ(−a) ≤ ¼"),
    "relu": ("max(a, 0)", "1 where a > 0, else 0"),
    "leaky_relu": ("a where a > 0, else 0.01·a", "1 or 0.01"),
    "elu": ("a where a > 0, else e^a − 1", "1 or e^a"),
    "selu": ("1.0507·a where a > 0, else 1.7581·(e^a − 1)", "1.0507 or 1.7581·e^a"),
    "gelu": ("a·Φ(a), Φ the normal distribution", "Φ(a) + a·N(a)"),
    "softplus": ("ln(1 + e^a)", "σ(a)"),
    "hard_tanh": ("a between −1 and 1, else ±1", "1 between −1 and 1, else 0"),
}
