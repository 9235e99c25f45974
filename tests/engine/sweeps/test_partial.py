"""The partial file of a sweep: going on from it, and what it survives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import numpy as np
import pytest

from tuisim.engine.sweeps import sweep as sweeping
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.engine.sweeps.grid import Cell, Grid
from tuisim.engine.sweeps.partial import open_partial
from tuisim.engine.sweeps.sweep import sweep
from tuisim.engine.sweeps.values import Found, cell_values
from tuisim.values.experiment import Experiment

EXPERIMENT = Experiment(width=5, members=2, skip=4, activation="relu")
X, Y = SweepAxis.parse("radius=0:2:6"), SweepAxis.parse("depth=2:12:6")
GRID = Grid(EXPERIMENT, X, Y, "gradient_log10")


class StopHereError(Exception):
    """What ends a sweep half-way."""


def interrupted(path: Path, after: int) -> None:
    """Sweep until `after` cells are done."""

    def progress(done: int, total: int) -> None:
        if done >= after:
            raise StopHereError

    with pytest.raises(StopHereError):
        sweep(EXPERIMENT, X, Y, GRID.measure, partial=path, progress=progress)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """The cells that are computed from now on."""
    seen: list[Cell] = []

    def count(grid: Grid, cells: tuple[Cell, ...]) -> list[Found]:
        seen.extend(cells)
        return cell_values(grid, cells)

    monkeypatch.setattr(sweeping, "cell_values", count)
    return seen


def test_it_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sweep(EXPERIMENT, X, Y, GRID.measure)
    assert whole.reasons
    assert np.isneginf(whole.values).any()
    path = tmp_path / "a.partial"
    interrupted(path, 12)
    with open_partial(path, GRID) as kept:
        before = dict(kept.found)
    assert 12 <= len(before) < 36
    seen = counted(monkeypatch)
    again = sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    assert {*seen} == {*np.ndindex(6, 6)} - {*before}
    assert again.values.tobytes() == whole.values.tobytes()
    assert again.reasons == whole.reasons
    seen.clear()
    assert sweep(EXPERIMENT, X, Y, GRID.measure, partial=path).values.tobytes() == (
        whole.values.tobytes()
    )
    assert not seen


def test_a_file_cut_off_anywhere_is_gone_on_from(tmp_path: Path) -> None:
    path, whole = tmp_path / "a.partial", sweep(EXPERIMENT, X, Y, GRID.measure)
    sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    content = path.read_bytes()
    for length in (*range(0, len(content), 97), len(content) - 1):
        path.write_bytes(content[:length])
        found = sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
        assert found.values.tobytes() == whole.values.tobytes()
        assert found.reasons == whole.reasons
        # What was done since lies behind whole lines, and is read again.
        with open_partial(path, GRID) as kept:
            assert len(kept.found) == 36


@pytest.mark.parametrize(
    "damage",
    [
        '{"parts":[[0,0]],"values":["x"],"reasons":{}}',
        '{"parts":[[0,0]],"values":[],"reasons":{}}',
        '{"parts":[[6,0]],"values":[1],"reasons":{}}',
        '{"parts":[[0,-1]],"values":[1],"reasons":{}}',
        '{"parts":5,"values":[1],"reasons":{}}',
        '{"parts":[[0]],"values":[1],"reasons":{}}',
        '{"parts":[[0,0,0]],"values":[1],"reasons":{}}',
        "[]",
        "\0\0\0",
        "",
    ],
)
def test_a_damaged_line_is_done_again(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    with open_partial(path, GRID) as kept:
        kept.add([(0, 1)], [Found(0.1 + 0.2)])
    with path.open("a") as file:
        file.write(damage + "\n")
    with open_partial(path, GRID) as kept:
        kept.add([(0, 2)], [Found(float("-inf"), "why")])
    with open_partial(path, GRID) as kept:
        assert kept.found == {(0, 1): Found(0.1 + 0.2), (0, 2): Found(float("-inf"), "why")}


def test_numbers_come_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    numbers = np.random.default_rng(0).standard_normal(36) * 10.0 ** np.arange(-300, 60, 10)
    cells = [*np.ndindex(6, 6)]
    with open_partial(path, GRID) as kept:
        kept.add(cells, [Found(float(one)) for one in numbers])
    with open_partial(path, GRID) as kept:
        found = np.array([kept.found[cell].value for cell in cells])
    assert found.tobytes() == numbers.tobytes()


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(GRID, measure="hidden_rate"),
        attrs.evolve(GRID, x=SweepAxis.parse("radius=0:2:5")),
        attrs.evolve(GRID, y=SweepAxis.parse("depth=2:13:6")),
        attrs.evolve(GRID, experiment=attrs.evolve(EXPERIMENT, seed=1)),
    ],
)
def test_another_sweep_does_not_go_on_from_it(other: Grid, tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    interrupted(path, 6)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"a\.partial: got a partial file of another sweep"):
        sweep(other.experiment, other.x, other.y, other.measure, partial=path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("other", [GRID, attrs.evolve(GRID, measure="hidden_rate")])
def test_of_two_at_a_time_the_second_leaves_it_alone(other: Grid, tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    with open_partial(path, GRID) as kept:
        # Before the first piece of work too, when nothing in it says of what it is.
        for _ in range(2):
            before = path.read_bytes()
            with (
                pytest.raises(ValueError, match=r"a\.partial: another command works on it"),
                open_partial(path, other),
            ):
                pass
            assert path.read_bytes() == before
            kept.add([(0, 1)], [Found(0.5)])
    with open_partial(path, GRID) as kept:
        assert kept.found == {(0, 1): Found(0.5)}


def test_neither_does_another_version_or_a_file_of_another_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.partial"
    interrupted(path, 6)
    monkeypatch.setattr("tuisim.engine.sweeps.grid.engine_digest", lambda: "other")
    with pytest.raises(ValueError, match="another version"):
        sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    path.write_text("my letters\n")
    with pytest.raises(ValueError, match="another sweep"):
        sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    assert path.read_text() == "my letters\n"


def test_a_file_without_an_end_of_line_that_is_not_ours_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    path.write_text("my letters")
    with pytest.raises(ValueError, match="another sweep"):
        sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    assert path.read_text() == "my letters"


def test_the_first_line_says_of_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    interrupted(path, 6)
    head = json.loads(path.read_text().splitlines()[0])
    assert head["digest"] == GRID.digest()
    assert head["measure"] == "gradient_log10"
    assert head["x"] == X.spelled()


def test_nowhere_to_write(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sweep(EXPERIMENT, X, Y, partial=tmp_path / "none" / "a.partial")


def test_what_holds_no_work_is_not_left(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    with pytest.raises(StopHereError), open_partial(path, GRID):
        raise StopHereError
    assert not path.exists()


def test_its_first_line_stands_there_once(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    interrupted(path, 18)
    interrupted(path, 30)
    first, *rest = map(json.loads, path.read_text().splitlines())
    assert first["digest"] == GRID.digest()
    assert len(rest) >= 3
    assert all("digest" not in one for one in rest)


@contextmanager
def room(size: int) -> Iterator[None]:
    """Files of this process can have so many bytes, as if the disk were full beyond."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_with_the_name_and_work_goes_on_later(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    interrupted(path, 6)
    with open_partial(path, GRID) as kept:
        before = kept.found
    with pytest.raises(OSError, match="File too large") as caught, room(path.stat().st_size + 9):
        sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    assert caught.value.filename == str(path)
    with open_partial(path, GRID) as kept:
        assert kept.found.keys() == before.keys()
    whole = sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    assert whole.values.tobytes() == sweep(EXPERIMENT, X, Y, GRID.measure).values.tobytes()


def test_a_disk_that_is_full_at_once_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.partial"
    with pytest.raises(OSError, match="File too large"), room(20):
        sweep(EXPERIMENT, X, Y, GRID.measure, partial=path)
    assert not path.exists()


def test_a_part_is_of_a_cell_or_of_its_runs() -> None:
    assert [GRID.holds(one) for one in ((0, 0), (5, 5), (6, 0), (0, -1), (0, 0, 0), (0,), ())] == [
        True, True, False, False, False, False, False,
    ]  # fmt: skip
    trained = Grid(
        EXPERIMENT, SweepAxis.parse("depth=5,9"), SweepAxis.parse("members=1,3"), "success"
    )
    held = [(row, column, run) for row in range(3) for column in range(3) for run in range(4)]
    assert [one for one in held if trained.holds(one)] == [
        part for cell in np.ndindex(trained.shape) for part in trained.parts(cell)
    ]
    assert not trained.holds((0, 0))
    assert not trained.holds((1, 1, -1))
