"""How fast a net is trained beside JAX: `python -m tests.benchmarks.bench_training`.

The same updates of the same net on the same batches: a jitted step with JAX's own gradient, by
scan. Losses must agree to 1e-9. Times are ratios within one run, the contestants taking turns;
ours include clipping, the check for what is not finite and the gradient's curve over t. A
sweep of success is timed on one thread and on two, and with the passes in parts, as each update
was made before there was a kernel for all of it. With --check the exit code is 1 where a ratio
misses its target. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.bench_engine import ONE_THREAD, Report, best_of
from tuisim.engine.kernels.jit import have_patience
from tuisim.engine.sweeps.sweep import sweep
from tuisim.engine.training import training
from tuisim.engine.training.parameters import draw_parameters
from tuisim.engine.training.tasks import TASKS
from tuisim.engine.training.training import Trainer
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Updates a second at width 32, depth 50, batch 16.
WANTED = 200.0
#: (cell, width, depth) → how many times as fast as JAX, batch 16.
AGAINST_JAX = {
    ("rnn", 32, 50): 1.5,
    ("rnn", 64, 100): 1.5,
    ("lstm", 32, 50): 1.5,
    ("gru", 32, 50): 1.5,
}
PLAN = Plan(learning_rate=0.05)

#: A tenth and less of the README's sweep of success.
NETS = Experiment(spectrum="gaussian", radius=1.0, forget_bias=4.0, batch=16, members=2)
AXES = ("depth=10,20", "remedy=plain,leaky,lstm")
TRIALS = Plan(steps=200)
TWO_THREADS, AGAINST_PARTS = 1.8, 2.5
TURNS = 3


def jax_step(e: Experiment, start: Any) -> Callable[..., Any]:
    """θ, inputs, classes → the next θ and the loss, compiled; recall, plain SGD."""
    import jax
    import jax.numpy as jnp

    gates = {"rnn": 1, "gru": 3, "lstm": 4}[e.cell]

    def loss(p: Any, inputs: Any, classes: Any) -> Any:
        w = p[0].reshape(gates * e.width, e.width)
        drive = inputs @ p[2].reshape(gates * e.width, -1).T

        def step(state: Any, x: Any) -> Any:
            h, c = state
            a = h @ w.T + p[1].ravel()
            if e.cell == "rnn":
                return (jnp.tanh(a + x), c), None
            if e.cell == "lstm":
                i, f, g, o = jnp.split(a + x, 4, axis=1)
                c = jax.nn.sigmoid(f + 1.0) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
                return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None
            (ar, az, am), (xr, xz, xm) = jnp.split(a, 3, axis=1), jnp.split(x, 3, axis=1)
            r, z = jax.nn.sigmoid(ar + xr), jax.nn.sigmoid(az + xz)
            return ((1 - z) * jnp.tanh(r * am + xm) + z * h, c), None

        (h, _), _ = jax.lax.scan(step, (start, jnp.zeros_like(start)), drive)
        y = h @ p[3].T + p[4]
        return -jnp.take_along_axis(jax.nn.log_softmax(y), classes[:, None], axis=1).mean()

    def update(p: Any, inputs: Any, classes: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(p, inputs, classes)
        moved = jax.tree.map(lambda one, g: one - PLAN.learning_rate * g, p, gradient)
        return moved, value

    return jax.jit(update)


def pair(report: Report, cell: str, width: int, depth: int, target: float, seconds: float) -> None:
    """One row of the table."""
    import jax
    import numpy as np

    e = Experiment(cell=cell, width=width, depth=depth, batch=16, radius=1.0)
    trainer = Trainer(e, PLAN)
    task, network = TASKS["recall"], trainer._passes.network
    drawn = [np.array(one) for one in draw_parameters(e, task, network)]
    step = jax_step(e, np.repeat(network.start[:1], e.batch, axis=0))

    ours, theirs = trainer.begin(), drawn
    for k in range(20):
        batch = task.batch(e, k)
        ours, found = trainer.step(ours)
        theirs, loss = step(theirs, batch.inputs, batch.targets[0])
        np.testing.assert_allclose(found.loss, float(loss), rtol=1e-9)
    held, count = [ours, theirs], 20

    def tuisim() -> None:
        held[0], _ = trainer.step(held[0])

    def peer() -> None:
        nonlocal count
        # It draws its batches as we do: they are a part of an update.
        batch = task.batch(e, count)
        count += 1
        held[1] = jax.block_until_ready(step(held[1], batch.inputs, batch.targets[0]))[0]

    times = best_of(seconds, tuisim=tuisim, jax=peer)
    rate, ratio = 1 / times["tuisim"], times["jax"] / times["tuisim"]
    if (cell, width, depth) == ("rnn", 32, 50) and rate < WANTED:
        report.missed.append(f"{rate:.0f} updates a second, target {WANTED:g}")
    name = f"{cell} {width} × {depth}"
    report.row(name, f"{rate:.0f}", f"{1 / times['jax']:.0f}", report.ratio(name, ratio, target))


def succeeds(threads: int) -> Any:
    """The share that learns in each cell."""
    return sweep(NETS, *AXES, "success", plan=TRIALS, threads=threads).values


def in_parts() -> Any:
    """The same by updates that no kernel makes at once."""
    kept = training._FLOPS_AT_ONCE
    training._FLOPS_AT_ONCE = 0.0
    try:
        return succeeds(1)
    finally:
        training._FLOPS_AT_ONCE = kept


def success_sweep(report: Report) -> None:
    """The sweep's times, the contestants taking turns, each at its best."""
    ways = {"one": lambda: succeeds(1), "two": lambda: succeeds(2), "parts": in_parts}
    times = dict.fromkeys(ways, math.inf)
    for _ in range(TURNS):
        for name, work in ways.items():
            begin = time.perf_counter()
            work()
            times[name] = min(times[name], time.perf_counter() - begin)
    name = f"success of {' × '.join(AXES)}, {NETS.members} members, {TRIALS.steps} updates"
    report.table("sweep", "one thread", "two threads", "passes in parts", "two/one", "one/parts")
    report.row(
        name,
        *(f"{one:.2f} s" for one in times.values()),
        report.ratio("success on two threads", times["one"] / times["two"], TWO_THREADS),
        report.ratio("success in parts", times["parts"] / times["one"], AGAINST_PARTS),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    parser.add_argument("--seconds", type=float, default=3.0, help="spent on each comparison")
    given = parser.parse_args()
    # Kernels from the first call on.
    have_patience(0.0)
    # XLA reads them once.
    os.environ["XLA_FLAGS"] = ONE_THREAD
    import jax

    jax.config.update("jax_enable_x64", True)
    report = Report()
    print("\nUpdates a second on recall, batch 16, float64; JAX on one thread.")
    report.table("cell, width × depth", "tuisim", "JAX", "tuisim/JAX")
    for (cell, width, depth), target in AGAINST_JAX.items():
        pair(report, cell, width, depth, target, given.seconds)
    success_sweep(report)
    print("\n" + "\n".join(["Missed:", *report.missed] if report.missed else ["All targets met."]))
    return 1 if given.check and report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
