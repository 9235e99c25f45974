"""What tests of figures read from them, and measures made up for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from tuisim.engine.diagnosis.measures import Exponents, Jacobian
from tuisim.figures import Figure
from tuisim.figures.drawing.figure import Series


def named(figure: Figure, name: str) -> Series:
    (found,) = [one for one in figure.series if one.name == name]
    return found


def a_run(values: Any) -> Any:
    """A run with these curves alone, for both norms."""
    curves = np.atleast_2d(np.asarray(values, np.float64))
    return SimpleNamespace(hidden_log10=curves, gradient_log10=curves)


def a_jacobian(**changes: Any) -> Jacobian:
    steps = np.array([0, 5, 10])
    fields = {
        "steps": steps,
        "singular_log10": np.array([[-1.0, -3, -200], [-0.5, -1, -90], [0, 0, 0]]),
        "bound_log10": 0.05 * (10 - np.arange(11.0)),
    }
    return Jacobian(**(fields | changes))


def some_exponents(**changes: Any) -> Exponents:
    fields = {"exponents": np.array([0.1, -0.2, -0.5]), "mean_log_det": -0.6}
    return Exponents(**(fields | changes))
