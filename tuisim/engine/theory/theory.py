"""What theory says of an experiment, each theory with its reference and its conditions.

A theory is a function from a Case to a Prediction and one entry: in EXACT, in ENSEMBLE, or here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.facts import FACTS, value
from tuisim.engine.cells.network import Network
from tuisim.engine.maths.linear import log_largest_singular_values, log_norm
from tuisim.engine.theory.carousel import CAROUSEL, EXACT_CAROUSEL
from tuisim.engine.theory.ensemble import ENSEMBLE
from tuisim.engine.theory.exact import EXACT
from tuisim.engine.theory.prediction import (
    LN10,
    Case,
    DoesNotApplyError,
    Prediction,
    Theory,
    line,
    median,
    over_members,
)
from tuisim.values.experiment import Experiment

__all__ = ["LINEARISED", "THEORIES", "Prediction", "linearised", "predict", "predictions"]


@one_blas_thread()
def predict(experiment: Experiment, networks: Sequence[Network] | None = None) -> Prediction:
    """The most specific theory that applies: exact, average over draws, linearised, bound.

    Args:
        networks: one per member; drawn from the experiment where a theory needs them and none
            are given. Theories that average over draws speak of the experiment alone.

    Returns:
        a Prediction; one with nothing but a `why` that names every theory where none applies.

    Raises:
        ValueError: a network had to be drawn and its experiment is over the budget.
    """
    case = Case(experiment, networks)
    refused = []
    for theory in THEORIES:
        prediction = theory.of(case)
        if prediction.applies:
            return prediction
        refused.append(f"{prediction.name} {prediction.why}")
    return Prediction(why="; ".join(refused))


@one_blas_thread()
def predictions(
    experiment: Experiment, networks: Sequence[Network] | None = None
) -> tuple[Prediction, ...]:
    """What every theory says, the most specific first; arguments as for `predict`."""
    case = Case(experiment, networks)
    return tuple(theory.of(case) for theory in THEORIES)


def linearised(experiment: Experiment, networks: Sequence[Network] | None = None) -> Prediction:
    """The linearised theory alone, as the verdict line quotes it; arguments as for `predict`."""
    return LINEARISED.of(Case(experiment, networks))


#: Cell → of one step about a state of 0, given φ′(0): (a, b) where its eigenvalues are a + b·λ.
AT_REST: dict[str, Callable[[Experiment, float], tuple[float, float]]] = {
    "rnn": lambda e, slope: (1.0 - e.leak + e.residual, e.leak * slope),
    # Of c.
    "lstm": lambda e, slope: (float(value("sigmoid", e.forget_bias)), 0.25 * slope**2),
    "gru": lambda e, slope: (
        float(value("sigmoid", e.update_bias)),
        0.5 * float(value("sigmoid", -e.update_bias)) * slope,
    ),
}


def _linearised(case: Case) -> Prediction:
    """ln of the largest modulus that one step has about rest, over the eigenvalues λ of W.

    rnn |1 − leak + residual + leak·φ′(0)·λ|; lstm |σ(forget_bias) + φ′(0)²·λ/4|, of c; gru
    |z + (1 − z)·φ′(0)·λ/2| with z = σ(update_bias): all other gates are ½ there, and their slopes
    are multiplied with 0.
    """
    e = case.experiment
    facts = FACTS[e.activation]
    slope = facts.slope_at_zero
    if slope is None:
        raise DoesNotApplyError(f"{e.activation} is not differentiable at 0")
    rests = facts.rests
    case.require(
        rests or e.cell == "rnn", f"φ(0) is {facts.value_at_zero:.3g}: a gated cell has no rest"
    )
    case.require_tied()
    case.require_plain("skip", "norm", "bias", "drive")
    case.require_plain_networks()
    case.require(e.cell in AT_REST, f"a step of the {e.cell} about rest is not worked out")
    carried, share = AT_REST[e.cell](e, slope)
    # The lstm's rate is that of h and c together, whose norms are not those of the start.
    alone = e.cell != "lstm"
    rates = []
    for network in case.networks:
        case.require(alone or bool(network.weights.any()), "no gate hears the state: W is 0")
        largest = share * network.spectral_radius
        if carried:
            with np.errstate(over="ignore"):
                largest = float(np.abs(carried + share * network.eigenvalues).max())
        rates.append(math.log(largest) if largest else -math.inf)
    rate = median(rates)
    steps = np.arange(e.depth + 1)
    start = median(log_norm(network.start) for network in case.networks)
    # φ(0) ≠ 0 moves the state away from 0, so only the slopes there are known, not where it rests.
    return Prediction(
        average=over_members("local to rest" if rests else "local to a pre-activation of 0", case),
        gradient_rate=rate,
        hidden_rate=rate if rests else None,
        gradient_log10=line(0.0, rate, steps[::-1]) if alone else None,
        hidden_log10=line(start, rate, steps) if rests and alone else None,
        warning="" if rests else f"no rest at 0: φ(0) is {facts.value_at_zero:.3g}",
    )


def _bound(case: Case) -> Prediction:
    """ln ‖∂L/∂h_t‖ ≤ ln ‖p‖ + Σ_{s>t} ln(|1 − leak + residual| + leak·σ₁(W_s)·γ)."""
    e = case.experiment
    case.require_plain("skip", "norm")
    carried = abs(1 - e.leak + e.residual)
    log_carried = math.log(carried) if carried else -math.inf
    log_slope = math.log(e.leak * FACTS[e.activation].largest_slope)
    curves = []
    for network in case.networks:
        case.require_finite(network)
        logs = log_largest_singular_values(network.weights_by_step, len(case.networks))
        if logs is None:
            raise DoesNotApplyError(
                f"the largest singular values of {len(network.weights_by_step)} "
                f"matrices of {e.width} units would take too long to draw along"
            )
        steps = np.broadcast_to(np.logaddexp(log_carried, log_slope + logs), e.depth)
        back = log_norm(network.probe) + np.concatenate([[0.0], np.cumsum(steps[::-1])])
        curves.append(back[::-1] / LN10)
    curve = np.max(np.stack(curves), axis=0) if len(curves) > 1 else curves[0]
    return Prediction(
        average="bound" if len(curves) == 1 else "bound on every member",
        gradient_rate=float((curve[0] - curve[-1]) * LN10 / e.depth),
        gradient_log10=curve,
    )


LINEARISED = Theory(
    "linearised",
    "Bengio, Simard & Frasconi 1994; Jaeger et al. 2007 (the spectral radius of a leaky net)",
    _linearised,
    None,
)

#: Every theory, the most specific first.
THEORIES = (
    *EXACT,
    EXACT_CAROUSEL,
    *ENSEMBLE,
    LINEARISED,
    CAROUSEL,
    Theory(
        "bound",
        "Pascanu, Mikolov & Bengio 2013, section 2.1 (largest singular value times largest slope)",
        _bound,
    ),
)
