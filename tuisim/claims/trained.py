"""Claims about a trained lstm: what its spectral radius tells, and where its memory lies.

The net recalls the first of 20 inputs; tests/data/recall_net.py made it, by `tuisim train`. It
hears what its task has in between, N(0, 0.2²) in each channel, for longer than it was trained on.
What public nets show is beside it, as `python -m tests.survey` counted it.
"""

from __future__ import annotations

import math

from tuisim.claims import NET
from tuisim.claims.claim import Claim, Evidence, Measured, each, end, factor, seeds
from tuisim.engine.cells.network import draw_with
from tuisim.engine.diagnosis.ablation import lost
from tuisim.engine.maths.outermost import spectral_radius
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.trained.altered import on_bias, pinned
from tuisim.engine.trained.finding import find_layer
from tuisim.engine.trained.layer import Layer
from tuisim.values.experiment import Experiment

#: Of the survey: layers and packages; with ρ > 1; whose gradient grows under input; that lose at
#: least twice as much a step with the forget or update gate on its bias alone.
_LAYERS, _PACKAGES, _ABOVE, _GROW, _HEARING = 56, 15, 54, 2, 30

_DRIVEN = Experiment(
    cell="lstm",
    depth=500,
    spectrum="layer",
    radius=1.0,
    forget_bias=0.0,
    layer=f"{NET}#l0",
    input="noise",
    drive_gain=0.2,
)


def _explodes() -> Evidence:
    layer = find_layer(_DRIVEN.layer)
    found = each("‖∂L/∂h_0‖ of an lstm that learned to recall, T = 500", _DRIVEN, end, "log10")
    step = each("a step back", _DRIVEN, factor, "×")
    # W is the file's, whatever the seed.
    radius = spectral_radius(layer.weights[2])
    own = Measured("ρ of its candidate's W", [radius] * len(found.values))
    public = (
        f"of {_LAYERS} layers in {_PACKAGES} packages ρ > 1 in {_ABOVE}, and the gradient grows "
        f"under input in {_GROW}"
    )
    if radius > 1.0 and found.spread[0] <= 3.0:
        return Evidence((found, step, own), "does not hold", public)
    return Evidence((found, step, own), "holds")


def _rate(what: str, layer: Layer) -> Measured:
    runs = (simulate(one, [draw_with(layer, one, 0)]) for one in seeds(_DRIVEN))
    return Measured(what, [math.exp(run.gradient_rate) for run in runs], "×")


def _by_bias() -> Evidence:
    layer = find_layer(_DRIVEN.layer)
    trained = _rate("a step back, as trained", layer)
    alone = _rate("the same, forget gate on its bias alone", on_bias(layer, "f"))
    half = _rate("the same, forget gate at ½", pinned(layer, "f", 0.5))
    whole, left = (lost(math.log(one.median), _DRIVEN.depth) for one in (trained, alone))
    if left >= 2.0 * whole:
        why = (
            f"it lies in what the gate hears, as in {_HEARING} of {_LAYERS} layers in "
            f"{_PACKAGES} packages"
        )
        return Evidence((trained, alone, half), "does not hold", why)
    return Evidence((trained, alone, half), "holds")


CLAIMS = (
    Claim(
        "radius-explodes",
        "Where the spectral radius is above 1, gradients explode.",
        "textbooks",
        _DRIVEN,
        _explodes,
    ),
    Claim(
        "memory-in-its-bias",
        "A trained lstm remembers by the bias of its forget gate, which keeps it open.",
        "a guess",
        _DRIVEN,
        _by_bias,
    ),
)
