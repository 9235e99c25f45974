"""Sweeps of trained layers: files that are not there end them, and rates are a run's."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest

from tests.support.trained import MODELS
from tuisim import Layer, read_layers, simulate, sweep
from tuisim.engine.base.memo import Array
from tuisim.engine.sweeps.axes import SweepAxis
from tuisim.tui.state.mapping import MapFilled, MapRequest, fill
from tuisim.values.experiment import Experiment

AXES = "radius=0.8,1.1", "depth=3,5"


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    copy = tmp_path / "net.safetensors"
    copy.write_bytes((MODELS / "net.safetensors").read_bytes())
    return read_layers(copy)[0]


def signal(path: Path, array: Array) -> str:
    np.save(path / "x.npy", array)
    return str(path / "x.npy")


def cases(layer: Layer, path: Path) -> list[tuple[Experiment, str]]:
    e = layer.experiment(input=signal(path, np.ones((6, layer.input_width))))
    gone = f"{path}/gone"
    return [
        (attrs.evolve(e, layer_digest="0" * 64), f"^layer_digest: .*{layer.digest}.*{'0' * 64}$"),
        (attrs.evolve(e, layer=f"{gone}.pt#l0", layer_digest=""), r"^layer: .*gone\.pt: No such"),
        (attrs.evolve(e, layer=f"{layer.path}#x", layer_digest=""), "^layer: got 'x', allowed in"),
        (attrs.evolve(e, input=f"{gone}.npy"), r"^input: .*gone\.npy: No such file"),
        (attrs.evolve(e, input_digest="1" * 64), f"^input_digest: .* made with {'1' * 64}$"),
    ]


@pytest.mark.parametrize("measure", ["gradient_rate", "saturation", "lyapunov"])
def test_a_file_that_is_not_there_ends_a_sweep_in_one_line(
    layer: Layer, tmp_path: Path, measure: str
) -> None:
    for e, said in cases(layer, tmp_path):
        partial = tmp_path / "map.partial"
        with pytest.raises(ValueError, match=said) as caught:
            sweep(e, *AXES, measure, partial=partial)
        assert "\n" not in str(caught.value)
        assert not partial.exists()


def test_a_map_of_it_says_so_and_has_no_values(layer: Layer, tmp_path: Path) -> None:
    x, y = map(SweepAxis.parse, AXES)
    for e, said in cases(layer, tmp_path):
        posted: list[MapFilled] = []
        fill(MapRequest(e, x, y, "hidden_rate"), posted.append)
        assert [one.values for one in posted] == [None]
        with pytest.raises(ValueError, match=said):
            raise ValueError(posted[0].reason)


def test_a_file_on_an_axis_may_differ_from_the_net_s_own(layer: Layer, tmp_path: Path) -> None:
    path = signal(tmp_path, np.ones((6, layer.input_width)))
    e = layer.experiment(input=f"{tmp_path}/gone.npy")
    found = sweep(e, SweepAxis("input", (path, "none")), AXES[1])
    assert np.isfinite(found.values).all()


def test_hidden_rate_counts_from_the_first_state_that_is_not_zero(
    layer: Layer, tmp_path: Path
) -> None:
    """As a run's does: a layer mostly begins at 0, and hears nothing at first here."""
    quiet = attrs.evolve(layer, bias=np.zeros_like(layer.bias), path="", _digested=None)
    quiet = attrs.evolve(quiet, recurrent_bias=np.zeros_like(layer.bias))
    heard = np.random.default_rng(0).standard_normal((6, layer.input_width))
    heard[:1] = 0.0
    e = quiet.experiment(input=signal(tmp_path, heard))
    found = sweep(e, *AXES, "hidden_rate")
    for row, depth in enumerate((3, 5)):
        for column, radius in enumerate((0.8, 1.1)):
            run = simulate(attrs.evolve(e, radius=radius, depth=depth))
            log10 = run.hidden_log10[0]
            assert np.isneginf(log10[:2]).all()
            rate = (log10[-1] - log10[2]) * np.log(10) / (depth - 2)
            assert found.values[row, column] == pytest.approx(rate, rel=1e-12)
