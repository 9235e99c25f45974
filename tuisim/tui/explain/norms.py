"""View 1 in words: the norms of state and gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuisim.figures.drawing.numbers import format_log10
from tuisim.figures.words.rates import crossing_words, factor_words, horizon_words
from tuisim.figures.words.verdict import rounding_words, split_fates
from tuisim.tui.explain.cells import number
from tuisim.tui.explain.net import formula, gradient_formula, matrix
from tuisim.tui.state.words import middle

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.tui.state.computing import Computed, Diagnosis
    from tuisim.values.experiment import Experiment


def hidden(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The norm of the state."""
    run, found = computed.run, computed.diagnosis
    e = run.experiment
    start, end = middle(run.hidden_log10[:, 0]), middle(run.hidden_log10[:, -1])
    return "\n".join(
        [
            "HIDDEN STATE ‖h_t‖",
            "",
            "The norm of the state at every step t of the forward pass:",
            "",
            formula(e),
            "",
            f"n = {e.width} units, T = {e.depth} steps, {matrix(e)}.",
            f"‖h_0‖ = {format_log10(start)}, ‖h_T‖ = {format_log10(end)}: "
            f"{factor_words(run.hidden_rate)} a step in the mean.",
            "",
            "In a linear net the part of h along an eigenvector of W is multiplied by its "
            f"eigenvalue λ at each step: |λ| < 1 decays, |λ| > 1 blows up and takes over. {_for(e)}"
            "A saturating φ stops the blow-up, not the decay.",
            "",
            *_theory(found, "hidden"),
        ]
    )


def _for(e: Experiment) -> str:
    """What stands for λ where the state is carried along too."""
    if e.cell != "rnn" or (e.leak == 1 and not e.residual):
        return ""
    factor = f"{number(1 - e.leak + e.residual)} + {number(e.leak)}·λ"
    return f"Here {factor} stands for λ, since part of h is carried along. "


def gradient(computed: Computed, measures: Mapping[str, Any]) -> str:
    """The norm of the gradient."""
    run, found = computed.run, computed.diagnosis
    e = run.experiment
    end, crossed = middle(run.gradient_log10[:, 0]), crossing_words(run)
    return "\n".join(
        [
            "GRADIENT ‖∂L/∂h_t‖",
            "",
            "The loss is L = p·h_T with a random unit vector p, so the gradient is 1 at T, and "
            "at t it is the factor by which T − t steps of back-propagation scale it:",
            "",
            gradient_formula(e),
            "",
            f"‖∂L/∂h_0‖ = {format_log10(end)} after {e.depth} steps: {run.regime}.",
            *_split(run),
            *([f"It {crossed}: the verdict goes by what is left at 0."] if crossed else []),
            f"Each step back multiplies it by {factor_words(run.gradient_rate)} in the mean.",
            f"Horizon, the first step back at which it is a thousandth or a thousandfold: "
            f"{horizon_words(run)}. It is measured on the curve; beyond T nobody knows.",
            *_cell(run.cell_gradient_log10),
            *_strip(run.input_gradient_log10),
            f"Saturated units (|φ′| under a tenth of the largest): "
            f"{100 * float(run.saturation.mean()):.0f} %.",
            "",
            "float16 reads 0 where every entry is at most 2⁻²⁵ = 3.0e-08, float32 at 2⁻¹⁵⁰. The "
            "lines in the plot are there for the norm; the verdict goes by the largest entry.",
            "",
            *_theory(found, "gradient"),
        ]
    )


def _split(run: Run) -> list[str]:
    split = split_fates(run)
    return [f"That is the median; of the members: {split}."] if split else []


def _cell(log10: Any) -> list[str]:
    if log10 is None:
        return []
    return [
        f"‖∂L/∂c_0‖ = {format_log10(middle(log10[:, 0]))}: c_t is a node of its own. Along it the "
        "gradient meets the forget gates alone; what leaves it through h and comes back is added."
    ]


def _strip(log10: Any) -> list[str]:
    if log10 is None:
        return []
    first, last = format_log10(middle(log10[:, 0])), format_log10(middle(log10[:, -1]))
    return [
        f"In the line of the axis ‖∂L/∂x_t‖, how much the input at t still moves the end: {first} "
        f"at step 1, {last} at T."
    ]


def _theory(found: Diagnosis | None, which: str) -> list[str]:
    if found is None:
        return []
    theory = found.prediction
    if not theory.applies:
        return [f"No theory drawn: {theory.why}."]
    rate = theory.gradient_rate if which == "gradient" else theory.hidden_rate
    lines = [f"Dashed: {theory.name} ({theory.average})."]
    if theory.reference:
        lines.append(f"{theory.reference}")
    if rate is not None:
        lines.append(f"It says {factor_words(rate)} a step.")
    if theory.warning:
        lines.append(theory.warning)
    if rounding_words(theory):
        lines.append(
            "From there on float64's rounding of larger parts has outgrown the norm, which in the "
            "net itself goes on as before."
        )
    return lines
