"""sweep: a number of an experiment over two of its fields.

A cell's value is a function of its experiment alone: not of the order, the threads, the other
cells, or the machine that found it, if versions are equal; for the measures that ask linear algebra
of a library (saturation, lyapunov, success), if that is, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, as_completed, wait
from contextlib import closing, nullcontext
from pathlib import Path

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import stop_asked, stoppable, thread_pool
from tuisim.engine.maths.ordered import added
from tuisim.engine.runs.simulate import processors
from tuisim.engine.sweeps.axes import SweepAxis, as_axis
from tuisim.engine.sweeps.grid import Cell, Grid, Part
from tuisim.engine.sweeps.partial import open_partial
from tuisim.engine.sweeps.values import Found, cell_values, check_files
from tuisim.engine.training.success import score_interval
from tuisim.system.version import __version__
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Called with (parts done, parts in all), in the thread of the caller; where nets are trained each
#: of a cell's runs is a part, else the cell.
Progress = Callable[[int, int], None]

#: Pieces of work with what was found in them, as they are done.
Done = Generator[tuple[Sequence[Part], Sequence[Found]], None, None]

#: What is under way when the work ends early gets so long to notice it.
_PATIENCE_SECONDS = 0.2


@attrs.frozen(eq=False)
class Sweep:
    """A map of one measure over two fields.

    Attributes:
        grid: all that was asked for: the experiment, the two axes and the measure.
        values: (rows, columns) read-only float64: rows are values of y, columns of x.
        reasons: why a cell has no value, where its experiment is not allowed or over the budget;
            nan elsewhere is what was measured.
        version: of tuisim.
    """

    grid: Grid
    values: Array
    reasons: Mapping[Cell, str] = attrs.field(factory=dict)
    version: str = __version__

    def interval(self) -> tuple[Array, Array] | None:
        """The ends (rows, columns) of the 95 % interval of a share of runs; None for the rest."""
        if self.grid.plan is None:
            return None
        return score_interval(self.values, self.grid.runs())

    @property
    def experiment(self) -> Experiment:
        """What the two fields were changed in."""
        return self.grid.experiment

    @property
    def x(self) -> SweepAxis:
        """The values of the columns."""
        return self.grid.x

    @property
    def y(self) -> SweepAxis:
        """The values of the rows."""
        return self.grid.y

    @property
    def measure(self) -> str:
        """What the values are of."""
        return self.grid.measure


def sweep(
    experiment: Experiment,
    x: SweepAxis | str,
    y: SweepAxis | str,
    measure: str = "gradient_rate",
    *,
    members: int | None = None,
    plan: Plan | None = None,
    progress: Progress | None = None,
    partial: Path | None = None,
    cluster: str | None = None,
    threads: int | None = None,
) -> Sweep:
    """Measure an experiment over two of its fields.

    Args:
        x, y: axes, or text like "radius=0.5:1.5:61" (`SweepAxis.parse`).
        measure: gradient_rate, hidden_rate (nats a step), gradient_log10 (log10 ‖∂L/∂h_0‖),
            saturation (share of units) or lyapunov (the largest exponent, nats a step), a median
            over members each, the saturation a mean; or success (share of members that learn).
        members: as the experiment's field of that name, in place of what it has.
        plan: how nets are trained for success; Plan() where not given.
        progress: called with (cells done, cells in all) after each piece of work; with runs, of
            which each cell has as many as members, where nets are trained.
        partial: a file to keep what is found in until all of it is, and to go on from.
        cluster: the address of a dask scheduler, whose workers do the work.
        threads: of this machine; as many as it has processors where None.

    Raises:
        ValueError: a field, value or measure that there is none of, a plan where nothing is
            trained, a partial file of another sweep, no address of a cluster, or a layer or an
            input that is not there. What only some cells do not allow is kept as their reason.
        ClusterError: the cluster cannot be reached, has no workers, or cannot do it.
        OSError: the partial file cannot be written.
        StoppedError: the caller made its work stoppable, and asked for that.
    """
    if members is not None:
        experiment = attrs.evolve(experiment, members=members)
    grid = Grid(experiment, as_axis(x), as_axis(y), measure, plan)
    if members is not None and "members" in (grid.x.field, grid.y.field):
        raise ValueError("members: got a number and an axis, allowed: one of them")
    check_files(grid)
    with open_partial(partial, grid) if partial else nullcontext() as kept:
        found: dict[Part, Found] = dict(kept.found) if kept else {}
        pieces = grid.pieces(found)
        total = len(found) + sum(map(len, pieces))
        if progress is not None:
            progress(len(found), total)
        if cluster is not None:
            from tuisim.engine.sweeps.cluster import on_cluster

            done = on_cluster(cluster, grid, pieces)
        else:
            done = _here(grid, pieces, threads or processors())
        # Whatever ends this loop ends the work.
        with closing(done):
            for parts, values in done:
                if kept:
                    kept.add(parts, values)
                found |= zip(parts, values, strict=True)
                if progress is not None:
                    progress(len(found), total)
    return _assembled(grid, found)


def _assembled(grid: Grid, found: Mapping[Part, Found]) -> Sweep:
    """The map of what was found in all parts: of a cell's runs, the mean."""
    values, reasons = np.empty(grid.shape), {}
    for cell in np.ndindex(grid.shape):
        parts = [found[part] for part in grid.parts(cell)]
        values[cell] = added(one.value for one in parts) / len(parts)
        reason = next((one.reason for one in parts if one.reason), "")
        if reason:
            reasons[cell] = reason
    values.flags.writeable = False
    return Sweep(grid, values, reasons)


def _here(grid: Grid, pieces: Sequence[Sequence[Part]], threads: int) -> Done:
    """The work on threads of this process."""
    left, asked = threading.Event(), stop_asked()

    def work(parts: Sequence[Part]) -> list[Found]:
        with stoppable(lambda: left.is_set() or asked()):
            return cell_values(grid, parts)

    # Not simulate's pool: a thread that waits for threads of its own pool waits for ever.
    pool = thread_pool(threads, "tuisim-sweep")
    # Held for all of it, so that no piece has to set it again.
    with one_blas_thread():
        waiting: dict[Future[list[Found]], Sequence[Part]] = {}
        try:
            waiting |= {pool.submit(work, parts): parts for parts in pieces}
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            left.set()
            pool.shutdown(wait=False, cancel_futures=True)
            # Of a wide net a kernel takes longer than whoever interrupts the work will wait.
            wait(waiting, timeout=_PATIENCE_SECONDS)
