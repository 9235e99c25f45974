"""What the phase map asks for: round values around the net, and in which order they come."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import pytest
from textual.message import Message

from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.cell_measures import MEASURES, measure_named
from tuisim.engine.sweeps.grid import Cell, Grid
from tuisim.engine.sweeps.sweep import sweep
from tuisim.engine.sweeps.values import Found
from tuisim.tui.state.mapping import (
    RANGES,
    RATES,
    SWEPT,
    TRAINED_RANGES,
    TRAINED_SWEPT,
    MapFilled,
    MapRequest,
    axis_for,
    covers,
    field_value,
    fill,
    nearest,
    neighbour,
    spread,
    stages,
)
from tuisim.values.experiment import ACTIVATIONS, FIELDS, Experiment
from tuisim.values.measured import MEASURED
from tuisim.values.plan import Plan

SMALL = Experiment(width=5, depth=30)
REQUEST = MapRequest(
    SMALL, axis_for("radius", SMALL, 51), axis_for("depth", SMALL, 15), "gradient_rate"
)


def test_fields_and_measures_are_those_there_are() -> None:
    assert {*SWEPT} < {*FIELDS}
    assert tuple(MEASURES) == tuple(MEASURED)
    assert [measure_named(name).name for name in MEASURED] == [*MEASURED]


@pytest.mark.parametrize("field", SWEPT)
@pytest.mark.parametrize("count", [15, 30, 51])
def test_axes_are_of_round_values_that_the_field_allows(field: str, count: int) -> None:
    axis = axis_for(field, Experiment(), count)
    assert covers(axis, field_value(Experiment(), field))
    assert 2 <= len(axis.values) <= count + 1
    if field in RANGES:
        assert [*axis.values] == sorted(axis.values)
        steps = {round(b - a, 9) for a, b in zip(axis.values, axis.values[1:], strict=False)}
        assert len(steps) == 1
    assert Experiment().adjusted(**{field: axis.values[0]})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("radius", 0.0),
        ("radius", 0.31),
        ("radius", 7.7),
        ("depth", 1),
        ("depth", 4321),
        ("width", 2048),
        ("leak", 1e-5),
        ("start_rms", 1e-9),
        ("start_rms", 1e9),
        ("forget_bias", -50.0),
    ],
)
@pytest.mark.parametrize("count", [15, 51])
def test_a_net_far_out_is_on_its_map(field: str, value: float, count: int) -> None:
    e = Experiment(**{field: value})
    axis = axis_for(field, e, count)
    assert covers(axis, value)
    assert len(axis.values) < 4 * count


def test_the_default_net_is_a_cell_of_its_map() -> None:
    for count in (15, 30):
        assert 100 in axis_for("depth", Experiment(), count).values
    assert 0.9 in axis_for("radius", Experiment(), 51).values


def test_steps_go_to_the_next_value_and_no_further_than_the_last() -> None:
    axis = SweepAxis("radius", (0.5, 0.6, 0.7))
    assert neighbour(axis, 0.5, 1) == 0.6
    assert neighbour(axis, 0.55, 1) == 0.6
    assert neighbour(axis, 0.55, -1) == 0.5
    assert neighbour(axis, 0.5, 5) == 0.7
    assert neighbour(axis, 0.7, 1) == 0.7
    assert neighbour(axis, 0.7, -5) == 0.5
    assert neighbour(axis, 0.5, -1) == 0.5
    cells = SweepAxis("cell", ("rnn", "lstm", "gru"))
    assert neighbour(cells, "lstm", 1) == "gru"
    assert neighbour(cells, "lstm", -5) == "rnn"
    assert (nearest(axis, 0.64), nearest(cells, "gru")) == (1, 2)


@pytest.mark.parametrize("shape", [(15, 51), (30, 51), (1, 1), (2, 9), (8, 8)])
def test_every_cell_comes_once_and_coarse_ones_first(shape: tuple[int, int]) -> None:
    found = [*stages(*shape)]
    cells = [cell for stage in found for cell in stage]
    assert sorted(cells) == [*np.ndindex(shape)]
    assert all(row % 8 == 0 and column % 8 == 0 for row, column in found[0])
    known = np.zeros(shape, np.bool_)
    values = np.full(shape, np.nan)
    for stage in found:
        for cell in stage:
            known[cell], values[cell] = True, cell[0] + 0.001 * cell[1]
        filled = spread(values, known)
        # From the first stage on there is something everywhere.
        assert np.isfinite(filled).all()
        assert (filled[known] == values[known]).all()


def filled(request: MapRequest) -> list[MapFilled]:
    """What filling this map posts."""
    posted: list[Message] = []
    fill(request, posted.append)
    return [one for one in posted if isinstance(one, MapFilled)]


@pytest.mark.parametrize("measure", ["gradient_rate", "saturation"])
def test_it_is_filled_with_what_a_sweep_finds(
    measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuisim.tui.state.mapping._TOLD_SECONDS", -1.0)
    request = attrs.evolve(REQUEST, measure=measure)
    posted = filled(request)
    expected = sweep(SMALL, request.x, request.y, measure).values
    shares = [float(one.known.mean()) for one in posted]
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] == 1.0
    for one in posted:
        np.testing.assert_array_equal(one.values[one.known], expected[one.known])  # type: ignore[index]
    assert (posted[-1].line is None) is (measure == "saturation")


def test_what_has_no_value_says_why() -> None:
    e = Experiment(width=5, skip=45, depth=60)
    last = filled(attrs.evolve(REQUEST, experiment=e))[-1]
    assert last.values is not None
    assert np.isnan(last.values[:2]).all()
    assert last.reason.startswith("skip: got 45 with depth 20")
    twice = attrs.evolve(REQUEST, y=REQUEST.x)
    (one,) = filled(twice)
    assert one.values is None
    assert one.reason == "axes: got radius twice, allowed: two fields"


def test_of_nets_that_are_trained_the_cheapest_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuisim.tui.state.mapping._TOLD_SECONDS", -1.0)
    tried: list[int] = []

    def found(grid: Grid, cells: Sequence[Cell]) -> list[Found]:
        tried.extend(grid.y.values[row] for row, _ in cells)
        return [Found(0.5)] * len(cells)

    monkeypatch.setattr("tuisim.engine.sweeps.values.cell_values", found)
    depths = SweepAxis("depth", (40, 1, 3, 2, 5, 4, 6, 8, 10))
    rates = SweepAxis("learning_rate", (0.1, 0.2))
    filled(MapRequest.of_success(SMALL, rates, depths, Plan()))
    assert tried[:2] == [10, 40]
    assert tried[2] == 5
    assert tried[3:5] == [3, 6]
    assert sorted(tried) == sorted([*depths.values] * 2)


def test_it_is_given_up_when_asked() -> None:
    with pytest.raises(StoppedError), stoppable(lambda: True):
        filled(REQUEST)


def test_moving_the_net_over_its_map_asks_for_no_other() -> None:
    moved = attrs.evolve(SMALL, radius=1.1, depth=200)
    assert attrs.evolve(REQUEST, experiment=moved).same_as(REQUEST)
    other = attrs.evolve(SMALL, seed=1)
    assert not attrs.evolve(REQUEST, experiment=other).same_as(REQUEST)
    assert not attrs.evolve(REQUEST, measure="saturation").same_as(REQUEST)
    assert not REQUEST.same_as(None)


def test_moving_the_learning_rate_over_its_map_asks_for_no_other() -> None:
    def asked(rate: float, x: SweepAxis = RATES) -> MapRequest:
        y = axis_for("depth", SMALL, 8, TRAINED_RANGES)
        return MapRequest.of_success(SMALL, x, y, Plan(learning_rate=rate))

    assert asked(0.1).same_as(asked(0.3))
    radii = axis_for("radius", SMALL, 13)
    assert not asked(0.1, radii).same_as(asked(0.3, radii))
    slower = attrs.evolve(asked(0.1), plan=Plan(steps=5000))
    assert not slower.same_as(asked(0.1))


@pytest.mark.parametrize("field", TRAINED_SWEPT)
def test_maps_of_trained_nets_have_few_cells(field: str) -> None:
    for count in (8, 13):
        axis = axis_for(field, Experiment(depth=20), count, TRAINED_RANGES)
        assert 2 <= len(axis.values) <= max(count + 1, len(ACTIVATIONS))


def test_neither_does_scaling_chosen_eigenvalues() -> None:
    def net(scale: float, real: float = 0.5) -> Experiment:
        values = (scale * real, scale * (0.3 + 0.7j), scale * (0.3 - 0.7j))
        return Experiment(width=3, spectrum="eigenvalues", eigenvalues=values)

    request = attrs.evolve(REQUEST, experiment=net(1.0))
    assert field_value(net(2.0), "radius") == pytest.approx(2 * np.hypot(0.3, 0.7))
    assert attrs.evolve(request, experiment=net(1 / 3)).same_as(request)
    assert not attrs.evolve(request, experiment=net(1.0, 0.4)).same_as(request)
