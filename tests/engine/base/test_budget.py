"""Work over the budget is refused before it starts, in words that say what to lower."""

from __future__ import annotations

import re
import tracemalloc

import attrs
import pytest

from tuisim.engine.base import memory
from tuisim.engine.base.budget import MAX_BYTES, check_budget, run_bytes, run_flops
from tuisim.engine.cells.network import draw
from tuisim.engine.runs.simulate import simulate
from tuisim.values.experiment import Experiment

HUGE = [
    Experiment(width=2048, depth=100_000, batch=4096, members=1024),
    Experiment(width=512, depth=10_000, tied=False),
    Experiment(width=64, depth=100_000, batch=64, members=8),
    Experiment(width=2048, depth=100_000),
    Experiment(width=1, depth=100_000, batch=4096, members=1024),
]


@pytest.mark.parametrize("experiment", HUGE, ids=lambda e: f"{e.width}x{e.depth}")
@pytest.mark.parametrize("work", [draw, simulate], ids=["draw", "simulate"])
def test_too_much_work_is_refused_before_an_array_is_made(
    work: object, experiment: Experiment
) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"^budget: the run takes .*allowed: .*lower") as no:
            work(experiment)  # type: ignore[operator]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20
    message = str(no.value)
    for name in ("members", "batch", "depth", "width"):
        assert (f"{name} ({getattr(experiment, name)})" in message) == (
            getattr(experiment, name) > 1
        )
    assert ("tie the weights" in message) == (not experiment.tied)
    takes = re.search(r"takes ([\d.e+]+) (GiB|floating-point)", message)
    assert takes is not None
    amount = float(takes[1])
    expected = run_bytes(experiment) / 2**30 if takes[2] == "GiB" else run_flops(experiment)
    assert amount == pytest.approx(expected, rel=0.06)


def test_flops_are_those_of_two_matrix_vector_products_a_step() -> None:
    e = Experiment(width=10, depth=20, batch=4, members=3)
    assert run_flops(e) == 2 * 2 * 10 * 10 * 20 * 4 * 3
    assert run_flops(attrs.evolve(e, cell="lstm")) == 4 * run_flops(e)


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(width=64, depth=400, members=4, batch=4),
        Experiment(width=128, depth=60, tied=False),
        Experiment(width=64, depth=400, norm="batch", batch=8),
        Experiment(width=64, depth=400, batch=8, drive="noise"),
        Experiment(width=600, depth=3),
        Experiment(width=64, depth=300, members=3, batch=3, cell="lstm"),
        Experiment(width=96, depth=40, tied=False, cell="gru"),
        # Of one unit what is kept for a step is more than what is kept for its units.
        Experiment(width=1, depth=20_000, members=8),
        Experiment(width=1, depth=20_000, members=4, cell="lstm"),
        Experiment(width=1, depth=20_000, members=4, cell="gru"),
        Experiment(width=2, depth=20_000, members=4, norm="layer"),
    ],
    ids=str,
)
def test_a_run_takes_about_the_bytes_it_says(experiment: Experiment) -> None:
    # Compiled, and the random matrices remembered, before it counts; but nothing lent again.
    simulate(experiment)
    memory._spare.clear()
    tracemalloc.start()
    try:
        run = simulate(experiment)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert run.hidden_log10.size
    promised = run_bytes(experiment)
    assert 0.4 * promised < peak < 1.6 * promised + (1 << 20)


def test_what_people_play_with_is_within_the_budget() -> None:
    for e in (
        Experiment(),
        Experiment(width=256, depth=1000, members=64),
        Experiment(width=2048, depth=1000),
        Experiment(width=16, depth=100_000),
        Experiment(width=64, depth=1000, tied=False, members=16),
    ):
        check_budget(e)
        assert run_bytes(e) <= MAX_BYTES
