"""The curves of a run beside those of its twin."""

from __future__ import annotations

import numpy as np

from tests.support.twin import Twin, log10_norm
from tuisim.engine.runs.run import Run


def check_against_twin(run: Run, tolerance: float = 1e-9) -> Twin:
    """hidden_log10 and gradient_log10 of a single member against 50 digits."""
    twin = Twin(run.experiment, run.networks[0])
    hidden = [log10_norm(h) for h in twin.states]
    gradient = [log10_norm(g) for g in twin.gradients]
    np.testing.assert_allclose(run.hidden_log10[0], hidden, rtol=1e-12, atol=tolerance)
    np.testing.assert_allclose(run.gradient_log10[0], gradient, rtol=1e-12, atol=tolerance)
    shares = [log10_norm(matrix) for matrix in twin.weight_gradients]
    np.testing.assert_allclose(run.weight_gradient_log10[0], shares, rtol=1e-12, atol=tolerance)
    return twin
