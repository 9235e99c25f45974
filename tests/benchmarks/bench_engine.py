"""How fast the engine is beside JAX and NumPy: `python -m tests.benchmarks.bench_engine`.

Prints tables in markdown. Times are ratios within one run, the contestants taking turns, each
at its best: the machine may be busy with other things, and a disturbed turn only adds time.
With --check the exit code is 1 where a ratio misses its target. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from tuisim.engine.cells.network import Network, draw
from tuisim.engine.kernels.jit import have_patience
from tuisim.engine.runs.curves import curves
from tuisim.engine.runs.simulate import processors, simulate
from tuisim.values.experiment import Experiment

ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
TWO_THREADS = "--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads=2"

#: (width, depth) → how many times as fast as JAX.
AGAINST_JAX = {
    (16, 50): 2.5,
    (32, 100): 1.0,
    (64, 200): 1.0,
    (64, 1000): 1.0,
    (128, 1000): 0.9,
    (256, 200): 0.9,
}
#: width → the same for the gated cells over 200 steps.
GATED_AGAINST_JAX = {32: 1.2, 64: 1.0}
GATED_DEPTH = 200
AGAINST_NUMPY = 4.0
NUMPY_WIDTH = 64
CHANGED_SHAPE = 100.0
MANY_MEMBERS = 3.0
OVERHEAD_US = 20.0

TURN_SECONDS = 2e-3

#: Of the time of a run, what the kernels' products and activations alone take.
LIMIT = "of the kernels' limit"


def tanh_net(width: int, depth: int, members: int = 1) -> Experiment:
    return Experiment(width=width, depth=depth, members=members, radius=0.95)


def both_curves(experiment: Experiment, networks: tuple[Network, ...]) -> tuple[Any, Any]:
    run = simulate(experiment, networks)
    return run.hidden_log10, run.gradient_log10


def best_of(
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
    **contestants: Callable[[], object],
) -> dict[str, float]:
    """The shortest time of each, in seconds, after turns that take `seconds` together.

    Args:
        clock: `time.process_time` for calls of one thread that take so long that on a busy machine
            none is left alone.
    """
    times = dict.fromkeys(contestants, math.inf)
    stop = time.perf_counter() + seconds
    turns = 0
    while turns < 5 or time.perf_counter() < stop:
        for name, work in contestants.items():
            # A few calls in a row: the first one finds the caches full of the others' data.
            turn_ends = time.perf_counter() + TURN_SECONDS
            while True:
                before = clock()
                work()
                times[name] = min(times[name], clock() - before)
                if time.perf_counter() > turn_ends:
                    break
        turns += 1
    return times


def norms_alone(experiment: Experiment, networks: tuple[Network, ...]) -> tuple[Any, Any]:
    found = curves(experiment, networks)
    return found.hidden_log10, found.gradient_log10


def bounds(experiment: Experiment, network: Network) -> dict[str, Callable[[], object]]:
    """What no kernel of a run is faster than, as contestants."""
    from tests.benchmarks.products import activations_only, products_only

    return {
        "products": lambda: products_only(experiment, network),
        "activations": lambda: activations_only(experiment, network),
    }


def of_the_limit(times: dict[str, float], ours: float) -> str:
    """The share of the time in which nothing but products and activations could be made."""
    return f"{(times['products'] + times['activations']) / ours:.0%}"


def arrays_of(network: Network) -> tuple[Any, ...]:
    weights = np.array(network.weights)
    return weights, weights.T.copy(), network.start[0].copy(), network.probe[0].copy()


class Report:
    """Rows of tables, and which of them missed their target."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def table(self, *head: str) -> None:
        print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")

    def row(self, *cells: object) -> None:
        print(f"| {' | '.join(map(str, cells))} |", flush=True)

    def ratio(self, what: str, value: float, target: float) -> str:
        if value < target:
            self.missed.append(f"{what}: {value:.2f}×, target {target:g}×")
        return f"{value:.2f}×"


def single_nets(report: Report, seconds: float) -> None:
    import jax

    from tests.benchmarks import peers

    print("\nForward and backward pass with both norm curves, one net, one thread, float64.")
    report.table(
        "width × depth", "tuisim µs", "JAX µs", "JAX/tuisim", "target", "NumPy/tuisim", LIMIT
    )
    for (width, depth), target in AGAINST_JAX.items():
        experiment = tanh_net(width, depth)
        networks = (draw(experiment),)
        arrays = arrays_of(networks[0])
        ours = both_curves(experiment, networks)
        contestants: dict[str, Callable[[], object]] = {
            "tuisim": lambda e=experiment, n=networks: both_curves(e, n),
            "numpy": lambda a=arrays, d=depth: peers.numpy_loop(*a, d),
        }
        on_device = [jax.device_put(array) for array in arrays]
        for peer in peers.JAX:
            compiled = jax.jit(peer, static_argnames="depth")
            contestants[peer.__name__] = lambda f=compiled, a=on_device, d=depth: (
                jax.block_until_ready(f(*a, depth=d))
            )
        for name, work in contestants.items():
            for mine, theirs in zip(ours, work(), strict=True):  # type: ignore[call-overload]
                np.testing.assert_allclose(
                    np.ravel(mine), np.ravel(theirs), rtol=0, atol=1e-9, err_msg=name
                )
        times = best_of(seconds, **contestants, **bounds(experiment, networks[0]))
        fastest = min(times[peer.__name__] for peer in peers.JAX)
        what = f"{width} × {depth}"
        numpy_ratio = times["numpy"] / times["tuisim"]
        report.row(
            what,
            f"{times['tuisim'] * 1e6:.0f}",
            f"{fastest * 1e6:.0f}",
            report.ratio(f"{what} against JAX", fastest / times["tuisim"], target),
            f"{target:g}×",
            report.ratio(f"{what} against NumPy", numpy_ratio, AGAINST_NUMPY)
            if width <= NUMPY_WIDTH
            else f"{numpy_ratio:.2f}×",
            of_the_limit(times, times["tuisim"]),
        )


def all_curves(experiment: Experiment, networks: tuple[Network, ...]) -> tuple[Any, ...]:
    run = simulate(experiment, networks)
    curves = (run.hidden_log10, run.gradient_log10, run.cell_log10, run.cell_gradient_log10)
    return tuple(curve for curve in curves if curve is not None)


def gated_nets(report: Report, seconds: float) -> None:
    import jax

    from tests.benchmarks import peers

    print("\nThe same of the gated cells over 200 steps, the lstm with the norms of its c.")
    report.table(
        "cell, width", "tuisim µs", "JAX µs", "JAX/tuisim", "target", "changed shape", LIMIT
    )
    for cell, ways in peers.GATED.items():
        for width, target in GATED_AGAINST_JAX.items():
            experiment = Experiment(cell=cell, width=width, depth=GATED_DEPTH, radius=0.95)
            networks = (draw(experiment),)
            ours = all_curves(experiment, networks)
            contestants: dict[str, Callable[[], object]] = {
                "tuisim": lambda e=experiment, n=networks: all_curves(e, n)
            }
            network = networks[0]
            arrays = (network.weights, network.start[0], network.probe[0])
            on_device = [jax.device_put(np.array(array)) for array in arrays]
            first = math.inf
            for way in ways:
                compiled = jax.jit(way, static_argnames="depth")
                before = time.perf_counter()
                theirs = jax.block_until_ready(compiled(*on_device, depth=GATED_DEPTH))
                first = min(first, time.perf_counter() - before)
                for mine, other in zip(ours, theirs, strict=True):
                    np.testing.assert_allclose(mine[0], other, rtol=0, atol=1e-9)
                contestants[way.__name__] = lambda f=compiled, a=on_device: jax.block_until_ready(
                    f(*a, depth=GATED_DEPTH)
                )
            times = best_of(seconds, **contestants, **bounds(experiment, network))
            fastest = min(times[way.__name__] for way in ways)
            changed = attrs.evolve(experiment, depth=GATED_DEPTH + 1)
            networks = (draw(changed),)
            before = time.perf_counter()
            all_curves(changed, networks)
            anew = time.perf_counter() - before
            what = f"{cell}, {width}"
            report.row(
                what,
                f"{times['tuisim'] * 1e6:.0f}",
                f"{fastest * 1e6:.0f}",
                report.ratio(f"{what} against JAX", fastest / times["tuisim"], target),
                f"{target:g}×",
                report.ratio(f"{what}, changed shape", first / anew, CHANGED_SHAPE),
                of_the_limit(times, times["tuisim"]),
            )


def changed_shape(report: Report) -> None:
    import jax

    from tests.benchmarks import peers

    print("\nThe first answer after the depth or the width has changed, near 64 × 200.")
    report.table("changed to", "tuisim µs", "JAX µs", "JAX/tuisim", "target")
    compiled = [jax.jit(peer, static_argnames="depth") for peer in peers.JAX]
    for width, depth in ((64, 201), (64, 210), (65, 200), (72, 200)):
        experiment = tanh_net(width, depth)
        networks = (draw(experiment),)
        on_device = [jax.device_put(array) for array in arrays_of(networks[0])]
        before = time.perf_counter()
        both_curves(experiment, networks)
        ours = time.perf_counter() - before
        theirs = math.inf
        for peer in compiled:
            before = time.perf_counter()
            jax.block_until_ready(peer(*on_device, depth=depth))
            theirs = min(theirs, time.perf_counter() - before)
        what = f"{width} × {depth}"
        report.row(
            what,
            f"{ours * 1e6:.0f}",
            f"{theirs * 1e6:.0f}",
            report.ratio(f"changed to {what}", theirs / ours, CHANGED_SHAPE),
            f"{CHANGED_SHAPE:g}×",
        )


def many_members(report: Report, seconds: float) -> None:
    print("\n256 members of 64 × 200 on two threads, JAX by vmap, which keeps the norms alone.")
    report.table("256 members", "tuisim ms", "JAX ms", "JAX/tuisim", "target", LIMIT)
    command = [sys.executable, "-m", "tests.benchmarks.bench_engine", "--members-pair"]
    command += ["--seconds", str(seconds)]
    answer = subprocess.run(
        command,
        env=os.environ | {"XLA_FLAGS": TWO_THREADS},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    times = json.loads(answer.stdout)
    # Both threads at their limit.
    both = {name: 256 / min(processors(), 2) * times[name] for name in ("products", "activations")}
    for name, what in (("tuisim", "all kept"), ("norms", "norms alone")):
        report.row(
            what,
            f"{times[name] * 1e3:.1f}",
            f"{times['jax'] * 1e3:.1f}",
            report.ratio(f"256 members, {what}", times["jax"] / times[name], MANY_MEMBERS),
            f"{MANY_MEMBERS:g}×",
            of_the_limit(both, times[name]),
        )


def members_pair(seconds: float) -> None:
    """The pair of `many_members`, in a process whose XLA has two threads."""
    import jax

    from tests.benchmarks import peers

    experiment = tanh_net(64, 200, members=256)
    networks = tuple(draw(experiment, member) for member in range(experiment.members))
    ours = both_curves(experiment, networks)
    stacks = zip(*(arrays_of(network) for network in networks), strict=True)
    on_device = [jax.device_put(np.stack(stack)) for stack in stacks]
    contestants: dict[str, Callable[[], object]] = {
        "tuisim": lambda: both_curves(experiment, networks),
        "norms": lambda: norms_alone(experiment, networks),
    }
    for peer in peers.JAX:

        def one(w: Any, v: Any, h: Any, g: Any, peer: Any = peer) -> Any:
            return peer(w, v, h, g, experiment.depth)

        compiled = jax.jit(jax.vmap(one))
        for mine, theirs in zip(ours, compiled(*on_device), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)
        contestants[peer.__name__] = lambda f=compiled: jax.block_until_ready(f(*on_device))
    times = best_of(4 * seconds, **contestants)
    fastest = min(times[peer.__name__] for peer in peers.JAX)
    kept = {name: times[name] for name in ("tuisim", "norms")}
    limit = best_of(seconds / 2, **bounds(experiment, networks[0]))
    print(json.dumps({"jax": fastest, **kept, **limit}))


def overhead(report: Report, seconds: float) -> None:
    """What one unit and one step cost, where the kernels have next to nothing to do."""
    experiment = tanh_net(1, 1)
    networks = (draw(experiment),)
    took = best_of(seconds, simulate=lambda: both_curves(experiment, networks))["simulate"] * 1e6
    print(f"\nAround its kernels simulate takes {took:.1f} µs (allowed: {OVERHEAD_US:g}).")
    if took > OVERHEAD_US:
        report.missed.append(f"overhead: {took:.1f} µs, allowed {OVERHEAD_US:g}")


def growth(report: Report, seconds: float) -> None:
    """How the time grows, and how much of it the matrix-vector products alone take."""
    print("\nGrowth of the time, and the share of the pure matrix-vector products in it.")
    report.table("width", "depth", "members", "µs", "ns a step and member", "products' share")
    sizes = [(n, 200, 1) for n in (8, 16, 32, 64, 100, 128, 256, 512)]
    sizes += [(64, steps, 1) for steps in (10, 100, 1000, 10_000)]
    sizes += [(64, 200, members) for members in (2, 8, 32, 128)]
    for width, depth, members in sizes:
        experiment = tanh_net(width, depth, members)
        networks = tuple(draw(experiment, member) for member in range(members))
        times = best_of(
            seconds / 2,
            all=lambda e=experiment, n=networks: both_curves(e, n),
            products=bounds(experiment, networks[0])["products"],
        )
        # The members of a run spread over the processors, the products here do not.
        share = f"{times['products'] / times['all']:.0%}" if members == 1 else ""
        each = times["all"] / depth / members
        report.row(width, depth, members, f"{times['all'] * 1e6:.0f}", f"{each * 1e9:.0f}", share)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--seconds", type=float, default=3.0, help="spent on each comparison")
    parser.add_argument("--members-pair", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    # Kernels from the first call on.
    have_patience(0.0)
    if given.members_pair:
        members_pair(given.seconds)
        return 0
    os.environ["XLA_FLAGS"] = ONE_THREAD
    report = Report()
    single_nets(report, given.seconds)
    gated_nets(report, given.seconds)
    overhead(report, given.seconds)
    changed_shape(report)
    many_members(report, given.seconds)
    growth(report, given.seconds)
    print("\n" + "\n".join(["Missed:", *report.missed] if report.missed else ["All targets met."]))
    return 1 if given.check and report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
