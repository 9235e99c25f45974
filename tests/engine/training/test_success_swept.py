"""Sweeps of success: cells, runs, pieces of work, and the interval of a share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
import pytest

from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.grid import Grid
from tuisim.engine.sweeps.sweep import _assembled, sweep
from tuisim.engine.sweeps.values import Found, cell_values
from tuisim.engine.training import success as module
from tuisim.engine.training.success import Trial, score_interval, success
from tuisim.engine.training.training import Step, train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Learns at a depth of 2 within 100 updates or so.
NET = Experiment(width=8, depth=2, batch=20, radius=1.0, members=3)


@pytest.mark.parametrize(
    ("k", "runs", "low", "high"),
    # Wilson's interval as printed by Agresti & Coull 1998 and R's prop.test(correct = FALSE).
    [(0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)],
)
def test_printed_intervals(k: int, runs: int, low: float, high: float) -> None:
    found = score_interval(np.array(k / runs), np.array(float(runs)))
    np.testing.assert_allclose(found, (low, high), atol=5e-5)


@pytest.mark.parametrize("runs", [1, 2, 7, 20, 500])
def test_the_ends_solve_the_score_equation(runs: int) -> None:
    def distance(p: float, share: float) -> float:
        return abs(share - p) - 1.959963984540054 * math.sqrt(p * (1 - p) / runs)

    def root(inside: float, outside: float, share: float) -> float:
        if distance(outside, share) <= 0:
            return outside
        for _ in range(200):
            middle = 0.5 * (inside + outside)
            if distance(middle, share) <= 0:
                inside = middle
            else:
                outside = middle
        return inside

    shares = np.arange(runs + 1) / runs
    low, high = score_interval(shares, np.full(runs + 1, float(runs)))
    for share, one, other in zip(shares.tolist(), low, high, strict=True):
        # The share itself is inside, but where its own variance is 0.
        inside = min(max(share, 1e-6), 1 - 1e-6)
        assert one == pytest.approx(root(inside, 0.0, share), abs=1e-9)
        assert other == pytest.approx(root(inside, 1.0, share), abs=1e-9)
    assert (low[0], high[-1]) == (0.0, 1.0)


def test_what_has_no_share_has_no_interval() -> None:
    low, high = score_interval(np.array([np.nan, 0.5]), np.array([5.0, 4.0]))
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()
    assert sweep(NET, "depth=1,2", "radius=1,2").interval() is None


FAST = Plan(learning_rate=0.5, steps=60)


def test_each_cell_is_the_trial_of_its_experiment() -> None:
    found = sweep(NET, "learning_rate=0.01,0.5", "depth=2,9", "success", plan=FAST)
    for row, depth in enumerate((2, 9)):
        for column, rate in enumerate((0.01, 0.5)):
            e, plan = attrs.evolve(NET, depth=depth), attrs.evolve(FAST, learning_rate=rate)
            assert found.values[row, column] == success(Trial(e, plan))
    assert len({*found.values.ravel().tolist()}) > 1
    ends = found.interval()
    assert ends is not None
    np.testing.assert_array_equal(ends, score_interval(found.values, np.array(3.0)))


def test_runs_are_counted_where_their_number_is_an_axis() -> None:
    found = sweep(NET, "members=1,4", "depth=2,3", "success", plan=FAST)
    ends = found.interval()
    assert ends is not None
    for column, runs in enumerate((1.0, 4.0)):
        expected = score_interval(found.values[:, column], np.array(runs))
        np.testing.assert_array_equal([one[:, column] for one in ends], expected)


def test_it_depends_on_neither_threads_nor_order(tmp_path: Path) -> None:
    axes = ("depth=2,6,9", "remedy=plain,lstm,echo-state")
    whole = sweep(NET, *axes, "success", plan=FAST, threads=2)
    assert sweep(NET, *axes, "success", plan=FAST, threads=1).values.tobytes() == (
        whole.values.tobytes()
    )
    grid = whole.grid
    for cell in reversed([*np.ndindex(grid.shape)]):
        assert cell_values(grid, [cell])[0].value == whole.values[cell]

    class EnoughError(Exception):
        pass

    def enough(done: int, total: int) -> None:
        if done >= 4:
            raise EnoughError

    path = tmp_path / "a.partial"
    with pytest.raises(EnoughError):
        sweep(NET, *axes, "success", plan=FAST, partial=path, progress=enough)
    told: list[int] = []
    again = sweep(
        NET, *axes, "success", plan=FAST, partial=path, progress=lambda done, _: told.append(done)
    )
    assert told[0] >= 4
    assert again.values.tobytes() == whole.values.tobytes()
    other = attrs.evolve(FAST, learning_rate=0.4)
    with pytest.raises(ValueError, match="got a partial file of another sweep"):
        sweep(NET, *axes, "success", plan=other, partial=path)


def test_what_takes_long_is_a_piece_of_its_own() -> None:
    grid = Grid(
        attrs.evolve(NET, members=20),
        SweepAxis.parse("depth=5,50"),
        SweepAxis.parse("remedy=plain,lstm"),
        "success",
    )
    assert grid.plan == Plan()
    # The longest first: four gates take longer than one. Each run is one by itself.
    runs = [(*cell, run) for cell in ((1, 1), (0, 1), (1, 0), (0, 0)) for run in range(20)]
    assert grid.pieces() == [(run,) for run in runs]
    assert grid.pieces(frozenset(runs[:30])) == [(run,) for run in runs[30:]]


def test_interrupted_training_loses_no_run_that_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So many updates that each run is a piece; one that learns stops long before.
    plan, path = attrs.evolve(FAST, steps=400), tmp_path / "a.partial"
    axes = ("depth=2", "members=2,3")

    class EnoughError(Exception):
        pass

    def enough(done: int, total: int) -> None:
        assert total == 5
        if done == 4:
            raise EnoughError

    with pytest.raises(EnoughError):
        sweep(NET, *axes, "success", plan=plan, partial=path, progress=enough, threads=1)
    trained: list[int] = []

    def count(e: Experiment, plan: Plan) -> Iterator[Step]:
        trained.append(e.seed)
        return train(e, plan)

    monkeypatch.setattr(module, "outcomes", count)
    found = sweep(NET, *axes, "success", plan=plan, partial=path)
    assert len(trained) == 1
    whole = sweep(NET, *axes, "success", plan=plan)
    assert found.values.tobytes() == whole.values.tobytes()


def test_a_run_without_a_value_is_told_whichever_it_is() -> None:
    grid = Grid(
        attrs.evolve(NET, members=2),
        SweepAxis.parse("depth=5,6"),
        SweepAxis.parse("radius=1"),
        "success",
    )
    found = {part: Found(1.0) for cell in ((0, 0), (0, 1)) for part in grid.parts(cell)}
    whole = _assembled(grid, found | {(0, 1, 1): Found(math.nan, "it left")})
    assert whole.reasons == {(0, 1): "it left"}
    assert whole.values[0, 0] == 1.0
    assert math.isnan(whole.values[0, 1])


def test_pieces_of_several_runs_are_of_runs_and_not_of_cells() -> None:
    # Ten short runs are less than a piece, though ten times ten would be ten of them.
    grid = Grid(
        attrs.evolve(NET, members=10),
        SweepAxis.parse("depth=1"),
        SweepAxis.parse("radius=1"),
        "success",
        attrs.evolve(FAST, steps=30),
    )
    assert [len(piece) for piece in grid.pieces()] == [10]


def test_a_plan_is_for_measures_that_train() -> None:
    words = r"plan: got one with measure 'lyapunov', allowed: none: nothing is trained for it"
    with pytest.raises(ValueError, match=words):
        sweep(NET, "depth=1,2", "radius=3,4", "lyapunov", plan=Plan())
    words = r"learning_rate: got an axis with measure 'gradient_rate', allowed: none: nothing is"
    with pytest.raises(ValueError, match=words):
        sweep(NET, "depth=1,2", "learning_rate=0.1,0.2")
