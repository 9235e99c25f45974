"""What one change would mend a gradient that vanishes or explodes: each is run, none is guessed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from tuisim.engine.base.budget import run_flops
from tuisim.engine.base.stopping import check_stop
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.verdicts import median
from tuisim.values.experiment import ACTIVATIONS, Experiment

#: What is tried of each field, the lesser change first: another number of what the net has, another
#: φ (but the identity, which leaves no net that could learn), a path that it has not, and last the
#: clipping of what comes of it all.
_VALUES: Mapping[str, tuple[Any, ...]] = {
    "forget_bias": (0.0, 1.0, 2.0, 3.0, 5.0),
    "activation": tuple(name for name in ACTIVATIONS if name != "identity"),
    "leak": (0.5, 0.2, 0.1, 0.05, 0.02),
    "skip": (2, 5, 10, 20),
    "residual": (1.0,),
    "clip": ("norm",),
}
_CELLS = {"forget_bias": "lstm", "leak": "rnn", "skip": "rnn", "residual": "rnn"}
#: Within this factor a radius is the least change of all; beyond it, a greater one than a bias.
_NEAR = 1.5
#: Runs in which a radius is looked for that keeps the gradient's norm.
_RADII = 4
#: What one of the runs may take where all of them are waited for: some twenty of it take some ten
#: seconds. A step whose numbers leave float64 takes a hundred times as long as another.
_MOST_STEPS, _MOST_FLOPS = 10_000, 4e9
#: Over fewer steps a net says little of what it does over all of them.
_FEWEST_STEPS = 20
#: A gradient that is dead or not a number counts as this many decades off.
_LOST = 1e9


@attrs.frozen(eq=False)
class Tried:
    """One change and what its run gave.

    Attributes:
        changes: the fields and their new values.
        experiment: the net with the change.
        rate: its gradient_rate, in nats a step back.
        decades: its median log10 ‖∂L/∂h_0‖; −inf where it is exactly 0, nan where none is.
        mended: whether its gradient is stable.
    """

    changes: Mapping[str, Any]
    experiment: Experiment
    rate: float
    decades: float
    mended: bool


@attrs.frozen(eq=False)
class Advice:
    """All that was tried on a net, in the order in which it was.

    Attributes:
        best: of those that make the gradient stable the least change, and of that the one which
            comes nearest to keeping its norm; where none does, the one that leaves it at most half
            as many decades off; None where there is none such.
    """

    best: Tried | None
    tried: tuple[Tried, ...]


def advise(run: Run) -> Advice | None:
    """Try the changes that can mend a run's gradient, one field at a time, on its own seed.

    Returns:
        None of a run whose gradient is stable.
    """
    if run.regime == "stable":
        return None
    e = run.experiment
    tried: list[Tried] = []

    def attempt(changes: Mapping[str, Any]) -> Tried | None:
        check_stop()
        try:
            changed = attrs.evolve(e, **changes)
            found = _tried(changes, simulate(changed))
        except ValueError:
            # It contradicts another field, or costs more than may be spent.
            return None
        tried.append(found)
        return found

    _try_radii(run, attempt)
    for changes in _others(e):
        attempt(changes)
    return Advice(_best(tried, e.radius, abs(_decades(run))), tuple(tried))


def within_reach(run: Run) -> Run | None:
    """The run to try changes on where seconds have to do: this one, or its net's of fewer steps.

    Returns:
        None where even few steps of it take long.

    Raises:
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    e = run.experiment
    most = min(_MOST_STEPS / (e.members * e.batch), _MOST_FLOPS * e.depth / run_flops(e))
    if e.depth <= most:
        return run
    try:
        shorter = attrs.evolve(e, depth=int(most))
    except ValueError:
        # A skip connection is longer.
        return None
    return None if shorter.depth < _FEWEST_STEPS else simulate(shorter)


def _try_radii(run: Run, attempt: Any) -> None:
    """Radii by the secant of the rate over ln radius, from the run's own."""
    e = run.experiment
    if e.spectrum == "eigenvalues" or e.radius == 0.0:
        return
    at, rate = math.log(e.radius), run.gradient_rate
    slope = 1.0
    seen = {round(e.radius, 2)}
    for _ in range(_RADII):
        if not math.isfinite(rate):
            return
        following = at - max(-1.0, min(1.0, rate / slope))
        radius = round(math.exp(following), 2)
        if radius in seen or radius <= 0.0:
            return
        seen.add(radius)
        found = attempt({"radius": radius})
        if found is None or not math.isfinite(found.rate):
            return
        following = math.log(radius)
        steeper = (found.rate - rate) / (following - at)
        # Saturated units turn the sign round; then a step of the first kind is as good as any.
        slope = steeper if steeper > 0.1 else 1.0
        at, rate = following, found.rate


def _others(e: Experiment) -> Iterator[Mapping[str, Any]]:
    """The changes of other fields than the radius, the lesser ones first."""
    for field, values in _VALUES.items():
        if _CELLS.get(field, e.cell) == e.cell:
            yield from ({field: value} for value in values if value != getattr(e, field))


def _tried(changes: Mapping[str, Any], run: Run) -> Tried:
    mended = run.regime == "stable"
    return Tried(changes, run.experiment, run.gradient_rate, _decades(run), mended)


def _decades(run: Run) -> float:
    return float(median(run.gradient_log10[:, 0]))


def _best(tried: list[Tried], radius: float, before: float) -> Tried | None:
    def off(one: Tried) -> float:
        return abs(one.decades) if math.isfinite(one.decades) else _LOST

    mended = [one for one in tried if one.mended]
    if mended:
        least = min(_rank(one, radius) for one in mended)
        return min((one for one in mended if _rank(one, radius) == least), key=off)
    half = (before if math.isfinite(before) else _LOST) / 2
    return min((one for one in tried if off(one) <= half), key=off, default=None)


def _rank(one: Tried, radius: float) -> float:
    """How great a change is."""
    (field,) = one.changes
    if field != "radius":
        return float(list(_VALUES).index(field))
    near = 1 / _NEAR <= one.changes[field] / radius <= _NEAR
    return -1.0 if near else list(_VALUES).index("forget_bias") + 0.5
