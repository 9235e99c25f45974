"""Keras's layers within others: a direction that has a name of its own, and TimeDistributed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuisim import read_layers
from tuisim.engine.base.memo import Array
from tuisim.engine.trained import reading
from tuisim.engine.trained.formats.keras import read_keras_file
from tuisim.engine.trained.formats.keras_config import configured, mask_of, read_from

h5py = pytest.importorskip("h5py")
RANDOM = np.random.default_rng(11)
UNITS, INPUTS = 3, 2
STATES = {"return_sequences": True}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "read_apart", read_keras_file)


def kernels() -> dict[str, Array]:
    """Those of a SimpleRNN, by their names up to version 2."""
    shapes = {"kernel": (INPUTS, UNITS), "recurrent_kernel": (UNITS, UNITS), "bias": (UNITS,)}
    return {name: RANDOM.standard_normal(shape) for name, shape in shapes.items()}


def rnn(name: str, activation: str = "tanh", **said: Any) -> dict[str, Any]:
    config = {"name": name, "activation": activation, **STATES, **said}
    return {"class_name": "SimpleRNN", "config": config}


def sequential(*layers: dict[str, Any]) -> str:
    return json.dumps({"class_name": "Sequential", "config": {"layers": layers}})


def by_name_file(path: Path, model: str, name: str, groups: dict[str, dict[str, Array]]) -> None:
    """An .h5 of a whole model with one layer of this name, as every version writes it."""
    with h5py.File(path, "w") as file:
        if model:
            file.attrs["model_config"] = model
        weights = file.create_group("model_weights") if model else file
        weights.attrs["layer_names"] = [name.encode()]
        for place, arrays in groups.items():
            for one, array in arrays.items():
                weights[f"{name}/{place}/{one}"] = array


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize("own", ["aa", "zz", "backward_own"])
def test_a_backward_layer_of_a_name_of_its_own(tmp_path: Path, own: str, said: bool) -> None:
    """Keras calls the other one forward_fw, and leaves the name of one that was given."""
    forward, back = kernels(), kernels()
    config = {
        "name": "both",
        "layer": rnn("fw", "relu"),
        "backward_layer": rnn(own, "elu", go_backwards=True),
    }
    model = sequential({"class_name": "Bidirectional", "config": config}) if said else ""
    places = {"both/forward_fw/simple_rnn_cell": forward, f"both/{own}/simple_rnn_cell": back}
    by_name_file(tmp_path / "net.h5", model, "both", places)
    one, other = read_layers(tmp_path / "net.h5")
    assert (one.reversed, other.reversed) == (False, True)
    np.testing.assert_array_equal(one.weights[0].T, forward["recurrent_kernel"])
    np.testing.assert_array_equal(other.weights[0].T, back["recurrent_kernel"])
    if said:
        assert (one.name, other.name) == ("both", "both.reversed")
        assert (one.activation, other.activation) == ("relu", "elu")


def test_a_layer_beside_one_of_both_directions_reads_forwards(tmp_path: Path) -> None:
    """In a model inside, whose layers are all in one group."""
    places = {
        "pair/forward_fw/simple_rnn_cell": kernels(),
        "pair/backward_fw/simple_rnn_cell": kernels(),
        "alone/simple_rnn_cell": kernels(),
    }
    by_name_file(tmp_path / "net.h5", "", "block", places)
    layers = {one.name: one for one in read_layers(tmp_path / "net.h5")}
    assert {name: one.reversed for name, one in layers.items()} == {
        "block.pair": False,
        "block.pair.reversed": True,
        "block.alone": False,
    }


def distributed(inner: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "TimeDistributed", "config": {"name": "td", "layer": inner}}


def test_what_a_time_distributed_layer_says_is_in_the_file(tmp_path: Path) -> None:
    model = sequential(distributed(rnn("inner", "relu")))
    arrays = kernels()
    by_name_file(tmp_path / "net.h5", model, "td", {"td/inner/simple_rnn_cell": arrays})
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        for place, array in enumerate(arrays.values()):
            file[f"layers/time_distributed/layer/cell/vars/{place}"] = array
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", model)
        archive.writestr("model.weights.h5", whole.getvalue())
    for ending in ("h5", "keras"):
        (layer,) = read_layers(tmp_path / f"net.{ending}")
        assert (layer.name, layer.activation, layer.assumed) == ("td.inner", "relu", ())
        assert layer.refused == ()
        np.testing.assert_array_equal(layer.weights[0].T, arrays["recurrent_kernel"])


def test_what_is_read_of_a_time_distributed_model() -> None:
    inner = {
        "class_name": "Sequential",
        "config": {"name": "model", "layers": [rnn("deep"), rnn("last", return_sequences=False)]},
    }
    found = configured(sequential(distributed(inner), rnn("over")))
    by_path = {one.path: one for one in found}
    by_name = {one.name: one for one in found}
    assert by_name["deep"].path == "layers/time_distributed/layer/layers/simple_rnn"
    assert read_from(by_name["deep"], by_path) == ("", "")
    assert read_from(by_name["last"], by_path) == (by_name["deep"].path, "")
    assert read_from(by_name["over"], by_path) == ("", "the last state of 'last' alone")


@pytest.mark.parametrize("inner", [None, 3, {}, {"class_name": 3}, {"config": {}}])
def test_a_time_distributed_layer_that_says_nothing(inner: Any) -> None:
    assert [one.name for one in configured(sequential(distributed(inner)))] == ["td"]


@pytest.mark.parametrize("given", [True, False])
def test_a_forward_layer_that_reads_backwards_leaves_the_other_one_to_read_forwards(
    tmp_path: Path, given: bool
) -> None:
    """Keras has both differ; what it made itself (up to version 2) goes the other way, too."""
    first, second = kernels(), kernels()
    config = {"name": "both", "layer": rnn("fw", "relu", go_backwards=True)}
    if given:
        config["backward_layer"] = rnn("bw", "elu", go_backwards=False)
    other = "bw" if given else "backward_fw"
    bidirectional = {"class_name": "Bidirectional", "config": config}
    model = sequential(bidirectional, rnn("over"))
    places = {"both/forward_fw/simple_rnn_cell": first, f"both/{other}/simple_rnn_cell": second}
    by_name_file(tmp_path / "net.h5", model, "both", places)
    layers = {one.name: one for one in read_layers(tmp_path / "net.h5")}
    assert layers.keys() == {"both", "both.reversed"}
    np.testing.assert_array_equal(layers["both.reversed"].weights[0].T, first["recurrent_kernel"])
    np.testing.assert_array_equal(layers["both"].weights[0].T, second["recurrent_kernel"])
    assert layers["both"].activation == ("elu" if given else "relu")
    # Keras turns what the second gives, and not the first: both come last step first.
    by_path = {one.path: one for one in configured(model)}
    over = by_path["layers/simple_rnn"]
    assert read_from(over, by_path) == (
        "",
        "what 'both' gives, from the last step to the first",
    )


def test_a_name_with_dots_is_the_configuration_s(tmp_path: Path) -> None:
    model = sequential(rnn("My.rnn-1", "relu"), rnn("over", "elu"))
    places = {name: {f"{name}/simple_rnn_cell": kernels()} for name in ("My.rnn-1", "over")}
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["model_config"] = model
        file.attrs["keras_version"] = "3.15.1"
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [name.encode() for name in places]
        for name, groups in places.items():
            for place, arrays in groups.items():
                for one, array in arrays.items():
                    weights[f"{name}/{place}/{one}"] = array
    first, second = read_layers(tmp_path / "net.h5")
    assert (first.name, first.activation, first.assumed) == ("My.rnn-1", "relu", ())
    assert second.reads == ("My.rnn-1",)


@pytest.mark.parametrize("kind", ["Masking", "Embedding"])
@pytest.mark.parametrize("mask_zero", [True, False])
def test_steps_that_a_mask_leaves_out_are_told(tmp_path: Path, kind: str, mask_zero: bool) -> None:
    said = {"name": "seen"} | ({"mask_zero": mask_zero} if kind == "Embedding" else {})
    dropped = {"class_name": "Dropout", "config": {"name": "drop"}}
    model = sequential({"class_name": kind, "config": said}, dropped, rnn("one"), rnn("two"))
    by_name_file(tmp_path / "net.h5", model, "one", {"one/simple_rnn_cell": kernels()})
    (layer,) = read_layers(tmp_path / "net.h5")
    masked = kind == "Masking" or mask_zero
    sentence = f"steps that {kind} 'seen' leaves out as the net runs: every step taken"
    assert layer.assumed == (sentence,) * masked
    by_path = {one.path: one for one in configured(model)}
    # Keras hands a mask on from one to the next.
    assert mask_of(by_path["layers/simple_rnn_1"], by_path) == f"{kind} 'seen'" * masked
