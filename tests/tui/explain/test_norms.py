"""View 1 in words."""

from __future__ import annotations

from tuisim import Experiment
from tuisim.figures.drawing.numbers import format_log10
from tuisim.tui.explain.norms import gradient
from tuisim.tui.state.computing import compute


def test_a_strip_is_spoken_of_where_there_is_one() -> None:
    computed = compute(Experiment(width=3, depth=5, drive="noise"))
    log10 = computed.run.input_gradient_log10
    assert log10 is not None
    words = f"{format_log10(log10[0, 0])} at step 1, {format_log10(log10[0, -1])} at T."
    assert words in gradient(computed, {})
    assert "∂L/∂x_t" not in gradient(compute(Experiment(width=3, depth=5)), {})
