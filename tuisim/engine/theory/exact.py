"""Theories that are exact for the very net drawn: linear ones."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tuisim.engine.maths.linear import (
    is_normal,
    lies_along,
    log_norm,
    log_orthogonal_scales,
    power_norms,
    rounding_step,
)
from tuisim.engine.theory.prediction import (
    LN10,
    Case,
    DoesNotApplyError,
    Prediction,
    Theory,
    median,
    median_curve,
    over_members,
)
from tuisim.values.conflicts import NON_NORMAL_SPECTRA

Array = NDArray[np.float64]


def _exact_linear(case: Case) -> Prediction:
    """‖Aᵗ h_0‖ and ‖(Aᵀ)^{T−t} p‖ with A = (1 − leak + residual) I + leak W."""
    e = case.experiment
    case.require_activation("identity")
    case.require_tied()
    case.require_plain("skip", "norm", "bias", "drive")
    case.require_plain_networks()
    hidden, gradient, rounding = [], [], []
    for network in case.networks:
        matrix = e.leak * network.weights
        with np.errstate(over="ignore"):
            matrix[np.diag_indices(e.width)] += 1 - e.leak + e.residual
        case.require(bool(np.isfinite(matrix).all()), "the matrix does not fit into float64")
        forward, spoilt = _powers(case, matrix, network.start, e.depth)
        back, spoilt_back = _powers(case, matrix.T, network.probe, e.depth)
        hidden.append(forward / LN10)
        gradient.append(back[::-1] / LN10)
        rounding.append((spoilt, e.depth - spoilt_back))
    return _exact(case, hidden, gradient, rounding)


def _pure_skip(case: Case) -> Prediction:
    """‖W^⌈t/d⌉ h_0‖; ‖(Wᵀ)^{τ/d} p‖ where d divides τ = T − t, ‖(Wᵀ)^⌈T/d⌉ p‖ at t = 0, else 0.

    Every step reads the state d steps before it, and the first d steps all read h_0. Of those,
    the loss hears the one that lies a whole number of distances before T.
    """
    e = case.experiment
    case.require_activation("identity")
    case.require_tied()
    case.require(e.skip != 0, "skip is 0: it is for nets with a skip connection")
    case.require(
        e.skip_share == 1,
        f"skip_share is {e.skip_share}: it is for a skip connection that takes all of the input",
    )
    case.require_plain("leak", "residual", "norm", "bias", "drive")
    case.require_plain_networks()
    jumps = -(-np.arange(e.depth + 1) // e.skip)
    heard = np.arange(e.depth, 0, -e.skip)
    hidden, gradient, rounding = [], [], []
    for network in case.networks:
        forward, spoilt = _powers(case, network.weights, network.start, int(jumps[-1]))
        back, spoilt_back = _powers(case, network.weights.T, network.probe, int(jumps[-1]))
        hidden.append(forward[jumps] / LN10)
        curve = np.full(e.depth + 1, -np.inf)
        curve[heard] = back[: heard.size]
        curve[0] = back[-1]
        gradient.append(curve / LN10)
        # The first of the steps that lie so many jumps from the end.
        of_jumps = (e.skip * (spoilt - 1) + 1, e.depth - e.skip * spoilt_back)
        rounding.append(
            (of_jumps[0], max(of_jumps[1], 0.0) if spoilt_back < math.inf else -math.inf)
        )
    return _exact(case, hidden, gradient, rounding)


def _orthogonal(case: Case) -> Prediction:
    """‖h_t‖ = ‖h_0‖ ∏_{s≤t} r_s and ‖∂L/∂h_t‖ = ‖p‖ ∏_{s>t} r_s, r_s⁻¹ W_s being orthogonal."""
    e = case.experiment
    case.require_activation("identity")
    case.require(
        e.spectrum not in NON_NORMAL_SPECTRA,
        f"the spectrum is {e.spectrum}: it is for multiples of orthogonal matrices",
    )
    case.require_plain("leak", "residual", "skip", "norm", "bias", "drive")
    case.require_plain_networks()
    hidden, gradient = [], []
    for network in case.networks:
        scales = log_orthogonal_scales(network.weights_by_step)
        case.require(
            not np.isnan(scales).any(),
            "a matrix stretches some directions more than others: "
            "it is for multiples of orthogonal matrices",
        )
        steps = np.broadcast_to(scales, e.depth)
        hidden.append(_running(log_norm(network.start), steps) / LN10)
        gradient.append(_running(log_norm(network.probe), steps[::-1])[::-1] / LN10)
    return _exact(case, hidden, gradient)


def _running(start: float, steps: Array) -> Array:
    return np.cumsum(np.concatenate([[start], steps]))


def _powers(case: Case, matrix: Array, rows: Array, steps: int) -> tuple[Array, float]:
    """ln ‖rows (Aᵀ)ᵗ‖, nan where rounding hides it, and from which t on a run's is rounding."""
    # Each member asks twice, forward and back.
    copies = 2 * len(case.networks)
    found = power_norms(matrix, rows, steps, copies)
    if found is None:
        raise DoesNotApplyError(
            f"{steps} powers of a matrix of {case.experiment.width} units "
            "would take too long to draw along"
        )
    spoilt = rounding_step(matrix, rows, found, copies)
    if spoilt is None:
        return found, math.inf
    if not lies_along(matrix, rows) and not is_normal(matrix):
        # These powers are products of the same rounded vectors.
        found[spoilt:] = math.nan
    return found, spoilt


def _exact(
    case: Case,
    hidden: list[Array],
    gradient: list[Array],
    rounding: Iterable[tuple[float, float]] = (),
) -> Prediction:
    """The prediction of one pair of exact curves, log10, a member.

    Args:
        rounding: of each member the step from which a run's state is rounding, inf where it never
            is, and the step from which back its gradient is, −inf where it never is.
    """
    depth = case.experiment.depth
    members = list(rounding)
    spoilt = any(math.isfinite(step) for one in members for step in one)
    ends = [median(one) for one in zip(*members, strict=True)] or [math.inf, -math.inf]
    state, back = (None if math.isinf(one) else round(one) for one in ends)
    words = [
        words
        for step, words in (
            (state, f"a run's state is rounding from step {state}"),
            (back, f"a run's gradient is rounding from step {back} back"),
        )
        if step is not None
    ]
    return Prediction(
        average=over_members("exact", case),
        gradient_log10=median_curve(gradient),
        hidden_log10=median_curve(hidden),
        gradient_rate=_known(median((g[0] - g[-1]) * LN10 / depth for g in gradient), spoilt),
        hidden_rate=_known(median((h[-1] - h[0]) * LN10 / depth for h in hidden), spoilt),
        hidden_rounding=state,
        gradient_rounding=back,
        warning=", ".join(words),
    )


def _known(rate: float, spoilt: bool) -> float | None:
    return None if spoilt and math.isnan(rate) else rate


#: The most specific first.
EXACT = (
    Theory(
        "exact, linear",
        "Goodfellow, Bengio & Courville 2016, eq. 10.39; Saxe, McClelland & Ganguli 2014",
        _exact_linear,
    ),
    Theory(
        "exact, pure skip",
        "Lin, Horne, Tiňo & Giles 1996 (τ steps back in τ/d factors)",
        _pure_skip,
    ),
    Theory(
        "exact, orthogonal",
        "Saxe, McClelland & Ganguli 2014 (orthogonal matrices keep every norm)",
        _orthogonal,
    ),
)
