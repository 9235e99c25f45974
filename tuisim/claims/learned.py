"""Claims about learning: each trains nets on the recall task, small ones, a few hundred updates."""

from __future__ import annotations

import math
from collections import deque
from functools import cache

import attrs
import numpy as np

from tuisim.claims.claim import Claim, Evidence, Measured, seeds
from tuisim.engine.training.training import train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: A net has learned once it answers nine of ten.
_LEARNED = 0.9
#: Updates over which an accuracy or a loss is taken.
_NEWEST = 50
_CHANCE = math.log(4)

_NET = Experiment(width=16, depth=20, batch=16, radius=1.5, clip="norm")
_PLAN = Plan(steps=1000, learning_rate=0.1)
_GENTLE = attrs.evolve(_PLAN, learning_rate=0.03)
_DECAYED = Plan(steps=2000, learning_rate=0.3, l2=0.01)
_SHORT = attrs.evolve(_NET, depth=5, radius=1.0, clip="none")
_SIGMOID = attrs.evolve(_SHORT, activation="sigmoid", batch=32, norm="batch")
_GAUSSIAN = Experiment(width=32, depth=10, batch=16, spectrum="gaussian", radius=1.0)


@attrs.frozen(eq=False)
class _Course:
    """What a training came to.

    Attributes:
        accuracy: over the newest updates.
        best: the best accuracy over as many updates on the way.
        lost: how far the accuracy fell under the best before it, at the most.
        jump: an update's loss over the least mean loss before it, at the most.
        gradients: norm of ∂L/∂θ, at first and over the newest updates.
        path: log10 of ‖∂L/∂h_0‖ over ‖∂L/∂h_T‖, in the end.
        radii, singular: ρ(W) and σ₁, at first and in the end.
    """

    accuracy: float
    best: float
    lost: float
    jump: float
    gradients: tuple[float, float]
    path: float
    radii: tuple[float, float]
    singular: tuple[float, float]


# Claims share some.
@cache
def _course(experiment: Experiment, plan: Plan = _PLAN, until: float = 0.0) -> _Course:
    """Train to the plan's end, or until the mean loss is under `until`."""
    newest: deque[tuple[float, float, float]] = deque(maxlen=_NEWEST)
    best = lost = jump = 0.0
    least = math.inf
    first = step = None
    for step in train(experiment, plan):
        first = first or step
        jump = max(jump, step.loss / least)
        newest.append((step.accuracy, step.loss, step.gradient_norm))
        if len(newest) == _NEWEST:
            accuracy, loss, _ = np.mean(newest, axis=0)
            best = max(best, float(accuracy))
            lost = max(lost, best - float(accuracy))
            least = min(least, float(loss))
            if loss < until:
                break
    assert first is not None
    assert step is not None
    accuracy, _, norm = np.mean(newest, axis=0)
    return _Course(
        accuracy=float(accuracy),
        best=best,
        lost=lost,
        jump=jump,
        gradients=(first.gradient_norm, float(norm)),
        path=float(step.gradient_log10[0] - step.gradient_log10[-1]),
        radii=(first.spectral_radius, step.spectral_radius),
        singular=(first.largest_singular_value, step.largest_singular_value),
    )


def _courses(experiment: Experiment, plan: Plan = _PLAN, until: float = 0.0) -> list[_Course]:
    return [_course(one, plan, until) for one in seeds(experiment)]


def _right(what: str, courses: list[_Course]) -> Measured:
    return Measured(what, [100 * one.accuracy for one in courses], "% right")


def _learned(measured: Measured) -> int:
    return sum(one >= 100 * _LEARNED for one in measured.values)


def _overshoots() -> Evidence:
    wild, clipped, calm = (
        _courses(attrs.evolve(_NET, radius=radius, clip=clip), _GENTLE)
        for radius, clip in ((1.5, "none"), (1.5, "norm"), (0.5, "none"))
    )
    lost = [
        Measured(f"right under the best before, {what}", [100 * one.lost for one in courses], "%")
        for what, courses in (("ρ 1.5", wild), ("ρ 1.5, clipped", clipped), ("ρ 0.5", calm))
    ]
    jumps = [
        Measured(f"worst loss over the best before, {what}", [one.jump for one in courses], "×")
        for what, courses in (("ρ 1.5", wild), ("ρ 1.5, clipped", clipped), ("ρ 0.5", calm))
    ]
    free, bounded, noise = lost
    jumped, jumped_clipped = (one.spread[0] > 2 * jumps[2].spread[1] for one in jumps[:2])
    undoes = jumped and free.spread[0] > 2 * noise.spread[1]
    if undoes and jumped_clipped and bounded.spread[1] < noise.spread[1]:
        why = "nothing is clipped: clipped it overshoots too, and keeps its progress"
        return Evidence((*lost, *jumps), "holds only if", why)
    return Evidence((*lost, *jumps), "holds" if undoes else "does not hold")


def _ten() -> Evidence:
    found = [
        _right(f"at depth {depth}", _courses(attrs.evolve(_SHORT, depth=depth)))
        for depth in (5, 10, 20)
    ]
    shallow, ten, twenty = map(_learned, found)
    fails = ten == 0 and shallow > 0
    why = f"{ten} of {len(found[1].values)} learn at 10, {twenty} at 20"
    return Evidence(tuple(found), "holds" if fails else "does not hold", why)


def _minimum() -> Evidence:
    courses = _courses(_SHORT)
    smaller = Measured(
        "‖∂L/∂θ‖ once learned, over that at first",
        [one.gradients[1] / one.gradients[0] for one in courses], "×",
    )  # fmt: skip
    path = Measured("‖∂L/∂h_0‖ over ‖∂L/∂h_T‖ then", [one.path for one in courses], "log10")
    holds = smaller.spread[1] < 0.1 and path.spread[0] > -1.0
    return Evidence((smaller, path), "holds" if holds else "does not hold")


def _clipping() -> Evidence:
    found = [
        _right(
            f"ρ {radius:g}, {'clipped' if clip == 'norm' else 'not clipped'}",
            _courses(attrs.evolve(_NET, radius=radius, clip=clip)),
        )
        for radius in (1.5, 0.5)
        for clip in ("norm", "none")
    ]
    clipped, free, small_clipped, small = map(_learned, found)
    holds = clipped > free and small_clipped == small == 0
    return Evidence(tuple(found), "holds" if holds else "does not hold")


def _l2() -> Evidence:
    plain, decayed = (
        _courses(attrs.evolve(_SHORT, depth=10), Plan(steps=1500, learning_rate=0.3, l2=l2))
        for l2 in (0.0, 0.01)
    )
    radii = [
        Measured(f"ρ(W) after training, L2 {l2:g}", [one.radii[1] for one in courses])
        for l2, courses in ((0.01, decayed), (0.0, plain))
    ]
    paths = [
        Measured(f"the path's factor, L2 {l2:g}", [one.path for one in courses], "log10")
        for l2, courses in ((0.01, decayed), (0.0, plain))
    ]
    worse = radii[0].spread[1] < radii[1].spread[0] and paths[0].median < paths[1].median
    pulled = radii[0].spread[1] < radii[1].spread[0] and paths[0].median >= paths[1].median
    why = "ρ is pulled in, but in the median the path's factor is no smaller" if pulled else ""
    return Evidence((*radii, *paths), "holds" if worse else "does not hold", why)


def _decay_slows() -> Evidence:
    courses = _courses(_SHORT, attrs.evolve(_DECAYED, steps=1500))
    best = Measured("right at best on the way", [100 * one.best for one in courses], "%")
    last = _right("right in the end", courses)
    radius = Measured("ρ(W) in the end", [one.radii[1] for one in courses])
    # Where nothing is learned any more nothing holds W up.
    longer = _courses(attrs.evolve(_SHORT, depth=20), _DECAYED)
    shrunk = Measured("ρ(W) in the end, of 20 steps", [one.radii[1] for one in longer])
    only_slower = last.median >= best.median - 5
    lost = best.median >= 100 * _LEARNED and last.median < 50
    why = "it learns first, and then loses what it has learned" if lost else ""
    measured = best, last, radius, shrunk
    return Evidence(measured, "holds" if only_slower else "does not hold", why)


def _trains_sigmoids() -> Evidence:
    plan = Plan(steps=600, learning_rate=0.1)
    with_it = _right("sigmoid with batch norm", _courses(_SIGMOID, plan))
    without = _right("without", _courses(attrs.evolve(_SIGMOID, norm="none"), plan))
    trains = _learned(with_it) > len(with_it.values) / 2 and _learned(without) == 0
    return Evidence((with_it, without), "holds" if trains else "does not hold")


def _grows_first() -> Evidence:
    courses = _courses(_GAUSSIAN, Plan(steps=1000, learning_rate=0.03), until=0.9 * _CHANCE)
    radius = Measured(
        "ρ(W) when the loss first falls, over that at first",
        [one.radii[1] / one.radii[0] for one in courses], "×",
    )  # fmt: skip
    singular = Measured("σ₁, the same", [one.singular[1] / one.singular[0] for one in courses], "×")
    grown, stretched = (100 * (one.median - 1.0) for one in (radius, singular))
    near = abs(grown - 5) < 5 and abs(stretched - 10) < 5
    why = f"ρ grows by {grown:.0f} %, σ₁ by {stretched:.0f} %"
    return Evidence((radius, singular), "holds" if near else "does not hold", why)


def _clipped_radius() -> Evidence:
    steep, gentle = (
        [
            [one.radii[1] for one in _courses(attrs.evolve(net, clip=clip), plan)]
            for clip in ("norm", "none")
        ]
        for net, plan in (
            (attrs.evolve(_NET, radius=1.0), Plan(steps=500, learning_rate=0.3)),
            (_NET, _GENTLE),
        )
    )
    clipped, free = map(Measured, ("ρ(W) in the end, clipped", "ρ(W) in the end"), steep)
    less = Measured(
        "by how much clipping lowers it at rate 0.03",
        [100 * (1 - one / other) for one, other in zip(*gentle, strict=True)],
        "%",
    )
    lower = clipped.median < free.median and less.median > 0
    why = "clipping leaves W with a smaller ρ" if lower else ""
    return Evidence((clipped, free, less), "does not hold" if lower else "holds", why)


CLAIMS = (
    Claim(
        "overshoot",
        "Where gradients explode, stochastic gradient descent overshoots and undoes its progress.",
        "the essay",
        attrs.evolve(_NET, clip="none"),
        _overshoots,
    ),
    Claim(
        "ten-steps",
        "A dependency over ten steps cannot be learned, near enough to certainly.",
        "the essay",
        attrs.evolve(_SHORT, depth=10),
        _ten,
    ),
    Claim(
        "near-a-minimum",
        "A gradient that is small near a minimum is another thing than one that has vanished.",
        "its readers",
        _SHORT,
        _minimum,
    ),
    Claim(
        "clipping-learns",
        "Clipping lets a net learn whose gradients explode, and not one whose gradients vanish.",
        "the essay",
        _NET,
        _clipping,
    ),
    Claim(
        "l2-cures",
        "L2 regularisation pulls eigenvalues in, and so makes vanishing worse.",
        "its readers",
        attrs.evolve(_SHORT, depth=10),
        _l2,
    ),
    Claim(
        "decay-slows",
        "Weight decay does no more than slow learning down.",
        "a guess",
        _SHORT,
        _decay_slows,
    ),
    Claim(
        "batch-norm-trains",
        "Batch norm lets a sigmoid net learn that does not learn without.",
        "its readers",
        _SIGMOID,
        _trains_sigmoids,
    ),
    Claim(
        "radius-stays",
        "Until the loss first falls, W hardly changes: ρ by 5 % and σ₁ by 10 %.",
        "a guess",
        _GAUSSIAN,
        _grows_first,
    ),
    Claim(
        "clipping-and-radius",
        "Clipping changes the steps, not the spectral radius that training ends with.",
        "a guess",
        attrs.evolve(_NET, radius=1.0),
        _clipped_radius,
    ),
)
