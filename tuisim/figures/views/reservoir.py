"""A reservoir's memory, NARMA-10, and the distance of two starts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuisim.figures.drawing.figure import Axis, Band, Figure, Floats, Mark, Reference, Series
from tuisim.figures.drawing.numbers import format_factor, nice_step
from tuisim.figures.words.rates import factor_words
from tuisim.figures.words.status import Piece, fit_pieces

if TYPE_CHECKING:
    from tuisim.engine.reservoirs.echo import StateDistance
    from tuisim.engine.reservoirs.reservoir import MemoryCapacity, Narma10

#: As many held-out steps as one can follow by eye.
SHOWN_STEPS = 100


def memory_figure(memory: MemoryCapacity) -> Figure:
    """MC_k over the delay k, the median over members with quartiles, and what chance explains."""
    members = len(memory.capacity)
    delays = np.asarray(memory.delays, np.float64)
    bands = []
    if members > 1:
        low, high = np.quantile(memory.capacity, [0.25, 0.75], axis=0)
        bands.append(Band(f"quartiles of {members}", delays, low, high))
    return Figure(
        title="memory capacity MC_k",
        x=Axis("lag k", 1.0, _last_delay(memory)),
        y=Axis("", 0.0, 1.0),
        series=(Series("held out", delays, np.median(memory.capacity, axis=0), "hidden"),),
        bands=tuple(bands),
        references=(Reference("chance", memory.threshold, "limit"),),
        notes=(memory_note(memory),),
    )


def _last_delay(memory: MemoryCapacity) -> float:
    """Where the axis ends: in tens, a bit past the last delay of which anything is known."""
    known = np.flatnonzero((memory.capacity > memory.threshold).any(axis=0))
    last = float(memory.delays[known[-1]]) if known.size else 0.0
    return min(10.0 * math.ceil((1.25 * last + 1.0) / 10.0), float(max(memory.delays.size, 2)))


def memory_note(memory: MemoryCapacity) -> str:
    """The total in words: "memory 21.9 of at most 100"."""
    total = float(np.median(memory.total))
    return f"memory {total:.1f} of at most {memory.experiment.width}"


def narma_figure(narma: Narma10, steps: int = SHOWN_STEPS) -> Figure:
    """The first member's last held-out steps: what NARMA-10 does, and what the readout says."""
    target, output = narma.target[0][-steps:], narma.output[0][-steps:]
    # A readout that fails may be anywhere; the target alone decides the axis.
    low, high = float(target.min()), float(target.max())
    unit = nice_step(max(high - low, 1e-9), 4)
    bounds = math.floor(low / unit) * unit, math.ceil(high / unit) * unit
    last = narma.protocol.steps
    times = np.arange(last - target.size + 1, last + 1, dtype=np.float64)
    members = len(narma.target)
    of = f", first of {members} members" if members > 1 else ""
    return Figure(
        title=f"NARMA-10, held out{of}",
        x=Axis("time step t", float(times[0]), float(max(times[-1], times[0] + 1))),
        y=Axis("", *bounds),
        series=(
            Series("target", times, target, "theory", "dotted"),
            Series("readout", times, output, "hidden"),
        ),
        notes=(narma_note(narma),),
    )


def narma_note(narma: Narma10) -> str:
    """The errors in words: "NRMSE 0.264  mean 1.000  ten inputs 0.603  last value 0.862"."""
    parts = (
        ("NRMSE", narma.nrmse),
        ("mean", narma.mean_nrmse),
        ("ten inputs", narma.inputs_nrmse),
        ("last value", narma.last_nrmse),
    )
    return "  ".join(f"{name} {format_factor(float(np.median(one)))}" for name, one in parts)


def distance_figure(distance: StateDistance) -> Figure:
    """‖h_t − h′_t‖ over the steps on a log axis, the median over members with quartiles."""
    values = distance.distance_log10
    members, points = values.shape
    steps = np.arange(points, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        median = np.asarray(np.median(values, axis=0))
    bands = []
    if members > 1:
        low = np.quantile(values, 0.25, axis=0, method="lower")
        high = np.quantile(values, 0.75, axis=0, method="higher")
        bands.append(Band(f"quartiles of {members}", steps, low, high))
    bounds = _decades([median, *(edge for one in bands for edge in (one.low, one.high))])
    return Figure(
        title="distance of two starts ‖h_t − h′_t‖",
        x=Axis("time step t", 0.0, float(max(points - 1, 1))),
        y=Axis("", *bounds, log=True),
        series=(Series("distance", steps, median, "hidden", played=True),),
        bands=tuple(bands),
        marks=_marks(steps, median, bounds),
        notes=(distance_note(distance),),
    )


def distance_note(distance: StateDistance) -> str:
    """The verdict in words: "converges in 100 steps  ×0.843 a step"."""
    depth = distance.experiment.depth
    words = f"{distance.verdict} in {depth} steps"
    fates = getattr(distance, "member_verdicts", ())
    if len(set(fates)) > 1:
        words += f" ({fates.count(distance.verdict)} of {len(fates)} members)"
    if not math.isfinite(distance.rate):
        return words
    return f"{words}  {factor_words(distance.rate)} a step"


def reservoir_line(
    memory: MemoryCapacity,
    narma: Narma10,
    distance: StateDistance,
    width: int | None = None,
    ascii: bool = False,
) -> str:
    """All three outcomes in one line."""
    notes = (memory_note(memory), f"NARMA-10 {narma_note(narma)}", distance_note(distance))
    pieces = [Piece(one, one.split("  ")[0], rank) for rank, one in enumerate(notes)]
    return fit_pieces(pieces, width, ascii)


def _decades(curves: list[Floats]) -> tuple[float, float]:
    finite = np.concatenate([one[np.isfinite(one)] for one in curves])
    if not finite.size:
        return -1.0, 1.0
    low, high = math.floor(finite.min() + 1e-6), math.ceil(finite.max() - 1e-6)
    if high - low < 2:
        low, high = low - 1, max(high, low + 1)
    unit = max(1.0, nice_step(high - low, 20))
    return math.floor(low / unit) * unit, math.ceil(high / unit) * unit


def _marks(steps: Floats, median: Floats, bounds: tuple[float, float]) -> tuple[Mark, ...]:
    """× from where both trajectories are one, ? from where there is no number."""
    marks = []
    for flags, text, meaning in (
        (median == -np.inf, "×", "exactly equal"),
        (np.isnan(median), "?", "not a number"),
    ):
        found = steps[flags]
        if found.size:
            first, last = float(found[0]), float(found[-1])
            marks.append(Mark(first, bounds[0], text, "warning", meaning, last, played=True))
    return tuple(marks)
