"""Numbers as text, in Unicode and ASCII, and the choice of ticks."""

from __future__ import annotations

import math
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuisim.figures.drawing.numbers import (
    across_ticks,
    ascii_columns,
    ascii_text,
    format_factor,
    format_fixed,
    format_log10,
    format_nats,
    format_step_factor,
    format_value,
    nice_step,
    one_cell_each,
    upright_axis,
)
from tuisim.figures.drawing.raster import Canvas
from tuisim.figures.words.dtypes import OVERFLOWS, READS_ZERO, survival


@pytest.mark.parametrize(
    ("log10", "text"),
    [
        (math.log10(0.039), "0.039"),
        (0.0, "1.0"),
        (math.log10(5.66), "5.7"),
        (2.0, "100"),
        (math.log10(9.96), "10"),
        (math.log10(0.0012), "0.0012"),
        (-5.0, "10⁻⁵"),
        (-4.9905, "1.0·10⁻⁵"),
        (-5.0111, "9.7·10⁻⁶"),
        (-5.0011, "1.0·10⁻⁵"),
        (math.log10(8.7e-4), "8.7·10⁻⁴"),
        (-2400.92, "1.2·10⁻²⁴⁰¹"),
        (2385.606, "4.0·10²³⁸⁵"),
        (-6.2e17, "10^-6.2·10¹⁷"),
        (-math.inf, "0"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_log10_as_a_number(log10: float, text: str) -> None:
    assert format_log10(log10) == text


@given(st.floats(-300, 300))
def test_what_is_written_is_the_number_to_two_digits(log10: float) -> None:
    written = float(ascii_text(format_log10(log10)))
    assert written == pytest.approx(10**log10, rel=0.051)


def test_plain_values_and_factors() -> None:
    assert format_value(-0.25) == "-0.25"
    assert format_value(0.0) == "0"
    assert format_factor(0.8912) == "0.891"
    assert format_factor(1.0121) == "1.012"
    assert format_factor(12.345) == "12.3"
    assert format_factor(3.1e-5) == "3.1·10⁻⁵"


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (0.8912, "0.891"),
        (0.9912, "0.9912"),
        (0.99983, "0.99983"),
        (0.995, "0.9950"),
        (1.0012, "1.0012"),
        (1.00000049, "1.00000049"),
        (0.99004, "0.990"),
        (1.0, "1.000"),
        (1 + 1e-10, "1.000"),
        (12.345, "12.3"),
    ],
)
def test_a_slow_factor_has_two_digits_of_its_distance_from_one(factor: float, text: str) -> None:
    assert format_step_factor(factor) == text


@given(st.floats(-9.3, -2.01), st.booleans())
def test_a_factor_to_the_depth_is_the_whole_to_two_digits(log10: float, grows: bool) -> None:
    """What is shown of it, over as many steps as turn it by e, is that within a twentieth."""
    apart = (1 if grows else -1) * 10**log10
    shown = float(format_step_factor(1 + apart))
    assert (shown - 1) / apart == pytest.approx(1, abs=0.0501)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("gradient ‖∂L/∂h_t‖", "gradient |dL/dh_t|"),
        ("10⁻³", "1e-3"),
        ("1.2·10⁻²⁴⁰⁰", "1.2e-2400"),
        (
            "vanishing · ×0.891 a step back · 1.0·10⁻⁵ after 100",
            "vanishing | x0.891 a step back | 1.0e-5 after 100",
        ),
        ("n → ∞, −∞ decades", "n -> inf, -inf decades"),
        ("∞", "^"),
        ("θ = 20.1°", "theta = 20.1deg"),
        ("Wᵀ, 5⁻¹", "W^T, 5^-1"),
        ("0.98ⁿ", "0.98^n"),
        ("Tiňo, Σ and τ", "Tino, sum  and tau"),
        ("理論", "??"),
    ],
)
def test_ascii(text: str, plain: str) -> None:
    assert ascii_text(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a  b", "a  b"),
        ("ρ        0.9", "rho      0.9"),
        ("  0.003 (0.002 … 0.004)    at ρ 0.9", "  0.003 (0.002 ... 0.004)  at rho 0.9"),
        # A column that its neighbour has grown into moves on, and what follows stays.
        ("σ₁  x     y", "sigma1  x  y"),
        ("1.2·10⁻⁵  ‖h_T‖", "1.2e-5    |h_T|"),
        ("τ  a\nλ     b", "tau  a\nlambda  b"),
    ],
)
def test_columns_stay_where_they_are_in_ascii(text: str, plain: str) -> None:
    assert ascii_columns(text) == plain


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (-0.21391, "−0.2139"),
        (99.99996, "100.0000"),
        (-1.26933e18, "−1.2693·10¹⁸"),
        (123.456, "123.46"),
        (-math.inf, "−inf"),
        (math.nan, "nan"),
    ],
)
def test_a_rate_takes_a_dozen_characters_however_large(rate: float, said: str) -> None:
    assert format_nats(rate) == said


def test_fixed_decimals_have_a_true_minus() -> None:
    assert [format_fixed(one) for one in (-0.21391, 0.5, -1e-9)] == ["−0.2139", "0.5000", "0.0000"]


def test_one_cell_each() -> None:
    assert one_cell_each("théorie") == "théorie"
    assert one_cell_each("e\u0301理\x1b") == "e?"


@pytest.mark.parametrize(
    ("low", "high", "rows", "labels"),
    [
        (-5, 1, 20, "10⁻⁵ 10⁻⁴ 10⁻³ 10⁻² 10⁻¹ 10⁰ 10¹"),
        (-5, 1, 24, "10⁻⁴ 10⁻² 10⁰"),
        (-5, 1, 8, "10⁻⁴ 10⁻² 10⁰ 10²"),
        (-5, 1, 3, "10⁻⁵ 10⁰"),
        (-5, 1, 2, "10⁻⁵ 10¹"),
        (-2400, 0, 10, "10⁻²⁰⁰⁰ 10⁻¹⁰⁰⁰ 10⁰"),
    ],
)
def test_decades_suit_the_rows(low: float, high: float, rows: int, labels: str) -> None:
    _, _, ticks = upright_axis(low, high, rows, log=True)
    assert " ".join(label for _, label in ticks) == labels


@pytest.mark.parametrize(
    ("high", "columns", "labels"),
    [
        (100, 60, "0 25 50 75 100"),
        (100, 20, "0 50 100"),
        (137, 60, "0 50 100 137"),
        (1, 60, "0 1"),
        (100, 3, "0"),
    ],
)
def test_time_steps_suit_the_columns(high: float, columns: int, labels: str) -> None:
    assert " ".join(label for _, label in across_ticks(0, high, columns)) == labels


@pytest.mark.parametrize(
    ("low", "high", "columns", "labels"),
    [
        (3.5, 5.5, 33, "3.5 4 5 5.5"),
        (3.5, 5.5, 70, "3.5 4.0 4.5 5.0 5.5"),
        (4.2333, 4.7333, 60, "4.233 4.3 4.4 4.5 4.6 4.733"),
        (4.4983, 4.5061, 50, "4.498 4.500 4.502 4.504 4.506"),
    ],
)
def test_ends_that_are_no_whole_steps_say_where_they_lie(
    low: float, high: float, columns: int, labels: str
) -> None:
    assert " ".join(label for _, label in across_ticks(low, high, columns)) == labels


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("limits", [(-6, 0), (-40, 0), (-5, 1), (0, 8), (-323, 12), (3, 5)])
def test_ticks_are_in_the_middle_of_rows_and_as_far_apart(
    limits: tuple[int, int], log: bool, ascii: bool
) -> None:
    """As the canvas has them; curves lose less than a third of the room, of which most is kept."""
    shares = []
    for rows in range(9, 40):
        low, high, ticks = upright_axis(*limits, rows, log=log, dots=1 if ascii else 4)
        assert low <= limits[0] < limits[1] <= high
        shares.append((limits[1] - limits[0]) / (high - low))
        canvas = Canvas(9, rows, 0, 1, low, high, ascii)
        cells = [canvas.row(value) for value, _ in ticks]
        gaps = {before - after for before, after in pairwise(cells)}
        assert len(ticks) >= 2
        if (low, high) != limits:
            (gap,) = gaps
            assert gap >= 3
            # The very dot, which in braille is the second of four from below.
            dots = canvas.upright(np.array([value for value, _ in ticks]))
            wanted = [cell if ascii else 4 * cell + 2 for cell in cells]
            np.testing.assert_allclose(dots, wanted, atol=1e-6)
    assert min(shares) >= 0.7
    assert np.mean(shares) > 0.85


@given(st.floats(-1e5, 1e5), st.floats(0.01, 1e6), st.integers(1, 60), st.booleans())
def test_ticks_lie_within_the_limits(low: float, span: float, cells: int, log: bool) -> None:
    if log:
        low, span = math.floor(low), math.ceil(span) + 1
    bottom, top, ticks = upright_axis(low, low + span, cells, log)
    slack = 1e-6 * span
    assert bottom <= low + slack
    assert top >= low + span - slack
    for value, _ in ticks:
        assert bottom - slack <= value <= top + slack
    for value, _ in across_ticks(low, low + span, cells):
        assert low - slack <= value <= low + span + slack


@given(st.floats(1e-6, 1e6), st.integers(1, 30))
def test_nice_steps_are_few_and_not_far_too_few(span: float, count: int) -> None:
    step = nice_step(span, count)
    assert span / step <= count * (1 + 1e-6)
    assert nice_step(span, count) <= 2.51 * span / count


def test_survival_agrees_with_numpy() -> None:
    import numpy as np

    for dtype, text in (("float16", np.float16), ("float32", np.float32)):
        with np.errstate(over="ignore"):
            assert text(10 ** (READS_ZERO[dtype] + 0.01)) > 0
            assert text(10 ** (READS_ZERO[dtype] - 0.01)) == 0
            assert np.isinf(text(10 ** (OVERFLOWS[dtype] + 1e-6)))
            assert np.isfinite(text(10 ** (OVERFLOWS[dtype] - 1e-6)))
    assert survival(-5) == "float16 keeps it"
    assert survival(-10) == "float16 reads 0, float32 keeps it"
    assert survival(-2400) == "float64 reads 0"
    assert survival(-240) == "float32 reads 0"
    assert survival(10) == "float16 overflows, float32 keeps it"
    assert survival(40) == "float32 overflows"
    # The ends of float64; NumPy has no wider one that is the same everywhere.
    assert survival(math.log10(sys.float_info.max) - 1e-12) == "float32 overflows"
    assert survival(308.2548) == "float64 overflows"
    assert survival(math.log10(5e-324)) == "float32 reads 0"
    assert survival(math.log10(5e-324) - 0.302) == "float64 reads 0"
