"""View 2: singular values, moduli and the growth bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.figures import named
from tuisim.engine.diagnosis.measures import Spectrum
from tuisim.figures import draw_text
from tuisim.figures.views.spectrum import growth_notes, plane_figure, singular_figure


def a_spectrum(eigenvalues: Any, singular: Any, **changes: Any) -> Spectrum:
    fields = {"departure": 0.0, "growth_bound": 0.9} | changes
    return Spectrum(np.array(eigenvalues, complex), np.array(singular, float), **fields)


def test_singular_values_with_the_moduli_beside_them() -> None:
    found = a_spectrum([0.5, -0.9, 0.1 + 0.1j, 0.1 - 0.1j], [2.0, 0.5, 0.1, 0.01])
    figure = singular_figure(found, depth=100)
    assert named(figure, "σ_k").y == pytest.approx(np.log10([2, 0.5, 0.1, 0.01]))
    assert named(figure, "σ_k").marker == "bullet"
    assert 10 ** named(figure, "|λ_k|").y == pytest.approx([0.9, 0.5, 0.02**0.5, 0.02**0.5])
    assert (figure.y.low, figure.y.high, figure.y.log) == (-2, 1, True)
    linear = singular_figure(found, log=False, depth=100)
    assert named(linear, "σ_k").y == pytest.approx([2, 0.5, 0.1, 0.01])
    assert (linear.y.low, linear.y.high) == (0, 2)
    (one,) = linear.references
    assert one.value == 1


def test_what_is_under_the_rounding_of_the_largest_is_zero() -> None:
    figure = singular_figure(a_spectrum([1, 0, 0], [1, 1e-17, 0]), depth=9)
    assert figure.y.low == -1
    (mark,) = figure.marks
    assert (mark.x, mark.until, mark.meaning) == (2, 3, "zero to rounding")
    nothing = singular_figure(a_spectrum([0, 0], [0, 0]), depth=9)
    assert len(draw_text(nothing, 40, 12)) == 12
    assert len(draw_text(singular_figure(a_spectrum([0], [0]), log=False, depth=9), 40, 12)) == 12


def test_a_pinned_spectrum_of_another_width_spans_the_axis() -> None:
    pinned = a_spectrum([1, 1], [3.0, 2.0])
    found = a_spectrum([1, 1, 1], [1.0, 1.0, 1.0])
    pale = named(singular_figure(found, pinned, depth=9), "pinned σ_k")
    assert pale.x.tolist() == [1, 3]
    (shown,) = [one for one in plane_figure(found, pinned).series if one.role == "pinned"]
    assert shown.x.tolist() == [1, 1]


def test_the_growth_bound_in_numbers() -> None:
    assert growth_notes(a_spectrum([0.8], [0.9]), 100) == (
        "at most ×0.900 a step (bound)  2.7·10⁻⁵ in 100",
        "W in the long run ×0.800 (ρ)",
    )
    assert (
        growth_notes(a_spectrum([0.8], [0.9], growth_bound=None), 100)[0] == "W a step ×0.900 (σ₁)"
    )
    assert "0 in 9" in growth_notes(a_spectrum([0], [0], growth_bound=0.0), 9)[0]
