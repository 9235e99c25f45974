"""How fast a sweep is: `python -m tests.benchmarks.bench_sweep`.

A map of 61 radii by 40 depths up to 200, 64 units, 4 members: on one core, on two, and the same
loop over jitted JAX calls vmapped over members, as a person would write it. JAX compiles anew for
each depth, so its first loop and its later ones are counted apart; ours shares nothing between
loops but the drawn matrices, which JAX is given. Best of some turns each, in turn. What two
threads make of kernels alone, which share nothing, says how much of a second core there was. With
--check the exit code is 1 where a ratio misses its target; --quick takes every fifth radius and
depth, which is too little work to be held to targets. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np

from tests.benchmarks.bench_engine import Report
from tuisim.engine.cells.network import draw
from tuisim.engine.cells.table import CELLS
from tuisim.engine.kernels.jit import have_patience
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.sweep import sweep
from tuisim.values.experiment import Experiment

WIDTH, MEMBERS = 64, 4
TWO_CORES = 1.8
AGAINST_JAX = 3.0
#: Rates of the two may differ by this much where the net is not chaotic.
AGREEMENT = 1e-9


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    before = time.perf_counter()
    found = work()
    return time.perf_counter() - before, found


class Peer:
    """The loop over JAX calls."""

    def __init__(self, experiment: Experiment, radii: SweepAxis, depths: SweepAxis) -> None:
        import jax
        import jax.numpy as jnp

        from tests.benchmarks import peers

        self._jax, self._radii, self._depths = jax, radii.values, depths.values
        networks = [draw(attrs.evolve(experiment, radius=1.0), k) for k in range(MEMBERS)]
        arrays = [np.stack([getattr(one, name) for one in networks]) for name in ("weights",)]
        rows = [
            np.stack([getattr(one, name)[0] for one in networks]) for name in ("start", "probe")
        ]
        self._matrix, self._start, self._probe = map(jax.device_put, (*arrays, *rows))

        def gradient_only(weights: Any, transposed: Any, start: Any, probe: Any, depth: int) -> Any:
            """What a person writes who wants the first gradient alone."""

            def loss(first: Any) -> Any:
                def step(h: Any, _: None) -> Any:
                    return jnp.tanh(weights @ h), None

                return probe @ jax.lax.scan(step, first, None, length=depth)[0]

            return (0.5 * jnp.log10(jnp.sum(jax.grad(loss)(start) ** 2)),)

        self.ways = (*peers.JAX, gradient_only)

    def compiled(self, way: Callable[..., Any]) -> Callable[[float, int], float]:
        """A cell's gradient rate, by a function that is compiled once for each depth."""
        jax = self._jax

        def members(matrix: Any, start: Any, probe: Any, radius: Any, depth: int) -> Any:
            def one(w: Any, s: Any, p: Any) -> Any:
                curve = way(radius * w, (radius * w).T, s, p, depth)[-1]
                return curve if curve.ndim == 0 else curve[0]

            return jax.vmap(one)(matrix, start, probe)

        call = jax.jit(members, static_argnames="depth")

        def cell(radius: float, depth: int) -> float:
            log10 = call(self._matrix, self._start, self._probe, radius, depth=depth)
            return float(np.median(log10)) * math.log(10) / depth

        return cell

    def fastest(self) -> Callable[..., Any]:
        """The way that takes the least time for a call of middling depth."""
        depth, times = self._depths[len(self._depths) // 2], []
        for way in self.ways:
            cell = self.compiled(way)
            cell(1.0, depth)
            times.append(min(timed(lambda cell=cell: cell(1.0, depth))[0] for _ in range(50)))
        return self.ways[times.index(min(times))]

    def loop(self, cell: Callable[[float, int], float]) -> Any:
        """All cells, (rows, columns)."""
        return np.array([[cell(radius, depth) for radius in self._radii] for depth in self._depths])


class Kernels:
    """Two long forward passes, one after the other or side by side."""

    def __init__(self) -> None:
        self._experiment = Experiment(width=WIDTH, depth=20_000)
        self._networks = [draw(self._experiment, member) for member in range(2)]
        own = CELLS["rnn"]
        self._arrays = [
            tuple(array[0] for array in own.allocate(self._experiment, 1, 20_000)) for _ in range(2)
        ]
        self._pool = ThreadPoolExecutor(2)

    def run(self, threads: int) -> None:
        if threads == 1:
            for member in range(2):
                self._forward(member)
        else:
            list(self._pool.map(self._forward, range(2)))

    def _forward(self, member: int) -> None:
        network, arrays = self._networks[member], self._arrays[member]
        CELLS["rnn"].whole_forward(self._experiment, network, arrays)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a map of 13 × 8 cells")
    parser.add_argument("--turns", type=int, default=7, help="of each; the best counts")
    parser.add_argument("--check", action="store_true", help="fail where a target is missed")
    given = parser.parse_args()
    # Kernels from the first call on.
    have_patience(0.0)
    every = 5 if given.quick else 1
    radii = SweepAxis("radius", SweepAxis.linear("radius", 0.5, 1.5, 61).values[::every])
    depths = SweepAxis("depth", range(5 * every, 201, 5 * every))
    experiment = Experiment(width=WIDTH, members=MEMBERS)
    peer = Peer(experiment, radii, depths)
    way = peer.fastest()
    first, theirs = timed(lambda: peer.loop(peer.compiled(way)))
    warm = peer.compiled(way)
    peer.loop(warm)

    def ours(threads: int) -> Any:
        return sweep(experiment, radii, depths, threads=threads).values

    calm = [column for column, radius in enumerate(radii.values) if radius <= 1.0]
    apart = float(np.abs(ours(2) - theirs)[:, calm].max())
    kernels = Kernels()
    names = ("one", "two", "jax", "kernels one", "kernels two")
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(given.turns):
        times["one"].append(timed(lambda: ours(1))[0])
        times["two"].append(timed(lambda: ours(2))[0])
        times["jax"].append(timed(lambda: peer.loop(warm))[0])
        times["kernels one"].append(timed(lambda: kernels.run(1))[0])
        times["kernels two"].append(timed(lambda: kernels.run(2))[0])
    one, two, later, alone, beside = (min(times[name]) for name in names)
    cells = f"{len(radii.values)} × {len(depths.values)} cells, {WIDTH} units, {MEMBERS} members"
    report = Report()
    print(f"\n{cells}, depths to {depths.values[-1]}; JAX by {way.__name__}.")
    report.table("", "seconds", "over ours on two cores", "target")
    report.row("ours, two cores", f"{two:.3f}", "1×", "")
    ratio = report.ratio("two cores over one", one / two, TWO_CORES)
    report.row("ours, one core", f"{one:.3f}", ratio, f"{TWO_CORES:g}×")
    ratio = report.ratio("JAX with compiling", first / two, AGAINST_JAX)
    report.row("JAX, first loop", f"{first:.3f}", ratio, f"{AGAINST_JAX:g}×")
    report.row("JAX, compiled before", f"{later:.3f}", f"{later / two:.2f}×", "")
    print(f"\nKernels alone on two cores over one: {alone / beside:.2f}×.")
    print(f"Largest difference at radii to 1: {apart:.1e}, allowed {AGREEMENT:g}.")
    for line in report.missed:
        print(f"missed: {line}")
    held = given.check and not given.quick
    return int(not apart <= AGREEMENT or (held and bool(report.missed)))


if __name__ == "__main__":
    raise SystemExit(main())
