"""Factors in words: what is a number has its ×, what is none says so."""

from __future__ import annotations

import math

import pytest

from tuisim.figures.words.measured import measured_words
from tuisim.figures.words.rates import factor_words


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (math.log(0.891), "×0.891"),
        (-math.inf, "×0"),
        (math.inf, "×inf"),
        (2000.0 * math.log(10), "×10²⁰⁰⁰"),
        (math.nan, "nan"),
    ],
)
def test_a_rate_as_a_factor(rate: float, said: str) -> None:
    assert factor_words(rate) == said


def test_a_measured_factor() -> None:
    assert measured_words([0.6, 0.654, 0.707], "×") == "×0.654 (×0.600 … ×0.707)"
    assert measured_words([math.nan], "×") == "nan"
