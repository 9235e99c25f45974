"""Theories that average over draws of gaussian matrices.

They speak of the experiment alone: no network is drawn for them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tuisim.engine.base.facts import FACTS
from tuisim.engine.theory.meanfield import mean_field
from tuisim.engine.theory.prediction import LN10, Case, Prediction, Theory, line
from tuisim.values.experiment import Experiment

Array = NDArray[np.float64]

# From here on the floor of batch norm's variance, 1e-12, moves a rate by about 1e-4 at most.
_CLEAR_OF_FLOOR = 1e-4
_SQUARE_FITS = 1e150
# The digits of a pre-activation that a bias may take before batch norm takes the bias out.
_CLEAR_OF_BIAS = 1e-8

_CHOSEN_START = "no curve of the hidden state: a start along an eigenvector depends on the matrix"


def digamma(x: float) -> float:
    """ψ(x) for x > 0: the recurrence up to 10, then the asymptotic series (DLMF 5.5.2, 5.11.2)."""
    below = 0.0
    while x < 10:
        below += 1 / x
        x += 1
    y = 1 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132)))))
    return math.log(x) - 0.5 / x - series - below


def _mean_log(case: Case) -> Prediction:
    """E ln ‖Wh‖ − ln ‖h‖ = ½ [ψ(n/2) + ln(2σ_w²/n)]: ‖Wh‖² is σ_w²‖h‖²/n times a χ²_n."""
    e = case.experiment
    case.require_spectrum("gaussian")
    case.require_activation("identity")
    case.require_untied()
    case.require_plain("leak", "residual", "skip", "norm", "bias", "drive")
    case.require(e.batch == 1, f"the batch has {e.batch} rows: it is for one")
    rate = -math.inf
    if e.radius:
        rate = math.log(e.radius) + 0.5 * (digamma(e.width / 2) + math.log(2 / e.width))
    return _straight(e, "mean of the log norm over draws, any n", rate, "")


def _mean_square(case: Case) -> Prediction:
    """E‖h_t‖² = [(1 − leak + residual)² + leak²σ_w²] E‖h_{t−1}‖², and so back: W h has no mean."""
    e = case.experiment
    case.require_spectrum("gaussian")
    case.require_activation("identity")
    case.require_untied()
    case.require_plain("skip", "norm", "bias", "drive")
    rate = 0.5 * float(np.logaddexp(2 * _log(1 - e.leak + e.residual), 2 * _log(e.leak * e.radius)))
    return _straight(e, "root mean square over draws, any n", rate, _few_units(e, "a mean square"))


def _straight(e: Experiment, average: str, rate: float, warning: str) -> Prediction:
    """Norms that change by one rate, forward and back, from a start of a known length."""
    steps = np.arange(e.depth + 1)
    chosen = e.start_eigenvector is not None
    return Prediction(
        average=average,
        gradient_rate=rate,
        hidden_rate=rate,
        gradient_log10=line(0.0, rate, steps[::-1]),
        hidden_log10=None if chosen else line(_log_start(e), rate, steps),
        warning="; ".join(part for part in (_CHOSEN_START if chosen else "", warning) if part),
    )


def batch_norm_growth(rows: int, below: float, above: float) -> float:
    """The factor of ‖gradient‖² per layer of a wide untied net with batch norm, B = rows ≥ 4.

    (B − 1 + J′(c))/((B − 3)(1 − J(c))) − 1/(B − 3) at c = −1/(B − 1), the correlation of rows
    whose mean is taken out, with J(c) = E φ(x)φ(y)/E φ² for φ of slope `below` and `above` 0.
    It is (B − 2)/(B − 3) for the identity and tends to π/(π − 1) for relu.

    Source: Yang et al. 2019, theorem 3.10 (relu), and G.12 for its kernel J of other φ.
    """
    # φ = ½(above + below) x + ½(above − below) |x|, and E|x||y| = (2/π)(√(1 − c²) + c arcsin c).
    odd, even = (above + below) ** 2 / 4, (above - below) ** 2 / 4 * 2 / math.pi
    square = (above**2 + below**2) / 2
    c = -1 / (rows - 1)
    kernel = (odd * c + even * (math.sqrt(1 - c * c) + c * math.asin(c))) / square
    kernel_slope = (odd + even * math.asin(c)) / square
    return ((rows - 1 + kernel_slope) / (1 - kernel) - 1) / (rows - 3)


def _batch_norm(case: Case) -> Prediction:
    """½ ln of the growth of ‖gradient‖² that dividing by each unit's deviation makes."""
    e = case.experiment
    facts = FACTS[e.activation]
    case.require(e.norm == "batch", f"norm is {e.norm}: it is for batch norm")
    case.require_spectrum("gaussian")
    case.require(
        facts.positively_homogeneous,
        f"the activation is {e.activation}: it is for identity, relu and leaky_relu",
    )
    case.require_untied()
    # A bias is the same for all rows of a batch: the norm takes it out.
    case.require_plain("leak", "residual", "skip", "drive")
    case.require(
        e.start_eigenvector is None, "all rows start along one eigenvector: the norm leaves nothing"
    )
    least, most = e.radius * min(1.0, e.start_rms), e.radius * max(1.0, e.start_rms)
    case.require(
        least >= _CLEAR_OF_FLOOR and most <= _SQUARE_FITS,
        f"pre-activations of {least:.3g} to {most:.3g} have a variance that is lost beside "
        "the norm's floor of 1e-12 or in float64",
    )
    case.require(e.bias * _CLEAR_OF_BIAS <= least, f"bias is {e.bias}: it drowns the rows' part")
    growth = batch_norm_growth(e.batch, facts.left_slope, facts.right_slope)
    rate = 0.5 * math.log(growth)
    square = (facts.left_slope**2 + facts.right_slope**2) / 2
    hidden = np.full(e.depth + 1, 0.5 * math.log(e.width * e.batch * square))
    hidden[0] = _log_start(e)
    warnings = []
    if e.batch < 6:
        warnings.append(
            f"with {e.batch} rows the mean square rests on rare units whose rows nearly agree: "
            "most draws stay below"
        )
    if 4 * e.batch > e.width:
        warnings.append(f"it is for n → ∞ at a fixed batch: {e.batch} rows are many for {e.width}")
    warnings.append(_few_units(e, "n → ∞"))
    return Prediction(
        average="root mean square over draws, n → ∞, interior layers",
        gradient_rate=rate,
        hidden_rate=0.0,
        gradient_log10=_linear_batch_norm(e, rate) if e.activation == "identity" else None,
        hidden_log10=hidden / LN10,
        warning="; ".join(part for part in warnings if part),
    )


def _linear_batch_norm(e: Experiment, rate: float) -> Array:
    """The gradient with its two ends: a probe that has a mean over the rows, a start of any length.

    Elsewhere gradients have no mean over the rows and rows of states a correlation of −1/(B − 1).
    """
    curve = line(0.0, rate, np.arange(e.depth + 1)[::-1])
    curve[:-1] += 0.5 * math.log10(1 - 1 / e.batch)
    curve[0] -= 0.5 * math.log10(1 - 1 / e.batch) + math.log10(e.start_rms)
    return curve


def _mean_field(case: Case) -> Prediction:
    """½ ln χ₁ at the fixed point of the length map, and curves through its transient."""
    e = case.experiment
    case.require_spectrum("gaussian")
    case.require_plain("leak", "residual", "skip", "norm", "drive")
    entries = e.width * e.batch
    field = mean_field(e.activation, e.radius, e.bias, e.start_rms, e.depth, entries)
    chosen = e.start_eigenvector is not None
    warnings = [_few_units(e, "n → ∞")]
    if chosen:
        warnings.insert(0, "rates only: a start along an eigenvector depends on the matrix")
    return Prediction(
        average="root mean square over draws, n → ∞",
        gradient_rate=field.gradient_rate,
        hidden_rate=field.hidden_rate,
        gradient_log10=None if chosen else field.gradient_log10,
        hidden_log10=None if chosen else field.hidden_log10,
        warning="; ".join(part for part in warnings if part),
    )


def _few_units(e: Experiment, subject: str) -> str:
    """What a finite width does to an average of squares; empty where it does little."""
    # One matrix at every step repeats what is peculiar to it.
    steps = 100 * e.depth if e.tied else 10 * e.depth
    if e.width >= 512 and steps <= e.width:
        return ""
    scatter = f"it is for {subject}: with {e.width} units one draw scatters around it"
    if e.tied:
        return f"{scatter}, the more so over {e.depth} steps of one matrix"
    return f"{scatter}, and over {e.depth} steps its log norm drifts below"


def _log(x: float) -> float:
    return math.log(abs(x)) if x else -math.inf


def _log_start(e: Experiment) -> float:
    """ln ‖h_0‖."""
    return math.log(e.start_rms) + 0.5 * math.log(e.width * e.batch)


#: The most specific first.
ENSEMBLE = (
    Theory(
        "mean log, gaussian linear",
        "Newman 1986 (Lyapunov exponents of gaussian products); Cohen & Newman 1984",
        _mean_log,
    ),
    Theory(
        "mean square, gaussian linear",
        "He et al. 2015, section 2.2 (variances through layers); "
        "with an identity path: Yang & Schoenholz 2017",
        _mean_square,
    ),
    Theory(
        "mean field, batch norm",
        "Yang et al. 2019, theorems 3.9 (linear) and 3.10 (relu)",
        _batch_norm,
    ),
    Theory(
        "mean field",
        "Poole et al. 2016, eq. 3; Schoenholz et al. 2017, section 4; tied: Molgedey et al. 1992",
        _mean_field,
    ),
)
