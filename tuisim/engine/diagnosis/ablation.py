"""A trained layer's parts taken away one at a time, each run: which carries memory, which loses it.

Memory is how slowly the gradient shrinks on its way back. A gate that is pinned, an input that is
left out, another φ, W scaled, arrays rounded: every number is a run's, forward and backward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any, Literal

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.cells.network import draw_with
from tuisim.engine.diagnosis.measures import Progress
from tuisim.engine.maths.rounding import FORMATS
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.verdicts import Regime, median
from tuisim.engine.trained.altered import kept_in, on_bias, pinned
from tuisim.engine.trained.finding import find_layer
from tuisim.engine.trained.layer import Layer
from tuisim.values.activations import WRITTEN
from tuisim.values.experiment import FIELDS, Experiment

Kind = Literal[
    "as trained",
    "at rest",
    "noise",
    "gate on its bias",
    "gate pinned",
    "gate bias more",
    "activation",
    "radius",
    "clipped",
    "rounded",
]
Part = Literal["gate's weights", "gate's bias", "gate", "input", "slopes"]

#: The gate that keeps the state, by its letter, and the field that adds to its bias.
KEEPERS = {"lstm": ("f", "forget_bias"), "gru": ("z", "update_bias")}
#: At what the gate is pinned: half open, and open as by a bias of 5.
PINNED = (0.5, 0.993)
MORE_BIAS = 1.0
#: The factors of W between which a rate of 0 is looked for, the nearest to 1 first.
FARTHEST = 16.0
_COARSE = 2.0**0.5
#: How near in ln W the two sides of it are to be.
_FINE = 1e-3
#: Runs that finding it takes at most.
MOST_RADII = 2 * round(math.log(FARTHEST, _COARSE)) + math.ceil(
    math.log2(math.log(_COARSE) / _FINE)
)
#: Fields that change what a net hears or how it is run, and nothing of the net.
_HEARD = (
    *("depth", "batch", "drive", "drive_gain", "members", "seed", "clip", "clip_threshold"),
    *("layer", "layer_digest", "input", "input_digest", "input_at"),
)
#: A part counts where the gradient loses so many times as much a step without it, or as little.
_COUNTS = 2.0


@attrs.frozen(eq=False)
class Measured:
    """One net of a diagnosis and what its run gave.

    Attributes:
        kind, value: what was done: a gate's opening, what was added to its bias, a φ, the factor
            of W, the threshold, the format; None where there is nothing to be said.
        experiment: as it was run; a gate that is pinned and rounded arrays are in the layer alone,
            and `net_of` has them too.
        regime, rate, horizon: as of Run, the rate in nats a step back.
        gradient_log10: the median log10 ‖∂L/∂h_0‖.
        saturation: over all steps, units and gates, the share under a tenth of the largest slope.
        weight_gradient_log10: the median log10 ‖∂L/∂W‖, after clipping.
    """

    kind: Kind
    value: Any
    experiment: Experiment
    regime: Regime
    rate: float
    horizon: int | None
    gradient_log10: float
    saturation: float
    weight_gradient_log10: float


@attrs.frozen(eq=False)
class Effect:
    """What a part does to memory.

    Attributes:
        part: the part, of the gate that keeps the state where it is a gate's.
        present, absent: the nets with it and without it.
    """

    part: Part
    present: Measured
    absent: Measured


@attrs.frozen(eq=False, slots=False)
class Diagnosis:
    """A trained layer, as trained and with each part pinned or exchanged.

    Attributes:
        layer: the layer as trained. experiment: the net that was asked for, which is that "as
            trained" unless something of it was changed before.
        lines: every net, that one first. One of kind "radius" is there where the rate changes
            its sign with a factor of W between 1/FARTHEST and FARTHEST: the nearest such.
    """

    layer: Layer
    experiment: Experiment
    lines: tuple[Measured, ...]

    def line(self, kind: Kind, value: Any = None) -> Measured | None:
        """The line of a kind, and of a value where one is given; None where there is none."""
        found = (one for one in self.lines if one.kind == kind and value in (None, one.value))
        return next(found, None)

    @cached_property
    def changed(self) -> bool:
        """Whether anything of the net that was asked for is not as the file has it."""
        own = {name: one.default for name, one in FIELDS.items()} | self.layer.trained_fields
        names = own.keys() - {*_HEARD}
        return any(getattr(self.experiment, name) != own[name] for name in names)

    @property
    def scaled(self) -> bool:
        """Whether W was scaled to find where the rate changes its sign."""
        return _scales(self.lines[0])

    @property
    def kept(self) -> bool:
        """Whether at most half of the gradient is lost over the run, as trained."""
        return self._lost(self.lines[0]) <= self._least

    @property
    def carries(self) -> Effect | None:
        """The part without which most memory is lost, at least twice as much a step.

        The input where no part of the net is one.
        """
        return max(self._strong(self._carriers(), 1), key=self._fold, default=None)

    @property
    def loses(self) -> Effect | None:
        """The part without which least memory is lost, at most half as much a step; likewise."""
        return min(self._strong(self._losers(), -1), key=self._fold, default=None)

    def _carriers(self) -> Iterator[Effect]:
        yield from self._alone()
        bias, half = self.line("gate on its bias"), self.line("gate pinned", PINNED[0])
        if bias is not None and half is not None:
            yield Effect("gate's bias", bias, half)

    def _losers(self) -> Iterator[Effect]:
        yield from self._alone()
        trained, open_ = self.lines[0], self.line("gate pinned", PINNED[1])
        if open_ is not None:
            yield Effect("gate", trained, open_)

    def _alone(self) -> Iterator[Effect]:
        """Parts that are there as trained, and nothing else is when they are not."""
        parts: tuple[tuple[Part, Measured | None], ...] = (
            ("gate's weights", self.line("gate on its bias")),
            ("slopes", self.line("activation", "identity")),
            ("input", self.line("at rest")),
        )
        for part, absent in parts:
            if absent is not None:
                yield Effect(part, self.lines[0], absent)

    def _strong(self, effects: Iterator[Effect], sign: int) -> list[Effect]:
        found = [one for one in effects if sign * self._fold(one) >= math.log(_COUNTS)]
        return [one for one in found if one.part != "input"] or found

    def _fold(self, effect: Effect) -> float:
        """ln of how many times as much is lost a step without a part."""
        absent, present = self._lost(effect.absent), self._lost(effect.present)
        return 0.0 if absent == present else math.log(absent) - math.log(present)

    def _lost(self, one: Measured) -> float:
        return lost(one.rate, self.experiment.depth)

    @property
    def _least(self) -> float:
        return lost(0.0, self.experiment.depth)


def lost(rate: float, depth: int) -> float:
    """Nats that are lost a step back: what grows loses none, and what hardly shrinks as much.

    A half over the whole run is no loss worth telling from none.

    Args:
        rate: the gradient's, in nats a step back.
        depth: steps of the run.
    """
    return max(-rate, math.log(2.0) / depth)


def diagnose(experiment: Experiment, progress: Progress | None = None) -> Diagnosis:
    """Run a trained layer as it is and with each part of it pinned or exchanged.

    Args:
        experiment: one with a layer, and what it hears.
        progress: called with (done, total) before each run.

    Raises:
        ValueError: there is no such layer, its input does not fit, or the run costs too much.
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    e, layer = experiment, find_layer(experiment.layer, experiment.layer_digest)
    planned = [*_variants(e, layer)]
    total = len(planned) + MOST_RADII
    done = 0

    def measure(kind: Kind, value: Any, changed: Experiment) -> Measured:
        nonlocal done
        check_stop()
        if progress is not None:
            progress(done, total)
        done += 1
        altered = _altered(layer, kind, value, changed)
        networks = [draw_with(altered, changed, one) for one in range(changed.members)]
        return _measured(kind, value, simulate(changed, networks))

    lines = [measure(*one) for one in planned]
    turning = _turning(
        lines[0],
        lambda factor: measure("radius", factor, attrs.evolve(e, radius=factor * e.radius)),
    )
    if turning is not None:
        # Before what is no part of the net: the clipping, and the formats.
        lines.insert(len(lines) - 1 - len(FORMATS), turning)
    return Diagnosis(layer, e, tuple(lines))


def net_of(found: Diagnosis, one: Measured, done: str) -> Experiment:
    """A line's net as an experiment that any run takes.

    Args:
        done: what was done to the layer; where no field has it, that names a layer in memory.
    """
    altered = _altered(found.layer, one.kind, one.value, one.experiment)
    if altered is found.layer:
        return one.experiment
    own = attrs.evolve(altered, name=f"{done} of {altered.name}").fields()
    return attrs.evolve(one.experiment, layer=own["layer"], layer_digest=own["layer_digest"])


def _altered(layer: Layer, kind: Kind, value: Any, e: Experiment) -> Layer:
    """The layer as a line's net has it."""
    gate, field = KEEPERS.get(layer.cell, ("", ""))
    match kind:
        case "gate on its bias":
            return on_bias(layer, gate)
        case "gate pinned":
            return pinned(layer, gate, value, getattr(e, field))
        case "rounded":
            return kept_in(layer, value)
        case _:
            return layer


def _variants(e: Experiment, layer: Layer) -> Iterator[tuple[Kind, Any, Experiment]]:
    changed = partial(attrs.evolve, e)
    yield "as trained", None, e
    if e.input != "none":
        yield "at rest", None, changed(input="none", input_digest="")
    if e.input != "noise":
        # What lies below is run where it is known.
        entrance = "layer" if layer.between else e.input_at
        yield "noise", None, changed(input="noise", input_digest="", input_at=entrance)
    if e.cell in KEEPERS:
        field = KEEPERS[e.cell][1]
        yield "gate on its bias", None, e
        for at in PINNED:
            # Layers below may hear of the field, too.
            yield "gate pinned", at, e
        yield "gate bias more", MORE_BIAS, changed(**{field: getattr(e, field) + MORE_BIAS})
    else:
        for name in WRITTEN:
            if name != e.activation:
                yield "activation", name, changed(activation=name)
    yield "clipped", e.clip_threshold, changed(clip="norm")
    for name in FORMATS:
        yield "rounded", name, e


def _measured(kind: Kind, value: Any, run: Run) -> Measured:
    return Measured(
        kind=kind,
        value=value,
        experiment=run.experiment,
        regime=run.regime,
        rate=run.gradient_rate,
        horizon=run.horizon,
        gradient_log10=float(median(run.gradient_log10[:, 0])),
        saturation=float(run.saturation.mean()),
        weight_gradient_log10=float(median(_clipped_log10(run))),
    )


def _clipped_log10(run: Run) -> Array:
    """log10 of the whole weight gradient's norm after clipping, (M,)."""
    whole = run.weight_gradient_norm_log10
    if run.experiment.clip == "none":
        return whole
    # What is not clipped may lie outside float64.
    kept = run.clipped_weight_gradient_norm == run.weight_gradient_norm
    with np.errstate(divide="ignore"):
        return np.where(kept, whole, np.log10(run.clipped_weight_gradient_norm))


def _turning(trained: Measured, at: Callable[[float], Measured]) -> Measured | None:
    """The net with the factor of W, nearest to 1, at which the rate changes its sign.

    Of the two nets on either side of it that whose rate is nearer to 0.
    """
    if not _scales(trained):
        return None
    ends = {-1: trained, 1: trained}
    factor = 1.0
    while factor < FARTHEST * 0.99:
        factor *= _COARSE
        for side in (1, -1):
            found = at(factor**side)
            if math.isnan(found.rate):
                continue
            if _grows(found) != _grows(trained):
                return _bisected(ends[side], found, at)
            ends[side] = found
    return None


def _scales(trained: Measured) -> bool:
    """Whether a factor of W means anything: eigenvalues that are given do not scale with it."""
    e = trained.experiment
    return not math.isnan(trained.rate) and e.radius != 0.0 and not e.eigenvalues


def _bisected(near: Measured, far: Measured, at: Callable[[float], Measured]) -> Measured:
    low, high = (math.log(one.value or 1.0) for one in (near, far))
    while abs(high - low) > _FINE:
        middle = at(math.exp((low + high) / 2))
        if math.isnan(middle.rate):
            break
        if _grows(middle) == _grows(near):
            near, low = middle, math.log(middle.value)
        else:
            far, high = middle, math.log(middle.value)
    found = min(near, far, key=lambda one: abs(one.rate))
    return found if found.kind == "radius" else far


def _grows(one: Measured) -> bool:
    return one.rate > 0.0
