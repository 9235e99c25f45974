"""Sweeps: each cell is the run of its experiment, to the last bit, whoever computed it and when."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import experiments
from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.cells.network import draw
from tuisim.engine.diagnosis.jacobian import lyapunov_exponents
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.grid import Grid
from tuisim.engine.sweeps.sweep import sweep
from tuisim.engine.sweeps.values import cell_values
from tuisim.values.experiment import Experiment

SMALL = Experiment(width=6, depth=12, members=3, spectrum="gaussian")

OF_RUN: dict[str, Callable[[Run], float]] = {
    "gradient_rate": lambda run: run.gradient_rate,
    "hidden_rate": lambda run: run.hidden_rate,
    "gradient_log10": lambda run: float(np.median(run.gradient_log10[:, 0])),
    "saturation": lambda run: float(run.saturation.mean()),
}


def alone(e: Experiment, measure: str) -> float:
    """The measure of a run that shares nothing."""
    with np.errstate(all="ignore"):
        return OF_RUN[measure](simulate(e))


def made(grid: Grid, cell: tuple[int, int]) -> tuple[str, Experiment | None]:
    """Why a cell has no experiment, and the experiment where it has."""
    changes = {grid.x.field: grid.x.values[cell[1]], grid.y.field: grid.y.values[cell[0]]}
    if grid.experiment.spectrum == "eigenvalues":
        own = grid.experiment.eigenvalues
        factor = changes.pop("radius") / max(map(abs, own))
        changes["eigenvalues"] = tuple(complex(x.real * factor, x.imag * factor) for x in own)
    try:
        return "", attrs.evolve(grid.experiment, **changes)
    except ValueError as error:
        return str(error), None


@pytest.mark.parametrize("measure", OF_RUN)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_cells_of_a_line_are_runs_of_their_own_bit_for_bit(
    measure: str, data: st.DataObject
) -> None:
    cell = data.draw(st.sampled_from(("rnn", "rnn", "lstm", "gru")))
    e = data.draw(experiments()) if cell == "rnn" else gated(data, cell)
    depths = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
    radii = (e.radius, e.radius + 0.5)
    x, y = SweepAxis("radius", radii), SweepAxis("depth", depths)
    if data.draw(st.booleans()):
        x, y = y, x
    found = sweep(e, x, y, measure)
    assert found.values.shape == (len(y.values), len(x.values))
    for cell_ in np.ndindex(found.values.shape):
        reason, own = made(found.grid, cell_)
        assert found.reasons.get(cell_, "") == reason
        if own is None:
            assert math.isnan(found.values[cell_])
            continue
        np.testing.assert_array_equal(found.values[cell_], alone(own, measure))


def gated(data: st.DataObject, cell: str) -> Experiment:
    plain = {"leak": 1.0, "residual": 0.0, "skip": 0, "skip_share": 0.5, "norm": "none"}
    e = data.draw(experiments(norm="none"))
    return attrs.evolve(e, **plain, cell=cell)


@pytest.mark.parametrize("measure", OF_RUN)
def test_fields_other_than_depth(measure: str) -> None:
    found = sweep(SMALL, "activation=tanh,relu,sigmoid", "bias=0:0.5:3", measure)
    for row, bias in enumerate((0.0, 0.25, 0.5)):
        for column, activation in enumerate(("tanh", "relu", "sigmoid")):
            e = attrs.evolve(SMALL, activation=activation, bias=bias)
            assert found.values[row, column] == alone(e, measure)


def test_the_largest_lyapunov_exponent_is_the_median_over_members() -> None:
    found = sweep(SMALL, "radius=0.5,1.5", "depth=20,30", "lyapunov")
    for row, depth in enumerate((20, 30)):
        for column, radius in enumerate((0.5, 1.5)):
            e = attrs.evolve(SMALL, depth=depth, radius=radius)
            each = [lyapunov_exponents(e, member=member)[0] for member in range(3)]
            assert len({*each}) == 3
            assert found.values[row, column] == sorted(each)[1]


def test_a_member_has_the_exponents_of_its_own_matrix() -> None:
    # Of a linear net all are ln |λ| of its W (Engelken et al. 2023, section II).
    e = attrs.evolve(SMALL, activation="identity", spectrum="orthogonal", radius=0.7)
    np.testing.assert_allclose(lyapunov_exponents(e, member=2), math.log(0.7), rtol=1e-12)
    e = attrs.evolve(SMALL, activation="identity", depth=3000)
    largest = math.log(abs(draw(e, 2).eigenvalues).max())
    assert lyapunov_exponents(e, member=2)[0] == pytest.approx(largest, abs=2e-3)
    assert lyapunov_exponents(e)[0] != pytest.approx(largest, abs=2e-2)


def test_a_linear_net_has_the_rate_that_it_must_have() -> None:
    e = Experiment(width=8, activation="identity", members=2)
    found = sweep(e, "radius=0.25:2:8", "depth=10,1000,5000")
    np.testing.assert_allclose(
        found.values, np.log(found.x.values) * np.ones((3, 1)), rtol=0, atol=1e-12
    )


def test_a_cell_depends_on_nothing_but_its_experiment() -> None:
    grid = Grid(
        SMALL, SweepAxis.parse("radius=0.5:2:7"), SweepAxis.parse("depth=3:30:10"), "gradient_rate"
    )
    whole = sweep(SMALL, grid.x, grid.y, threads=2).values
    assert sweep(SMALL, grid.x, grid.y, threads=1).values.tobytes() == whole.tobytes()
    cells = [*np.ndindex(grid.shape)]
    random.Random(0).shuffle(cells)
    for found, cell in zip(cell_values(grid, cells), cells, strict=True):
        assert found.value == whole[cell]
        assert cell_values(grid, [cell]) == [found]


def test_pieces_are_the_cells_that_are_left() -> None:
    grid = Grid(
        attrs.evolve(SMALL, width=64),
        SweepAxis.parse("width=16,64,512"),
        SweepAxis.parse("depth=100:4000:40"),
        "gradient_rate",
    )
    everything = {*np.ndindex(grid.shape)}
    done = frozenset(cell for cell in everything if cell[0] % 3 == 0)
    pieces = grid.pieces(done)
    cells = [cell for piece in pieces for cell in piece]
    assert len(cells) == len({*cells})
    assert {*cells} == everything - done
    assert len(pieces) > 3
    # The heaviest, the widest nets, come first.
    assert pieces[0][0][1] == 2


def test_the_number_of_linear_algebra_threads_changes_no_bit() -> None:
    code = (
        "import hashlib; from tuisim import Experiment, sweep\n"
        "e = Experiment(width=260, spectrum='gaussian')\n"
        "found = sweep(e, 'radius=0.9,1.1', 'depth=1,2', 'lyapunov')\n"
        "print(hashlib.sha256(found.values).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(found) == 1


def test_what_is_not_allowed_is_nan_with_its_reason() -> None:
    found = sweep(attrs.evolve(SMALL, skip=5), "depth=4,6", "radius=0.5,1")
    assert np.isnan(found.values[:, 0]).all()
    assert np.isfinite(found.values[:, 1]).all()
    assert {*found.reasons} == {(0, 0), (1, 0)}
    assert found.reasons[0, 0].startswith("skip: got 5 with depth 4, allowed:")

    wide = Experiment(spectrum="identity")
    found = sweep(wide, "width=2,2048", "depth=10,100000", "hidden_rate")
    assert {*found.reasons} == {(1, 1)}
    assert found.reasons[1, 1].startswith("budget: the run takes")

    found = sweep(SMALL, "batch=1,2", "depth=2,3", "lyapunov")
    assert {*found.reasons} == {(0, 1), (1, 1)}
    assert found.reasons[0, 1] == "batch: got 2, allowed: 1 (Jacobians are of one row)"


def test_what_was_measured_as_no_number_has_no_reason() -> None:
    # A relu of a negative number: dead, exactly.
    e = Experiment(activation="relu", spectrum="eigenvalues", width=1, eigenvalues=(-1,), seed=1)
    found = sweep(e, "depth=3,5", "start_rms=1,2", "gradient_log10")
    assert (found.values == -math.inf).all()
    assert not found.reasons


def test_a_radius_scales_chosen_eigenvalues() -> None:
    e = Experiment(
        width=3,
        spectrum="eigenvalues",
        eigenvalues=(0.5, 0.3 + 0.4j, 0.3 - 0.4j),
        activation="identity",
    )
    found = sweep(e, "radius=0.25,1", "depth=40,80")
    half = attrs.evolve(e, eigenvalues=(0.25, 0.15 + 0.2j, 0.15 - 0.2j))
    assert found.grid.experiment_at((0, 0)) == attrs.evolve(half, depth=40)
    np.testing.assert_allclose(found.values, [[math.log(0.25), 0.0]] * 2, atol=1e-12)
    none = sweep(attrs.evolve(e, width=1, eigenvalues=(0,)), "radius=0.5,1", "depth=4,5")
    assert none.reasons[0, 0] == "radius: all eigenvalues are 0: there is nothing to scale"


def test_members_may_be_given() -> None:
    found = sweep(SMALL, "radius=0.5,1", "depth=4,5", members=2)
    assert found.experiment == attrs.evolve(SMALL, members=2)
    with pytest.raises(ValueError, match="members: got a number and an axis"):
        sweep(SMALL, "members=1,2", "depth=4,5", members=2)


def test_what_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match=r"axes: got depth twice, allowed: two fields"):
        sweep(SMALL, "depth=1,2", "depth=3,4")
    with pytest.raises(ValueError, match=r"measure: got 'loss', allowed: gradient_rate, hidden_ra"):
        sweep(SMALL, "depth=1,2", "radius=3,4", "loss")


def test_progress_is_told_in_the_thread_of_the_caller() -> None:
    told: list[tuple[int, int]] = []
    threads = set()

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        threads.add(threading.current_thread())

    sweep(SMALL, "radius=0.5:2:7", "depth=3:30:10", progress=progress)
    assert told[0] == (0, 70)
    assert told[-1] == (70, 70)
    assert told == sorted(told)
    assert threads == {threading.current_thread()}


def test_it_is_given_up_when_asked() -> None:
    with pytest.raises(StoppedError), stoppable(lambda: True):
        sweep(SMALL, "radius=0.5:2:7", "depth=3:30:10")


def test_the_result_holds_all_that_it_takes_to_do_it_again() -> None:
    found = sweep(SMALL, "radius=0.5,1", "depth=4,5", "saturation")
    again = sweep(found.experiment, found.x, found.y, found.measure)
    assert again.values.tobytes() == found.values.tobytes()
    assert not found.values.flags.writeable
