"""What a claim is: words, a net to see it on, and a check whose numbers decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal

import attrs
import numpy as np

from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

Verdict = Literal["holds", "holds only if", "does not hold"]

#: Every check goes over so many seeds, the claim's own experiment's first.
SEEDS = 5


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(map(float, values))


@attrs.frozen
class Measured:
    """One number of a net, over seeds.

    Attributes:
        what: what it is, in words.
        values: one of each seed.
        unit: "×" of a factor, "log10" of a power of ten, else what stands behind the number.
    """

    what: str
    values: tuple[float, ...] = attrs.field(converter=_floats)
    unit: str = ""

    @property
    def median(self) -> float:
        """The middle one."""
        return float(np.median(self.values))

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the largest."""
        return min(self.values), max(self.values)


@attrs.frozen
class Evidence:
    """What a check found.

    Attributes:
        measured: the numbers that the verdict was taken from, the telling one first.
        verdict: "holds", "holds only if" or "does not hold".
        because: the condition where there is one, else what is seen instead, or why; a phrase.
    """

    measured: tuple[Measured, ...]
    verdict: Verdict
    because: str = ""

    @property
    def words(self) -> str:
        """The verdict with its condition or its reason: "holds only if W is normal"."""
        between = " " if self.verdict == "holds only if" else ": "
        return between.join(filter(None, (self.verdict, self.because)))


@attrs.frozen
class Claim:
    """Something that is said of gradients, and how it is tested.

    Attributes:
        name: what it goes by, in letters and hyphens.
        says: the claim, a sentence in our words.
        where: who says so: "the essay", "its readers", "textbooks" or "a guess".
        experiment: a net on which it is seen.
        check: measures it; equal from call to call.
    """

    name: str
    says: str
    where: str
    experiment: Experiment
    check: Callable[[], Evidence] = attrs.field(repr=False, eq=False)


def seeds(experiment: Experiment) -> Iterable[Experiment]:
    """The experiment with each of the seeds that a check goes over."""
    first = experiment.seed
    return (attrs.evolve(experiment, seed=first + k) for k in range(SEEDS))


def each(
    what: str, experiment: Experiment, number: Callable[[Run], float], unit: str = ""
) -> Measured:
    """A number of the run of each seed."""
    return Measured(what, [number(simulate(one)) for one in seeds(experiment)], unit)


def factor(run: Run) -> float:
    """By what a gradient's norm is multiplied at a step back."""
    return math.exp(run.gradient_rate)


def end(run: Run) -> float:
    """log10 ‖∂L/∂h_0‖."""
    return float(run.gradient_log10[0, 0])
