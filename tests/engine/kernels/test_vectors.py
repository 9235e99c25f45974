"""Products, norms and scales: the compiled vector work, far out and entry by entry."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.twin import mp
from tuisim.engine.base.panels import narrowed, panels
from tuisim.engine.kernels.vectors import (
    NOTHING,
    add_scaled,
    careful_square_sum,
    log10_norm,
    log10_norms,
    multiply,
    multiply_sum,
    power_of_two,
    square_sum,
)

ANY = st.floats(allow_nan=False, allow_infinity=False, width=64)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 31, 33, 40, 71])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("adding", [False, True])
def test_products_with_every_remainder_of_the_blocks(n: int, rows: int, adding: bool) -> None:
    rng = np.random.default_rng(n)
    matrices = rng.standard_normal((3, n, n))
    x = rng.standard_normal((2, rows * n))
    out = np.full((2, rows * n), math.nan)
    if adding:
        out[1] = rng.standard_normal(rows * n)
    before = out[1].copy() if adding else 0.0
    multiply(panels(matrices), 2, x, 1, out, 1, rows, adding)
    expected = before + (x[1].reshape(rows, n) @ matrices[2]).ravel()
    np.testing.assert_allclose(out[1], expected, atol=1e-13)
    assert np.isnan(out[0]).all()


@pytest.mark.parametrize("n", [1, 9, 31, 32, 45, 64, 97])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("adding", [False, True])
def test_products_of_several_matrices_add_up_in_turn_from_either_end(
    n: int, rows: int, narrow: bool, adding: bool
) -> None:
    rng = np.random.default_rng(n)
    matrices = rng.standard_normal((4, n, n)).astype(np.float32).astype(np.float64)
    x, begin = rng.standard_normal((3, rows * n)), rng.standard_normal((2, rows * n))
    wide = panels(matrices)
    expected = begin.copy()
    for i in range(2):
        multiply(wide, 1 + i, x, 1 + i, expected, 1, rows, adding or i > 0)
    packed = narrowed(wide, n) if narrow else wide
    assert (packed.size < wide.size) == (narrow and n % 32 == 0)
    for way in (multiply_sum, multiply_sum.plain):  # type: ignore[attr-defined]
        for turned in (False, True):
            out = begin.copy()
            way(packed, 1, 2, x, 1, out, 1, rows, adding, turned)
            assert out.tobytes() == expected.tobytes()


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY, min_size=1, max_size=20))
def test_sums_of_squares_right_wherever_the_squares_are(entries: list[float]) -> None:
    square, exponent = careful_square_sum(np.array([entries]), 0)
    exact = sum(Fraction(x) ** 2 for x in entries)
    if not exact:
        assert (square, exponent) == (0, 0)
        return
    assert 0 < square < math.inf
    ours = Fraction(square) * Fraction(4) ** int(exponent)
    assert abs(ours / exact - 1) < 1e-14
    log10 = log10_norm(square, exponent)
    true = mp.log10(mp.mpf(exact.numerator) / exact.denominator) / 2
    assert log10 == pytest.approx(float(true), rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([1.0, math.inf, 2.0], math.inf),
        ([-math.inf, 1e200], math.inf),
        ([1.0, math.nan], math.nan),
        ([math.inf, math.nan], math.nan),
        ([math.nan, math.inf], math.nan),
        ([0.0, -0.0], 0.0),
    ],
)
def test_nan_and_infinity_pass_through_a_norm(entries: list[float], expected: float) -> None:
    for size in (len(entries), 17):
        row = np.zeros((1, size))
        row[0, : len(entries)] = entries
        square, exponent = careful_square_sum(row, 0)
        assert square == expected or (math.isnan(square) and math.isnan(expected))
        log10 = log10_norm(square, exponent)
        limits = {0.0: -math.inf, math.inf: math.inf}
        assert log10 == limits.get(expected) or math.isnan(log10)


def test_norms_of_scaled_rows_have_logarithms() -> None:
    rows = np.random.default_rng(1).standard_normal((6, 11))
    rows[1] *= 1e-300
    rows[2] *= 1e300
    exponents = np.array([0.0, -5000.0, 9000.0, 3.0, 0.0, 7.0])
    rows[3], rows[4, 2], rows[5, 2:4] = 0.0, math.inf, (math.nan, math.inf)
    # As a view that no kernel takes, which stays as it is.
    view = np.asfortranarray(rows)
    view.flags.writeable = False
    found = log10_norms(view, exponents)
    for row, exponent, log10 in zip(rows[:3], exponents, found, strict=False):
        true = mp.log10(mp.norm(mp.matrix(row.tolist()))) + exponent * mp.log10(2)
        assert log10 == pytest.approx(float(true), rel=1e-15, abs=1e-15)
    assert found[3:5].tolist() == [-math.inf, math.inf]
    assert math.isnan(found[5])
    assert log10_norms(rows[:1], 4.0) == pytest.approx(found[:1] + 4.0 * math.log10(2.0))


@pytest.mark.parametrize("n", [1, 7, 8, 9, 16, 40])
def test_plain_square_sums(n: int) -> None:
    x = np.random.default_rng(n).standard_normal((2, n))
    assert square_sum(x, 1) == pytest.approx(float((x[1] ** 2).sum()), rel=1e-14)


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (0.0, 1.0),
        (10.0, 1024.0),
        (-1074.0, 5e-324),
        (-1076.0, 0.0),
        (1024.0, math.inf),
        (NOTHING, 0.0),
        (-NOTHING, math.inf),
    ],
)
def test_powers_of_two(exponent: float, expected: float) -> None:
    assert power_of_two(exponent) == expected


@settings(max_examples=100, deadline=None)
@given(
    st.integers(-3000, 3000),
    st.integers(-3000, 3000),
    st.sampled_from([0.0, 1.0, -1.0, 0.25]),
    st.booleans(),
    st.booleans(),
)
def test_scaled_vectors_add_up(
    here: int, there: int, weight: float, empty: bool, nothing_yet: bool
) -> None:
    x = np.zeros((2, 3)) if nothing_yet else np.array([[9.0] * 3, [0.5, -0.75, 0.6]])
    v = np.array([[7.0] * 3, [0.0] * 3 if empty else [0.8, 0.5, -0.3]])
    exponents = np.array([0.0, NOTHING if nothing_yet else float(here)])
    exact = [
        mp.ldexp(mp.mpf(a), 0 if nothing_yet else here) + weight * mp.ldexp(mp.mpf(b), there)
        for a, b in zip(x[1], v[1], strict=True)
    ]
    add_scaled(x, 1, exponents, weight, v, 1, float(there))
    largest = max(abs(one) for one in exact)
    for ours, true in zip(x[1], exact, strict=True):
        shift = int(max(exponents[1], -10_000))
        assert abs(mp.ldexp(mp.mpf(float(ours)), shift) - true) <= 1e-14 * largest
