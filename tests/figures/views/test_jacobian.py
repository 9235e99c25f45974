"""View 6: singular values of the Jacobian, and Lyapunov exponents."""

from __future__ import annotations

import attrs
import numpy as np

from tests.support.figures import a_jacobian, named, some_exponents
from tuisim.figures import draw_text
from tuisim.figures.views.jacobian import exponents_note, jacobian_figure, lyapunov_figure


def test_the_three_singular_values_and_the_bound() -> None:
    figure = jacobian_figure(a_jacobian())
    assert named(figure, "largest").y.tolist() == [-1, -0.5, 0]
    assert named(figure, "median").y.tolist() == [-3, -1, 0]
    assert named(figure, "smallest").y.tolist() == [-200, -90, 0]
    assert named(figure, "bound").y[0] == 0.5
    # The smallest is not given all of the room.
    assert figure.y.low == -6
    assert figure.notes == ("199.0 decades apart at t = 0",)
    singular = a_jacobian(singular_log10=np.array([[-1.0, -3, -np.inf]] * 3), bound_log10=None)
    assert jacobian_figure(singular).notes == ("the smallest is 0 at t = 0",)
    assert jacobian_figure(a_jacobian(), log=False).y.low == 0


def test_the_exponents_and_their_sum() -> None:
    assert exponents_note(some_exponents()) == ("largest 0.1000  sum −0.6000  mean ln|det| −0.6000")
    figure = lyapunov_figure(some_exponents())
    (curve,) = figure.series
    assert (curve.x.tolist(), curve.y.tolist()) == ([1, 2, 3], [0.1, -0.2, -0.5])
    dead = some_exponents(exponents=np.array([0.1, -np.inf, -np.inf]), mean_log_det=-np.inf)
    (mark,) = lyapunov_figure(dead).marks
    assert (mark.x, mark.until) == (2, 3)
    assert "sum" in exponents_note(dead)
    assert "det" not in exponents_note(some_exponents(mean_log_det=None))
    nothing = some_exponents(exponents=np.full(3, np.nan))
    assert len(draw_text(lyapunov_figure(nothing), 40, 10)) == 10


def test_an_exponent_that_rounds_to_zero_has_no_sign() -> None:
    found = attrs.evolve(some_exponents(), exponents=np.array([-1e-6, -0.5]))
    assert exponents_note(found).startswith("largest 0.0000  sum −0.5000")
