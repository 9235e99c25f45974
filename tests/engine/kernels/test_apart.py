"""Which rows hold entries that are about to be lost, compiled and plainly, by a loop over them."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tuisim.engine.kernels.scales import APART, any_apart

ENTRIES = st.sampled_from(
    [0.0, -0.0, 1.0, -3.0, 1e-149, -1e-151, 5e-324, APART, math.inf, -math.inf, math.nan]
)


@given(arrays.arrays(np.float64, st.tuples(st.just(2), st.integers(1, 13)), elements=ENTRIES))
def test_entries_apart(x: np.ndarray) -> None:
    for row in range(2):
        expected = any(0.0 < abs(one) < APART for one in x[row].tolist())
        assert any_apart.plain(x, row) is expected
        assert bool(any_apart(x, row)) is expected
