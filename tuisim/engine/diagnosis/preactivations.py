"""Pre-activations of a run, computed again from its states, and how they are spread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.engine.base.facts import slope
from tuisim.engine.base.memo import Array
from tuisim.engine.cells.table import cell_of
from tuisim.values.cells import CELLS

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run

Progress = Callable[[int, int], None]

BINS = 48
#: Half the width that the bins cover: round numbers, so that a small change keeps the axis.
_EDGES = (3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
# All but this share of the pre-activations looked at lies within.
_WITHIN = 0.995
_LOOKED_AT = 64
_CHUNK_BYTES = 16 << 20
# Between these a sum of squares has lost none that counts, and is no infinity.
_SQUARES = (1e-140, 1e150)


def pre_activations(run: Run, step: int | None = None, member: int = 0) -> dict[str, Array]:
    """What φ or a gate's σ was applied to, by the name of the gate ("a" for the rnn).

    Args:
        step: 1…T, or None for all steps one after the other.

    Returns:
        (rows, n) each, the rows those of the batch, step by step.

    Raises:
        ValueError: a step that there is not.
    """
    e = run.experiment
    if step is not None and not 1 <= step <= e.depth:
        raise ValueError(f"step: got {step!r}, allowed: 1…{e.depth}, or None for all")
    first, last = (0, e.depth) if step is None else (step - 1, step)
    found = _of_cell(run, member, first, last)
    return {name: values.reshape(-1, e.width) for name, values in found.items()}


@attrs.frozen(eq=False)
class Spread:
    """How the pre-activations of all members lie, step by step, in bins that all steps share.

    Attributes:
        edges: (BINS + 1,), ascending; what lies on one is counted to its right, as 0 is.
        counts: (T, BINS); what lies outside is counted in the first or last bin.
        beyond: (T,), how many of them lie outside.
        missing: (T,), how many are no numbers, and in no bin.
        rms: (T,), their root mean square.
        slope: (T,), the mean of φ′ over them.
    """

    edges: Array
    counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    beyond: Array
    missing: Array
    rms: Array
    slope: Array


def spread(run: Run, progress: Progress | None = None) -> Spread:
    """Count the pre-activations of φ (in a gated cell the candidate's), all members together."""
    e = run.experiment
    phi = CELLS[e.cell].candidate
    edge = _edge(run)
    # The middle one is 0 exactly, and both halves are mirror images.
    edges = edge * np.arange(-BINS, BINS + 1, 2) / BINS
    counts = np.zeros((e.depth, BINS), np.int64)
    beyond, missing, rms, slopes = np.zeros((4, e.depth))
    entries = e.members * e.batch * e.width
    work = e.members * e.depth
    for member in range(e.members):
        for first, last in _chunks(run):
            values = _of_cell(run, member, first, last)[phi].reshape(last - first, -1)
            there = ~np.isnan(values)
            at = np.searchsorted(edges[1:-1], values, side="right")
            at += np.arange(last - first)[:, np.newaxis] * BINS
            found = np.bincount(at[there], minlength=(last - first) * BINS)
            counts[first:last] += found.reshape(-1, BINS)
            missing[first:last] += (~there).sum(axis=1)
            with np.errstate(over="ignore", invalid="ignore"):
                beyond[first:last] += (np.abs(values) > edge).sum(axis=1)
                part = _norms(values) / np.sqrt(entries)
                rms[first:last] = np.hypot(rms[first:last], part)
                slopes[first:last] += slope(e.activation, values).sum(axis=1) / entries
            if progress is not None:
                progress(member * e.depth + last, work)
    return Spread(edges, counts, beyond, missing, rms, slopes)


def _of_cell(run: Run, member: int, first: int, last: int) -> dict[str, Array]:
    """What φ or a gate's σ was applied to for first < t ≤ last, (steps, batch, n), by gate."""
    e = run.experiment
    network, states = run.networks[member], [one[member] for one in run.state_vectors]
    return cell_of(e, network).pre_activations(e, network, states, first, last)


def _chunks(run: Run) -> Iterator[tuple[int, int]]:
    """Steps first < t ≤ last, a bounded number at a time."""
    e = run.experiment
    size = max(1, _CHUNK_BYTES // (8 * e.batch * e.width))
    for first in range(0, e.depth, size):
        yield first, min(first + size, e.depth)


def _norms(rows: Array) -> Array:
    """The norm of each row, where the squares leave float64 too."""
    with np.errstate(over="ignore", under="ignore"):
        norms: Array = np.linalg.norm(rows, axis=1)
    # By as many squares as a row has, these are far enough from either end.
    odd = ~((norms > _SQUARES[0]) & (norms < _SQUARES[1]))
    if odd.any():
        rows = rows[odd]
        largest = np.abs(rows).max(axis=1, keepdims=True)
        scale = np.where(np.isfinite(largest) & (largest > 0), largest, 1.0)
        norms[odd] = scale[:, 0] * np.linalg.norm(rows / scale, axis=1)
    return norms


def _edge(run: Run) -> float:
    steps = np.unique(np.linspace(1, run.experiment.depth, _LOOKED_AT).astype(int))
    phi = CELLS[run.experiment.cell].candidate
    looked_at = np.concatenate(
        [np.abs(_of_cell(run, 0, step - 1, step)[phi]).ravel() for step in steps.tolist()]
    )
    finite = looked_at[np.isfinite(looked_at)]
    needed = float(np.quantile(finite, _WITHIN)) if finite.size else 0.0
    return float(next((one for one in _EDGES if needed <= one), _EDGES[-1]))
