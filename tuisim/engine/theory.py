"""What theory says of an experiment, each theory with its reference and its conditions.

May import numpy, tuisim.experiment and the engine's uncompiled parts. A theory is a function from
a Case to a Prediction and one entry in THEORIES.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tuisim.engine.facts import FACTS
from tuisim.engine.linear import log_largest_singular_values, log_norm, power_norms
from tuisim.engine.meanfield import mean_field
from tuisim.engine.network import Network
from tuisim.engine.prediction import Case, DoesNotApplyError, Prediction, Theory
from tuisim.experiment import Experiment

__all__ = [
    "LINEARISED",
    "THEORIES",
    "Prediction",
    "digamma",
    "linearised",
    "predict",
    "predictions",
]

Array = NDArray[np.float64]

_LN10 = math.log(10)


def predict(experiment: Experiment, networks: Sequence[Network] | None = None) -> Prediction:
    """The most specific theory that applies: exact, then mean field, linearised, bound.

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


def predictions(
    experiment: Experiment, networks: Sequence[Network] | None = None
) -> tuple[Prediction, ...]:
    """What every theory says, the most specific first; arguments as for `predict`."""
    case = Case(experiment, networks)
    return tuple(theory.of(case) for theory in THEORIES)


def linearised(experiment: Experiment, networks: Sequence[Network] | None = None) -> Prediction:
    """The linearised theory alone, as the verdict line quotes it; arguments as for `predict`."""
    return LINEARISED.of(Case(experiment, networks))


def _median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


def _median_curve(curves: Sequence[Array]) -> Array:
    return curves[0] if len(curves) == 1 else np.asarray(np.median(np.stack(curves), axis=0))


def _members(average: str, case: Case) -> str:
    return f"{average}, median over members" if len(case.networks) > 1 else average


def _exact_linear(case: Case) -> Prediction:
    """‖Aᵗ h_0‖ and ‖(Aᵀ)^{T−t} p‖ with A = (1 − leak + residual) I + leak W."""
    e = case.experiment
    case.require(e.activation == "identity", f"the activation is {e.activation}, not the identity")
    case.require(e.tied, "the net is not tied: it is for one matrix at every step")
    case.require_plain("skip", "norm", "bias", "drive")
    case.require_plain_networks()
    hidden, gradient = [], []
    for network in case.networks:
        matrix = e.leak * network.weights
        with np.errstate(over="ignore"):
            matrix[np.diag_indices(e.width)] += 1 - e.leak + e.residual
        case.require(bool(np.isfinite(matrix).all()), "the matrix does not fit into float64")
        copies = 2 * len(case.networks)
        forward = power_norms(matrix, network.start, e.depth, copies)
        back = power_norms(matrix.T, network.probe, e.depth, copies)
        if forward is None or back is None:
            raise DoesNotApplyError(
                f"{e.depth} powers of a matrix of {e.width} units would take too long to draw along"
            )
        hidden.append(forward / _LN10)
        gradient.append(back[::-1] / _LN10)
    return Prediction(
        average=_members("exact", case),
        gradient_log10=_median_curve(gradient),
        hidden_log10=_median_curve(hidden),
        gradient_rate=_median((g[0] - g[-1]) * _LN10 / e.depth for g in gradient),
        hidden_rate=_median((h[-1] - h[0]) * _LN10 / e.depth for h in hidden),
    )


def digamma(x: float) -> float:
    """ψ(x) for x > 0: the recurrence up to 10, then the asymptotic series (DLMF 5.5.2, 5.11.2)."""
    below = 0.0
    while x < 10:
        below += 1 / x
        x += 1
    y = 1 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132)))))
    return math.log(x) - 0.5 / x - series - below


def _gaussian_log_average(case: Case) -> Prediction:
    """E ln ‖Wh‖ − ln ‖h‖ = ½ [ψ(n/2) + ln(2σ_w²/n)]: ‖Wh‖² is σ_w²‖h‖²/n times a χ²_n."""
    e = case.experiment
    case.require(e.spectrum == "gaussian", f"the spectrum is {e.spectrum}, not gaussian")
    case.require(e.activation == "identity", f"the activation is {e.activation}, not the identity")
    case.require(not e.tied, "the net is tied: it is for a fresh matrix at every step")
    case.require_plain("leak", "residual", "skip", "norm", "bias", "drive")
    case.require(e.batch == 1, f"the batch has {e.batch} rows: it is for one")
    n = e.width
    rate = -math.inf
    if e.radius:
        rate = math.log(e.radius) + 0.5 * (digamma(n / 2) + math.log(2 / n))
    steps = np.arange(e.depth + 1)
    start = math.log(e.start_rms) + 0.5 * math.log(n)
    chosen = e.start_eigenvector is not None
    return Prediction(
        average="mean of the log norm over draws, any n",
        gradient_rate=rate,
        hidden_rate=rate,
        gradient_log10=_line(0.0, rate, steps[::-1]),
        hidden_log10=None if chosen else _line(start, rate, steps),
        warning=_CHOSEN_START if chosen else "",
    )


_CHOSEN_START = "no curve of the hidden state: a start along an eigenvector depends on the matrix"


def _line(start: float, rate: float, steps: NDArray[np.int64]) -> Array:
    # −∞ times no step is no change, not nan.
    with np.errstate(invalid="ignore"):
        growth = np.where(steps == 0, 0.0, steps * rate)
    return np.asarray((start + growth) / _LN10)


def _mean_field(case: Case) -> Prediction:
    """½ ln χ₁ at the fixed point of the length map, and curves through its transient."""
    e = case.experiment
    case.require(e.spectrum == "gaussian", f"the spectrum is {e.spectrum}, not gaussian")
    case.require_plain("leak", "residual", "skip", "norm", "drive")
    entries = e.width * e.batch
    field = mean_field(e.activation, e.radius, e.bias, e.start_rms, e.depth, entries)
    chosen = e.start_eigenvector is not None
    warnings = []
    if chosen:
        warnings.append("rates only: a start along an eigenvector depends on the matrix")
    if e.width < 512 or 10 * e.depth > e.width:
        warnings.append(
            f"it is for n → ∞: with {e.width} units one draw scatters around it, "
            f"and over {e.depth} steps its log norm drifts below"
        )
    return Prediction(
        average="root mean square over draws, n → ∞",
        gradient_rate=field.gradient_rate,
        hidden_rate=field.hidden_rate,
        gradient_log10=None if chosen else field.gradient_log10,
        hidden_log10=None if chosen else field.hidden_log10,
        warning="; ".join(warnings),
    )


def _linearised(case: Case) -> Prediction:
    """ln max |1 − leak + residual + leak·φ′(0)·λ| over the eigenvalues λ of W."""
    e = case.experiment
    facts = FACTS[e.activation]
    slope = facts.slope_at_zero
    if slope is None:
        raise DoesNotApplyError(f"{e.activation} is not differentiable at 0")
    case.require(e.tied, "the net is not tied: it is for one matrix at every step")
    case.require_plain("skip", "norm", "bias", "drive")
    case.require_plain_networks()
    carried = 1 - e.leak + e.residual
    rates = []
    for network in case.networks:
        with np.errstate(over="ignore"):
            moduli = np.abs(carried + e.leak * slope * network.eigenvalues)
        largest = float(moduli.max())
        rates.append(math.log(largest) if largest else -math.inf)
    rate = _median(rates)
    steps = np.arange(e.depth + 1)
    start = _median(log_norm(network.start) for network in case.networks)
    # φ(0) ≠ 0 moves the state away from 0, so only the slopes there are known, not where it rests.
    rests = facts.rests
    return Prediction(
        average=_members("local to rest" if rests else "local to a pre-activation of 0", case),
        gradient_rate=rate,
        hidden_rate=rate if rests else None,
        gradient_log10=_line(0.0, rate, steps[::-1]),
        hidden_log10=_line(start, rate, steps) if rests else None,
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
        curves.append(back[::-1] / _LN10)
    curve = np.max(np.stack(curves), axis=0) if len(curves) > 1 else curves[0]
    return Prediction(
        average="bound" if len(curves) == 1 else "bound on every member",
        gradient_rate=float((curve[0] - curve[-1]) * _LN10 / e.depth),
        gradient_log10=curve,
    )


LINEARISED = Theory(
    "linearised",
    "Bengio, Simard & Frasconi 1994; Jaeger et al. 2007 (the spectral radius of a leaky net)",
    _linearised,
)

#: Every theory, the most specific first.
THEORIES = (
    Theory(
        "exact, linear",
        "Goodfellow, Bengio & Courville 2016, eq. 10.39; Saxe, McClelland & Ganguli 2014",
        _exact_linear,
    ),
    Theory(
        "mean log, gaussian linear",
        "Newman 1986 (Lyapunov exponents of gaussian products); Cohen & Newman 1984",
        _gaussian_log_average,
    ),
    Theory(
        "mean field",
        "Poole et al. 2016, eq. 3; Schoenholz et al. 2017, section 4; tied: Molgedey et al. 1992",
        _mean_field,
    ),
    LINEARISED,
    Theory(
        "bound",
        "Pascanu, Mikolov & Bengio 2013, section 2.1 (largest singular value times largest slope)",
        _bound,
    ),
)
