"""Rounding to the formats of fewer bits, against their own definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.rounding import rounded


def everywhere() -> Array:
    """Numbers of every size that a float32 has, which no format rounds twice."""
    random = np.random.default_rng(0)
    sizes = 2.0 ** random.uniform(-30, 20, 2000)
    return (random.choice([-1.0, 1.0], 2000) * sizes).astype(np.float32).astype(np.float64)


def test_float16_is_numpy_s() -> None:
    numbers = np.concatenate([everywhere(), [0.0, -0.0, 65519.9, 65520.0, 2.0**-25, 3 * 2.0**-26]])
    with np.errstate(over="ignore"):
        expected = numbers.astype(np.float16).astype(np.float64)
    np.testing.assert_array_equal(rounded(numbers, "float16"), expected)
    assert math.copysign(1.0, rounded(np.array([-0.0]), "float16")[0]) == -1.0


def test_bfloat16_is_the_upper_half_of_a_float32() -> None:
    numbers = everywhere()
    bits = numbers.astype(np.float32).view(np.uint32)
    # Half of the lower half's unit and the last kept bit: to the nearest, ties to the even one.
    kept = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    expected = kept.view(np.float32).astype(np.float64)
    np.testing.assert_array_equal(rounded(numbers, "bfloat16"), expected)


def e4m3() -> Array:
    """All that eight bits say: sign, four of the exponent with bias 7, three digits."""
    found = []
    for byte in range(127):
        exponent, digits = byte >> 3, byte & 7
        found.append(
            math.ldexp(digits, -9) if not exponent else math.ldexp(8 + digits, exponent - 10)
        )
    return np.array(found)


def test_fp8_is_the_nearest_of_its_256() -> None:
    table = e4m3()
    assert (table[1], table[8], table[-1]) == (2.0**-9, 2.0**-6, 448.0)
    numbers = everywhere()
    numbers = numbers[np.abs(numbers) < 448.0]
    for number, found in zip(numbers, rounded(numbers, "float8_e4m3"), strict=True):
        away = np.abs(table - abs(number))
        assert abs(found) == table[away.argmin()]
        assert found == 0.0 or found * number > 0.0
    np.testing.assert_array_equal(rounded(table, "float8_e4m3"), table)
    # Between two neighbours the one whose last digit is 0.
    between = (table[:-1] + table[1:]) / 2
    even = np.where(np.arange(126) % 2 == 0, table[:-1], table[1:])
    np.testing.assert_array_equal(rounded(between, "float8_e4m3"), even)


@pytest.mark.parametrize(
    ("format", "number", "expected"),
    [
        ("float16", 1.0e5, math.inf),
        ("float16", -1.0e5, -math.inf),
        ("bfloat16", 3.4e38, math.inf),
        ("bfloat16", 3.38e38, math.ldexp(254.0, 120)),
        ("bfloat16", 1.0 + 2.0**-8, 1.0),
        ("float8_e4m3", 464.0, 448.0),
        ("float8_e4m3", 464.1, math.nan),
        ("float8_e4m3", math.inf, math.nan),
        ("float8_e4m3", 0.3, 0.3125),
        ("float16", math.nan, math.nan),
    ],
)
def test_known_values(format: str, number: float, expected: float) -> None:
    found = float(rounded(np.array([number]), format)[0])
    assert found == pytest.approx(expected, rel=1e-7, nan_ok=True)
