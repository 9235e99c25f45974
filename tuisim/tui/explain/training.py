"""View 8 in words: training, its tasks and its failures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from tuisim.figures.drawing.numbers import format_log10, format_value
from tuisim.figures.views.plane import matrix_name
from tuisim.figures.views.training import AVERAGED, pinned_words
from tuisim.tui.explain.net import formula, gradient_formula

if TYPE_CHECKING:
    from tuisim.engine.training.course import Look
    from tuisim.values.experiment import Experiment


def explanation(panel: str, look: Look) -> str:
    """Help on a panel of the training screen with its numbers."""
    return "\n".join([PANELS[panel](look), "", *_training(look)])


def _loss(look: Look) -> str:
    task = look.task
    return "\n".join(
        [
            f"LOSS: {task.loss_name}, and ACCURACY",
            "",
            task.words,
            f"({task.reference}; T = {look.experiment.depth}.)",
            "",
            f"Whoever guesses loses {format_value(task.chance_loss, 3)} in the mean and is right "
            f"in {100 * task.chance_accuracy:.0f} % of the cases: a net whose gradient has "
            "vanished before it reaches what matters stays on that line.",
            "",
            "The loss now is that of the newest batch alone; the mean accuracy that of the newest "
            f"{AVERAGED} updates.",
            "",
            "! marks an overshoot: a loss ten times the mean of the ten before. ┬ marks a change. "
            "∞ and ? mark a value that is not finite, where training stops: u goes back to some "
            "updates before, and a change of how it is trained goes on from there.",
            *(f"pinned: {pinned_words(one)}" for one in look.pinned),
        ]
    )


def _clipping(look: Look) -> str:
    e, step = look.experiment, look.step
    words = {
        "none": "It is not clipped: k clips it.",
        "norm": f"Clipped by norm: where ‖g‖ > {e.clip_threshold:g}, g ← g·{e.clip_threshold:g}/"
        "‖g‖. The direction stays.",
        "value": f"Clipped by value: every entry is brought within ±{e.clip_threshold:g}. The "
        "direction turns.",
    }
    return "\n".join(
        [
            "GRADIENT ‖∂L/∂θ‖",
            "",
            "θ is all parameters together: W and b, the input matrix W_in, the output matrix W_out "
            "and b_out. The norm is that of the whole gradient g, and so is the clipping.",
            "",
            "    ∂L/∂W = Σ_t δ_t h_{t−1}ᵀ,   δ_t = ∂L/∂(W h_{t−1}): one product over all steps.",
            "",
            words[e.clip],
            f"Now {format_value(step.gradient_norm, 3)}, after clipping "
            f"{format_value(step.clipped_gradient_norm, 3)}; {100 * step.clipped_share:.0f} % of "
            "the updates so far were clipped.",
            *_moved(step.update_ratio),
        ]
    )


def _moved(ratio: float) -> list[str]:
    if not math.isfinite(ratio):
        return []
    return ["", f"This update moves θ by ‖Δθ‖/‖θ‖ = {format_value(ratio, 3)} of its length."]


def _wandering(look: Look) -> str:
    return "\n".join(
        [
            f"EIGENVALUES OF {matrix_name(look.experiment)}, WANDERING",
            "",
            "Where they are (•), and where they were (pale dots). Training moves them: a single "
            "step along an exploding gradient may throw them far out of the unit circle, from "
            "where states or gradients explode at once.",
            "",
            f"ρ = {format_value(look.recurrent.spectral_radius, 3)}, "
            f"σ₁ = {format_value(look.recurrent.largest_singular_value, 3)}.",
        ]
    )


def _over_time(look: Look) -> str:
    log10 = look.step.gradient_log10
    return "\n".join(
        [
            f"GRADIENT ‖∂L/∂h_t‖ OF UPDATE {look.step.update}",
            "",
            "How the loss depends on the state at each step, over the batch:",
            "",
            gradient_formula(look.experiment),
            "",
            f"{format_log10(float(log10[-1]))} at t = T, {format_log10(float(log10[0]))} at t = 0. "
            "What the first input is to do with the loss, the parameters learn by what is left "
            "there.",
        ]
    )


PANELS: Mapping[str, Callable[[Look], str]] = {
    "loss": _loss,
    "accuracy": _loss,
    "clipping": _clipping,
    "wandering": _wandering,
    "over_time": _over_time,
}


_SGD = ("    v ← μ·v + g + l2·θ,   θ ← θ − η·v",)
_ADAM = (
    "    m ← 0.9·m + 0.1·(g + l2·θ),   v ← 0.999·v + 0.001·(g + l2·θ)²",
    "    θ ← θ − η·m̂/(√v̂ + 10⁻⁸),   m̂ = m/(1 − 0.9ᵏ),   v̂ = v/(1 − 0.999ᵏ)   (Adam, update k)",
)


def _training(look: Look) -> list[str]:
    plan = look.plan
    adam = plan.optimizer == "adam"
    return [
        "TRAINING",
        "",
        # With what every net has that is trained.
        formula(attrs.evolve(look.experiment, drive="noise", bias=1.0)),
        "",
        "    x_t = W_in u_t,   y_t = W_out h_t + b_out",
        *(_ADAM if adam else _SGD),
        "",
        f"η = {plan.learning_rate:g} is the learning rate, "
        + ("" if adam else f"μ = {plan.momentum:g} the momentum, ")
        + f"l2 = {plan.l2:g} the weight decay, g the gradient after clipping. Every batch of "
        f"{look.experiment.batch} is drawn anew, from seed {look.experiment.seed} and the number "
        "of the update.",
        "",
        _start(look.experiment),
    ]


def _start(e: Experiment) -> str:
    """Where h_0 comes from."""
    where = "in a direction drawn from the seed"
    if e.start_eigenvector is not None:
        where = f"along eigenvector {e.start_eigenvector} of {matrix_name(e)} as it was drawn"
    cell = ", c_0 = 0" if e.cell == "lstm" else ""
    return (
        f"Every sequence of every update begins at one and the same h_0{cell}: the experiment's "
        f"start, {where}, of root mean square {e.start_rms:g} (start_rms). It is not learned."
    )
