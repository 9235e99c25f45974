"""What every process should find, whatever becomes of its kernels."""

from __future__ import annotations

import pytest

from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment


@pytest.fixture(scope="module")
def expected() -> list[float]:
    """The gradient's curve of the net that tests.support.caches simulates."""
    curve: list[float] = simulate(Experiment(width=5, depth=4)).gradient_log10[0].tolist()
    return curve
