"""The order of checkpoints, their short names, and what a net leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.trained import MODELS
from tuisim import read_layers
from tuisim.tui.state.bench import wake
from tuisim.tui.state.bench.checkpoints import checkpoints, short_name
from tuisim.tui.state.bench.wake import Wake
from tuisim.tui.state.computing import compute


def test_numbers_in_names_count_as_such(tmp_path: Path) -> None:
    names = ["e10.pt", "e9.pt", "e2.ckpt", "notes.txt", ".e3.pt", "best.safetensors"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "e4.pt").mkdir()
    found = [Path(one).name for one in checkpoints([tmp_path])]
    assert found == ["best.safetensors", "e2.ckpt", "e9.pt", "e10.pt"]
    # A shell's glob has another order, and a file may be named twice.
    given = [tmp_path / "e10.pt", tmp_path / "e9.pt", tmp_path / "e10.pt"]
    assert [Path(one).name for one in checkpoints(given)] == ["e9.pt", "e10.pt"]


def test_a_folder_with_a_link_that_leads_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "net.pt").touch()
    assert checkpoints([tmp_path]) == (str(tmp_path / "net.pt"),)


def test_a_short_name_tells_it_from_the_others() -> None:
    paths = ["run/step-1/model.pt", "run/step-2/model.pt", "run/step-2/last.pt"]
    assert [short_name(one, paths) for one in paths] == [
        "step-1/model.pt",
        "step-2/model.pt",
        "last.pt",
    ]
    assert short_name("a.pt", ["a.pt"]) == "a.pt"


@pytest.fixture
def shown() -> list[Any]:
    layer = next(one for one in read_layers(MODELS / "net.safetensors") if one.name == "plain.l0")
    later = [
        attrs.evolve(layer, weights=k * layer.weights, path="", _digested=None) for k in (1, 2, 3)
    ]
    return [compute(one.experiment(depth=5)) for one in later]


def test_what_is_run_alike_leaves_a_wake(shown: list[Any]) -> None:
    first, second, third = shown
    left = Wake()
    left.leave(None)
    assert left.before(first.experiment) is None
    left.leave(first)
    # Of itself it is none.
    assert left.before(first.experiment) is None
    assert left.before(second.experiment) is first
    left.leave(second)
    left.leave(second)
    assert left.before(third.experiment) is second
    places = left.places(third.experiment).within(third.diagnosis.eigenvalues)
    expected = np.concatenate([first.diagnosis.eigenvalues, second.diagnosis.eigenvalues])
    np.testing.assert_array_equal(places, expected)
    for other in ({"radius": 1.1}, {"activation": "relu"}, {"depth": 6}):
        assert left.before(attrs.evolve(third.experiment, **other)) is None
        assert left.places(attrs.evolve(third.experiment, **other)) is None


def test_a_path_is_bounded(shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    n = shown[0].experiment.width
    monkeypatch.setattr(wake, "MOST_PLACES", n)
    left = Wake()
    for one in shown[:2]:
        left.leave(one)
    places = left.places(shown[2].experiment).within(np.full(1, 1e9))
    np.testing.assert_array_equal(places, shown[1].diagnosis.eigenvalues)
