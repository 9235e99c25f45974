"""Claims about the powers of a matrix: eigenvalues, eigenvectors, and what they leave out."""

from __future__ import annotations

import math

import attrs
import numpy as np

from tuisim.claims.claim import Claim, Evidence, Measured, each, end, factor, seeds
from tuisim.engine.diagnosis.modes import modes
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

LINEAR = Experiment(activation="identity", width=16, depth=60)

# Spaced out, so that there is one largest.
_APART = tuple(round(0.1 * k, 1) for k in range(1, 12))
_LEADING = attrs.evolve(LINEAR, spectrum="eigenvalues", width=11, eigenvalues=_APART, depth=100)


def _off_the_powers(run: Run) -> float:
    """The most by which a mode is off |λ|ᵗ, in decades, where it is a millionth of h_t or more."""
    found = modes(run)
    log10 = found.coefficients_log10
    with np.errstate(divide="ignore"):
        rates = np.log10(np.abs(found.eigenvalues))[:, np.newaxis]
    powers = log10[:, :1] + rates * np.arange(run.experiment.depth + 1)
    seen = log10 > run.hidden_log10[0] - 6.0
    return float(np.abs(log10 - powers)[seen].max())


def _powers() -> Evidence:
    essay = attrs.evolve(LINEAR, spectrum="symmetric", radius=1.1)
    linear = each("off |λ|ᵗ at most, linear", essay, _off_the_powers, "decades")
    bent = each("the same with tanh", attrs.evolve(essay, activation="tanh"), _off_the_powers,
                "decades")  # fmt: skip
    exact, breaks = linear.spread[1] < 1e-6, bent.spread[0] > 1.0
    if exact and breaks:
        return Evidence((linear, bent), "holds only if", "nothing bends between the products")
    return Evidence((linear, bent), "holds" if exact else "does not hold")


def _largest_share(run: Run) -> float:
    """The share of ‖h_T‖² in the one mode that has most of it, in per cent."""
    log10 = modes(run).coefficients_log10[:, -1]
    return float(100 * 10.0 ** (2 * (log10.max() - run.hidden_log10[0, -1])))


def _takes_over() -> Evidence:
    alone = each("share of the largest mode at T, one λ leading", _LEADING, _largest_share, "%")
    shared = attrs.evolve(LINEAR, spectrum="orthogonal", depth=100)
    all_alike = each("the same, all |λ| alike", shared, _largest_share, "%")
    leads = alone.spread[0] > 99.0
    if leads and all_alike.spread[1] < 90.0:
        return Evidence((alone, all_alike), "holds only if", "one |λ| is the largest alone")
    return Evidence((alone, all_alike), "holds" if leads else "does not hold")


def _along() -> Evidence:
    grown, felt = [], []
    for one in seeds(_LEADING):
        random, along = simulate(one), simulate(attrs.evolve(one, start_eigenvector=0))
        grown.append(float(10.0 ** (along.hidden_log10[0, -1] - random.hidden_log10[0, -1])))
        felt.append(float(10.0 ** (end(along) - end(random))))
    state = Measured("‖h_T‖, along the leading vector over a random start", grown, "×")
    back = Measured("‖∂L/∂h_0‖, the same", felt, "×")
    worse, same = state.spread[0] > 1.0, all(abs(one - 1.0) < 1e-9 for one in felt)
    if worse and same:
        why = "the state is meant: a linear net's gradient does not know where it started"
        return Evidence((state, back), "holds only if", why)
    return Evidence((state, back), "holds" if worse else "does not hold")


_VANISHES = attrs.evolve(LINEAR, radius=0.9, depth=100, width=32)


def _no_sigmoid() -> Evidence:
    found = each("‖∂L/∂h_0‖ of a linear net, ρ 0.9, T = 100", _VANISHES, end, "log10")
    step = each("a step back", _VANISHES, factor, "×")
    return Evidence((found, step), "holds" if found.spread[1] < -3.0 else "does not hold")


_SLOWLY = attrs.evolve(LINEAR, radius=0.98, depth=500)


def _slowly() -> Evidence:
    found = each("‖∂L/∂h_0‖ after 500 steps at ρ 0.98", _SLOWLY, end, "log10")
    steps = each("steps until a thousandth", _SLOWLY, lambda run: float(run.horizon or 0))
    # A product of 500 factors, each right to the last bit or two.
    exact = all(abs(one - 500 * math.log10(0.98)) < 1e-10 for one in found.values)
    return Evidence((found, steps), "holds" if exact else "does not hold")


_ASKEW = attrs.evolve(LINEAR, radius=0.9, departure=1.0, width=32, depth=100)


def _contracts() -> Evidence:
    def peak(run: Run) -> float:
        return float(10.0 ** (run.hidden_log10[0].max() - run.hidden_log10[0, 0]))

    askew = each("largest ‖h_t‖/‖h_0‖, ρ 0.9, departure 1", _ASKEW, peak, "×")
    normal = each("the same, W normal", attrs.evolve(_ASKEW, departure=0.0), peak, "×")
    if normal.spread[1] <= 1.0 < askew.spread[0]:
        return Evidence((askew, normal), "holds only if", "W is normal")
    return Evidence((askew, normal), "holds" if askew.spread[1] <= 1.0 else "does not hold")


CLAIMS = (
    Claim(
        "powers",
        "The state's part along an eigenvector is multiplied by λ at every step: the powers of "
        "the eigenvalues set decay and growth.",
        "the essay",
        attrs.evolve(LINEAR, spectrum="symmetric", radius=1.1),
        _powers,
    ),
    Claim(
        "leading-eigenvector",
        "After some steps the eigenvector with the largest eigenvalue has taken over.",
        "the essay",
        _LEADING,
        _takes_over,
    ),
    Claim(
        "start-along-it",
        "A start along the leading eigenvector is the bad case: nothing is lost on others.",
        "the essay",
        attrs.evolve(_LEADING, start_eigenvector=0),
        _along,
    ),
    Claim(
        "no-sigmoid-needed",
        "Gradients vanish without any sigmoid, by the matrix alone.",
        "the essay",
        _VANISHES,
        _no_sigmoid,
    ),
    Claim(
        "slowly",
        "A factor of 0.98 a step is harmless for a while only: 0.98ⁿ goes to nothing too.",
        "its readers",
        _SLOWLY,
        _slowly,
    ),
    Claim(
        "radius-contracts",
        "With a spectral radius below 1 the state can only shrink.",
        "textbooks",
        _ASKEW,
        _contracts,
    ),
)
