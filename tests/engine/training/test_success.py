"""Success of training: its criterion, its interval, and what it is in the cells of a sweep."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import tuisim
from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.grid import Grid
from tuisim.engine.sweeps.sweep import _assembled, sweep
from tuisim.engine.sweeps.values import Found, cell_values
from tuisim.engine.training import success as module
from tuisim.engine.training.parameters import draw_parameters
from tuisim.engine.training.success import Trial, readout_accuracy, score_interval, success
from tuisim.engine.training.tasks import TASKS
from tuisim.engine.training.training import Step, train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan
from tuisim.values.remedies import REMEDIES, decided_by

#: Learns at a depth of 2 within 100 updates or so.
NET = Experiment(width=8, depth=2, batch=20, radius=1.0, members=3)
PLAN = Plan(learning_rate=0.5, steps=400)


def test_what_surely_learns_and_what_surely_does_not() -> None:
    assert success(Trial(NET, PLAN)) == 1.0
    assert success(Trial(NET, attrs.evolve(PLAN, learning_rate=1e-12))) == 0.0
    # Leaves float64 in the first update.
    lost = attrs.evolve(NET, activation="identity", radius=30.0, depth=300)
    assert next(train(attrs.evolve(lost, members=1), PLAN)).trouble is not None
    assert success(Trial(lost, PLAN)) == 0.0


def naive(e: Experiment, plan: Plan) -> list[bool]:
    """Which runs succeed: all updates are made, and outputs are counted one by one."""
    found = []
    for member in range(e.members):
        one = attrs.evolve(e, members=1, seed=e.seed + member)
        steps = list(train(one, plan))
        right = [
            Fraction(round(step.accuracy * e.batch), e.batch)
            for step in steps
            if step.trouble is None
        ]
        window = math.ceil(1000 / e.batch)
        means = [
            sum(right[first : first + window], Fraction()) / window
            for first in range(len(right) - window + 1)
        ]
        found.append(max(means, default=Fraction()) >= Fraction(9, 10))
    return found


def test_a_plain_loop_counts_as_many() -> None:
    seen = set()
    for depth, rate in itertools.product((2, 6), (0.3, 1.0)):
        e = attrs.evolve(NET, depth=depth, members=4, seed=5)
        plan = Plan(learning_rate=rate, steps=90)
        expected = naive(e, plan)
        assert success(Trial(e, plan)) == sum(expected) / 4
        seen.add(sum(expected))
    assert len(seen) > 2


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The updates of each run from now on."""
    counts: list[int] = []

    def counting(e: Experiment, plan: Plan) -> Iterator[Step]:
        counts.append(0)
        for step in train(e, plan):
            counts[-1] += 1
            yield step

    monkeypatch.setattr(module, "train", counting)
    return counts


def test_a_run_stops_as_soon_as_it_is_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counted(monkeypatch)
    assert success(Trial(NET, PLAN)) == 1.0
    assert all(50 <= count < 400 for count in counts)
    for member, count in enumerate(counts):
        steps = train(attrs.evolve(NET, members=1, seed=member), PLAN)
        accuracies = [step.accuracy for step in itertools.islice(steps, count)]
        assert np.mean(accuracies[-50:]) >= 0.9 - 1e-12
        assert np.mean(accuracies[-51:-1]) < 0.9 or count == 50


def of_accuracies(monkeypatch: pytest.MonkeyPatch, accuracies: list[float]) -> float:
    """The success of one run whose batches of 100 have these accuracies."""

    def steps(e: Experiment, plan: Plan) -> Iterator[Any]:
        first = next(train(attrs.evolve(NET, members=1), PLAN))
        for one in accuracies:
            yield attrs.evolve(first, accuracy=one)

    monkeypatch.setattr(module, "train", steps)
    return success(Trial(attrs.evolve(NET, batch=100, members=1), PLAN))


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ([0.9] * 10, 1.0),
        ([1.0] * 9, 0.0),
        ([0.89] + [0.9] * 9, 0.0),
        ([0.1] * 5 + [0.88, 0.92] * 5 + [0.1] * 5, 1.0),
        ([0.7, 0.9, 1.0, 0.8, 1.0] * 2, 0.0),
        ([0.8, 1.0] * 5, 1.0),
        ([0.3, 0.9, 1.0, 1.0, 0.6, 1.0, 0.9, 1.0, 0.9, 0.8, 0.9] * 2, 1.0),
    ],
)
def test_nine_of_ten_over_a_thousand_are_enough(
    accuracies: list[float], expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of_accuracies(monkeypatch, accuracies) == expected


def test_trouble_fails_even_in_the_last_update_that_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    *_, lost = train(Experiment(depth=300, activation="identity", radius=30.0, batch=100), PLAN)
    first = next(train(attrs.evolve(NET, members=1), PLAN))
    good = [attrs.evolve(first, accuracy=1.0)] * 9
    e = attrs.evolve(NET, batch=100, members=1)
    for last, expected in ((attrs.evolve(lost, accuracy=1.0), 0.0), (good[0], 1.0)):
        steps = [*good, last]
        monkeypatch.setattr(module, "train", lambda e, plan, steps=steps: iter(steps))
        assert success(Trial(e, PLAN)) == expected


def test_too_few_steps_are_refused() -> None:
    words = r"steps: got 49, allowed: at least 50, so that 1000 sequences are seen, 20 at a time"
    for alone in (False, True):
        with pytest.raises(ValueError, match=words):
            success(Trial(NET, attrs.evolve(PLAN, steps=49), alone))
    found = sweep(NET, "batch=10,20", "depth=1,2", "success", plan=attrs.evolve(PLAN, steps=60))
    assert {*found.reasons} == {(0, 0), (1, 0)}
    assert np.isfinite(found.values[:, 1]).all()


def test_it_is_given_up_when_asked() -> None:
    for alone in (False, True):
        with pytest.raises(StoppedError), stoppable(lambda: True):
            success(Trial(NET, PLAN, alone))


# Echo state networks.

ECHO = Experiment(width=12, depth=4, batch=20, spectrum="reservoir", bias=0.2, drive_gain=0.1)


def fitted_by_hand(e: Experiment, plan: Plan, count: int) -> float:
    """The accuracy of least squares on the states of a loop over t, on 1000 sequences after it."""
    task, net = TASKS[plan.task], tuisim.draw(e)
    drawn = draw_parameters(e, task, net)
    v = drawn.inputs.reshape(e.width, -1)

    def seen(update: int) -> tuple[Any, Any]:
        batch = task.batch(e, update)
        h, rows = np.tile(net.start[0], (e.batch, 1)), []
        for u in batch.inputs:
            h = np.tanh(h @ net.weights.T + net.bias + u @ v.T)
            rows.append(np.hstack([h, np.ones((e.batch, 1))]))
        return np.concatenate(rows[-batch.asked :]), batch.targets

    def numbers(targets: Any) -> Any:
        if plan.task == "adding":
            return targets[..., 0].ravel()[:, None]
        return (targets.ravel()[:, None] == np.arange(task.outputs)).astype(float)

    pairs = [seen(update) for update in range(count)]
    learned = np.concatenate([rows for rows, _ in pairs])
    wanted = np.concatenate([numbers(targets) for _, targets in pairs])
    solution = np.linalg.lstsq(learned, wanted, rcond=None)[0]
    right = []
    for update in range(count, count + 1000 // e.batch):
        rows, targets = seen(update)
        outputs = rows @ solution
        if plan.task == "adding":
            right.append(np.abs(outputs[:, 0] - targets.ravel()) < 0.04)
        else:
            right.append(outputs.argmax(axis=1) == targets.ravel())
    return float(np.mean(right))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("steps", [50, 2000])
def test_the_readout_is_that_of_least_squares(task: str, steps: int) -> None:
    plan = Plan(task=task, steps=steps)
    for seed in range(3):
        e = attrs.evolve(ECHO, seed=seed)
        expected = fitted_by_hand(e, plan, min(steps, 200))
        assert readout_accuracy(e, plan) == pytest.approx(expected, abs=1e-12)


def test_a_readout_alone_succeeds_where_nine_of_ten_are_right() -> None:
    e = attrs.evolve(ECHO, members=6)
    each = [readout_accuracy(attrs.evolve(e, members=1, seed=m), PLAN) for m in range(6)]
    k = sum(one >= 0.9 for one in each)
    assert 0 < k < 6
    assert success(Trial(e, PLAN, readout_only=True)) == k / 6


def test_states_that_leave_float64_cannot_be_read() -> None:
    e = attrs.evolve(ECHO, activation="identity", radius=30.0, depth=300, bias=0.0)
    assert math.isnan(readout_accuracy(e, PLAN))
    assert success(Trial(e, PLAN, readout_only=True)) == 0.0


# The interval.


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


# Sweeps.

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

    monkeypatch.setattr(module, "train", count)
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


def test_a_share_is_of_all_runs() -> None:
    e, plan = attrs.evolve(NET, members=4, seed=5), attrs.evolve(PLAN, steps=90)
    found = sweep(e, "depth=2,6", "learning_rate=0.3,1", "success", plan=plan)
    for row, rate in enumerate((0.3, 1.0)):
        for column, depth in enumerate((2, 6)):
            own = attrs.evolve(plan, learning_rate=rate)
            each = naive(attrs.evolve(e, depth=depth), own)
            assert found.values[row, column] == sum(each) / 4
    assert any(0 < one < 1 for one in found.values.ravel().tolist())


def test_a_plan_is_for_measures_that_train() -> None:
    words = r"plan: got one with measure 'lyapunov', allowed: none: nothing is trained for it"
    with pytest.raises(ValueError, match=words):
        sweep(NET, "depth=1,2", "radius=3,4", "lyapunov", plan=Plan())
    words = r"learning_rate: got an axis with measure 'gradient_rate', allowed: none: nothing is"
    with pytest.raises(ValueError, match=words):
        sweep(NET, "depth=1,2", "learning_rate=0.1,0.2")


# Remedies.


def test_a_cell_is_the_net_with_one_remedy_alone() -> None:
    e = Experiment(width=6, depth=30, radius=1.2, leak=0.3, skip=20, clip="value", batch=3)
    plain = attrs.evolve(e, leak=1.0, skip=0, clip="none")
    axis = SweepAxis("remedy", REMEDIES)
    grid = Grid(e, SweepAxis.parse("depth=1,5,40"), axis, "success")
    for row, (name, changes) in enumerate(REMEDIES.items()):
        for column, depth in enumerate((1, 5, 40)):
            made = dict(changes)
            if name == "skip":
                # It gives way to the depth.
                made["skip"] = {1: 0, 5: 5, 40: 10}[depth]
            expected = attrs.evolve(plain, depth=depth, **made)
            assert grid.experiment_at((row, column)) == expected
            trial = grid.trial_at((row, column))
            assert trial.experiment == attrs.evolve(expected, drive="none")
            assert trial.readout_only is (name == "echo state")
            assert trial.plan == Plan()


def test_a_remedy_keeps_the_radius_of_its_axis() -> None:
    eigenvalues = (0.5, 0.3 + 0.4j, 0.3 - 0.4j)
    e = Experiment(width=3, spectrum="eigenvalues", eigenvalues=eigenvalues, radius=3.0)
    axes = (SweepAxis.parse("radius=0.25,1"), SweepAxis.parse("remedy=plain,echo-state"))
    grid = Grid(e, *axes, "gradient_rate")
    assert grid.experiment_at((0, 1)).eigenvalues == (1.0, 0.6 + 0.8j, 0.6 - 0.8j)
    echo = grid.experiment_at((1, 0))
    assert (echo.spectrum, echo.radius) == ("reservoir", 0.25)


def test_remedies_are_an_axis_of_any_measure() -> None:
    found = sweep(NET, "depth=4,30", "remedy=skip,lstm")
    for row, name in enumerate(("skip", "lstm")):
        for column, depth in enumerate((4, 30)):
            changes = {**REMEDIES[name], **({"skip": 4} if (name, depth) == ("skip", 4) else {})}
            run = tuisim.simulate(attrs.evolve(NET, depth=depth, **changes))
            assert found.values[row, column] == run.gradient_rate


@pytest.mark.parametrize("typed", ["echo-state", "echo state", "echo_state"])
def test_names_of_two_words_can_be_typed(typed: str) -> None:
    axis = SweepAxis.parse(f"remedy=plain,{typed}")
    assert axis.values == ("plain", "echo state")
    assert axis.spelled() == "remedy=plain,echo-state"
    assert not axis.numeric


@pytest.mark.parametrize("other", ["leak", "cell", "skip_share", "clip"])
def test_what_a_remedy_decides_is_no_axis_beside_it(other: str) -> None:
    values = {"leak": (0.5, 1), "cell": ("rnn", "gru"), "skip_share": (0, 1), "clip": ("none",)}
    remedy = SweepAxis.parse("remedy=plain,skip")
    assert other in decided_by(remedy.values)
    words = f"axes: got remedy and {other}, allowed: one beside it that no remedy decides"
    with pytest.raises(ValueError, match=words):
        Grid(NET, SweepAxis(other, values[other]), remedy, "success")
    Grid(NET, SweepAxis.parse("skip_share=0,1"), SweepAxis.parse("remedy=plain,gru"), "success")
