"""Why a gradient vanishes or explodes: its factor a step back, in two parts that multiply to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.runs.run import split_change

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run

#: What makes a part: W with a norm and the carried paths, the slopes φ′, a gate, all else.
Part = Literal["matrix", "slopes", "forget gate", "update gate", "rest"]


@attrs.frozen
class Cause:
    """The mean change of a gradient a step back, in two parts, in the middle of the members.

    That is the member whose change is the median, or the two about it: what is given adds up.

    Attributes:
        names: what makes the first and the second part.
        gradient: what it is the change of, "∂L/∂h_t" or "∂L/∂c_t".
        first, second: nats a step back; nan where the gradient is 0 or no number on the way.
        zero: the step that makes it exactly 0, None where none does.
        culprit: which part does that.
    """

    names: tuple[Part, Part]
    gradient: str
    first: float
    second: float
    zero: int | None = None
    culprit: Part | None = None


def cause(run: Run) -> Cause | None:
    """The parts of a run's gradient rate; of an lstm that of ∂L/∂c.

    None with a skip connection, over which the gradient of a step comes from two later ones.
    """
    found = _parts(run)
    if found is None:
        return None
    names, gradient, first, second, log10 = found
    with np.errstate(invalid="ignore"):
        change = log10[:, 0] - log10[:, -1]
        order = np.argsort(change, kind="stable")
        middle = order[[(len(order) - 1) // 2, len(order) // 2]]
        means = [float(part[middle].mean()) * math.log(10) for part in (first, second)]
    if all(map(math.isfinite, means)) and not np.isnan(change).any():
        return Cause(names, gradient, means[0], means[1])
    unknown = Cause(names, gradient, math.nan, math.nan)
    zeros = np.flatnonzero(np.isneginf(log10[middle[0], :-1]))
    if np.isnan(change).any() or not zeros.size:
        return unknown
    step = int(zeros[-1]) + 1
    by_second = np.isneginf(second[middle[0], step - 1])
    return attrs.evolve(unknown, zero=step, culprit=names[int(by_second)])


def _parts(run: Run) -> tuple[tuple[Part, Part], str, Array, Array, Array] | None:
    """Names, the gradient, its parts (M, T) in decades, and log10 of its norm (M, T+1)."""
    slopes, matrix = run.slope_log10, run.matrix_log10
    if slopes is not None and matrix is not None:
        return ("matrix", "slopes"), "∂L/∂h_t", matrix, slopes, run.gradient_log10
    carried, rest, of_cell = run.carried_log10, run.rest_log10, run.cell_gradient_log10
    if carried is not None and rest is not None and of_cell is not None:
        return ("forget gate", "rest"), "∂L/∂c_t", carried, rest, of_cell
    carried = None if run.experiment.skip else run.of_members("carried_part")
    if carried is None:
        return None
    carried, rest = split_change(run.gradient_log10, carried)
    return ("update gate", "rest"), "∂L/∂h_t", carried, rest, run.gradient_log10
