"""Claims about slopes, scales, shared weights and norms: what a matrix meets on its way."""

from __future__ import annotations

import math

import attrs
import numpy as np

from tuisim.claims.claim import Claim, Evidence, Measured, each, factor
from tuisim.engine.runs.run import Run
from tuisim.engine.theory.meanfield import mean_field
from tuisim.values import presets
from tuisim.values.experiment import Experiment

_SIGMOID = Experiment(activation="sigmoid", radius=4.0)
_RELU = Experiment(
    activation="relu", spectrum="gaussian", tied=False, width=128, radius=math.sqrt(2), depth=50
)
_CHAOS = Experiment(spectrum="gaussian", radius=2.5, width=64, depth=200)
#: The preset's, with a matrix of its own at each step.
_ESSAY = attrs.evolve(presets.preset("essay"), tied=False)
_ORTHOGONAL = attrs.evolve(_CHAOS, activation="identity", spectrum="orthogonal", radius=0.95)
_BATCH_NORM = attrs.evolve(_RELU, norm="batch", batch=64)
_LAYER_NORM = Experiment(norm="layer", depth=300)
#: Yang et al. 2019, "A mean field theory of batch normalization": relu, deep and wide.
_EXPLODES = math.sqrt(math.pi / (math.pi - 1.0))


def _quarter() -> Evidence:
    one = each("a step back at ρ 1", attrs.evolve(_SIGMOID, radius=1.0), factor, "×")
    four = each("at ρ 4", _SIGMOID, factor, "×")
    far = each("at ρ 16", attrs.evolve(_SIGMOID, radius=16.0), factor, "×")
    shrinks = one.spread[1] <= 0.25
    if shrinks and four.spread[1] < 1.0:
        why = "and over 4 is not enough: saturated units have smaller slopes still"
        return Evidence((one, four, far), "holds", why if far.spread[0] < 1.0 else "")
    return Evidence((one, four, far), "does not hold")


def _he() -> Evidence:
    at = each("a step back at He's scale, σ_w √2", _RELU, factor, "×")
    below = each("at σ_w 1", attrs.evolve(_RELU, radius=1.0), factor, "×")
    keeps = 0.95 < at.median <= at.spread[1] < 1.05
    if keeps and below.spread[1] < 0.95:
        return Evidence((at, below), "holds only if", "W has He's scale, √(2/n)")
    return Evidence((at, below), "holds" if keeps else "does not hold")


def _mean_field(what: str, experiment: Experiment) -> Measured:
    """Of fresh matrices whose entries have the mean square of W's, as σ_w²/n."""

    def rate(run: Run) -> float:
        e = run.experiment
        gain = float(np.linalg.norm(run.networks[0].weights)) / math.sqrt(e.width)
        field = mean_field(e.activation, gain, e.bias, e.start_rms, e.depth, e.width)
        return math.exp(field.gradient_rate)

    return each(what, attrs.evolve(experiment, tied=True), rate, "×")


def _shared() -> Evidence:
    found = [
        (
            each(f"a step back, {what}, not shared", attrs.evolve(net, tied=False), factor, "×"),
            each("the same, shared", attrs.evolve(net, tied=True), factor, "×"),
            _mean_field("mean field, not shared", net),
        )
        for what, net in (
            ("symmetric, ρ 1.05", _ESSAY),
            ("symmetric, ρ 1.6", attrs.evolve(_ESSAY, radius=1.6)),
            ("chaotic", _CHAOS),
            ("orthogonal", _ORTHOGONAL),
        )
    ]
    # To shrink or grow less is to be nearer to 1.
    essay, wild, chaos, orthogonal = (
        abs(math.log(fresh.median)) < 0.9 * abs(math.log(shared.median))
        for fresh, shared, _ in found
    )
    rates = tuple(one for of_net in found for one in of_net)
    if essay and wild and chaos and orthogonal:
        return Evidence(rates, "holds")
    alike = max(abs(math.log(one.median / found[2][2].median)) for one in found[2]) < 0.05
    if wild and alike and not (essay or orthogonal):
        why = (
            "ρ is far over 1 and most |λ| are not: a shared W goes by the largest, fresh ones by "
            f"the root mean square, ×{rates[0].median:.2f} in the essay's net; chaotic nets "
            "explode alike"
        )
        return Evidence(rates, "holds only if", why)
    return Evidence(rates, "does not hold")


def _batch_norm() -> Evidence:
    with_it = each("a layer back with batch norm", _BATCH_NORM, factor, "×")
    without = each("without", attrs.evolve(_BATCH_NORM, norm="none", batch=1), factor, "×")
    cures = with_it.spread[1] < 1.05
    why = f"it makes a deep relu net explode at √(π/(π−1)) = {_EXPLODES:.3f} a layer"
    explodes = abs(with_it.median - _EXPLODES) < 0.01 and without.spread[1] < 1.05
    return Evidence(
        (with_it, without),
        "holds" if cures else "does not hold",
        why if explodes else "",
    )


def _layer_norm() -> Evidence:
    scales = [
        each(f"a step back at ρ {radius:g}", attrs.evolve(_LAYER_NORM, radius=radius), factor, "×")
        for radius in (0.1, 0.9, 10.0)
    ]
    values = np.array([one.values for one in scales])
    removed = float(np.ptp(values, axis=0).max()) < 0.01
    constant = float(np.abs(np.log(values)).max()) < 0.005
    if removed and not constant:
        return Evidence(tuple(scales), "does not hold", "the radius is gone, the exponent is not")
    return Evidence(tuple(scales), "holds" if constant else "does not hold")


CLAIMS = (
    Claim(
        "sigmoid-quarter",
        "A sigmoid's slopes of at most ¼ shrink gradients by themselves; only a matrix of more "
        "than 4 can make up for it.",
        "its readers",
        _SIGMOID,
        _quarter,
    ),
    Claim("relu-cures", "Relu gradients do not vanish.", "its readers", _RELU, _he),
    Claim(
        "shared-weights",
        "Nets whose layers share no weights suffer less: their factors differ from step to step.",
        "the essay",
        _ESSAY,
        _shared,
    ),
    Claim(
        "batch-norm-cures",
        "Batch norm cures vanishing and exploding gradients.",
        "its readers",
        _BATCH_NORM,
        _batch_norm,
    ),
    Claim(
        "layer-norm-cures",
        "Layer norm keeps a recurrent net's gradient from vanishing and exploding.",
        "a guess",
        _LAYER_NORM,
        _layer_norm,
    ),
)
