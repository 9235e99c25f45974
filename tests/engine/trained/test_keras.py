"""Keras's files: names, what a configuration says or a weights file leaves open, cuDNN's layout."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.trained import MODELS
from tuisim import Layer, read_layers
from tuisim.engine.trained import reading
from tuisim.engine.trained.asking import Asking
from tuisim.engine.trained.formats import apart
from tuisim.engine.trained.formats.apart import read_apart
from tuisim.engine.trained.formats.keras import read_keras_file
from tuisim.engine.trained.formats.keras_config import configured, gate_activation, read_from

h5py = pytest.importorskip("h5py")
RANDOM = np.random.Generator(np.random.PCG64DXSM(6))


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of this file reads small files that are whole, and saves itself a process each."""
    monkeypatch.setattr(reading, "read_apart", read_keras_file)


WHOLE = [
    "first",
    "both",
    "both.reversed",
    "hard",
    "simple",
    "wrapped",
    "block.inside",
    "stacked",
]


@pytest.mark.parametrize("file", ["keras3.keras", "keras3.h5", "keras2.keras", "keras2.h5"])
def test_a_whole_model_s_layers_in_its_order_by_the_user_s_names(file: str) -> None:
    layers = read_layers(MODELS / file)
    assert [layer.name for layer in layers] == WHOLE
    by_name = {layer.name: layer for layer in layers}
    assert all(layer.assumed == () for layer in layers)
    assert {layer.format for layer in layers} == {"keras"}
    slope = "1/6" if "3" in file else "0.2"
    hard = by_name["hard"]
    assert (hard.gate_activation, hard.reset) == (f"hard_sigmoid_{slope}", "before")
    assert by_name["both"].reset == "after"
    assert (by_name["simple"].activation, by_name["wrapped"].activation) == ("relu", "elu")
    assert by_name["stacked"].refused == ("StackedRNNCells: several cells within one time step",)


def test_an_optimiser_s_arrays_are_not_found() -> None:
    with h5py.File(MODELS / "keras3.weights.h5") as file:
        assert "optimizer" in file
    assert len(read_layers(MODELS / "keras3.weights.h5")) == 3


def by_name_file(path: Path, version: str, shapes: dict[str, Any], name: str = "rnn") -> None:
    """A weights file as versions up to 2 write it."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode()]
        file.attrs["keras_version"] = version
        for parameter, array in shapes.items():
            file[f"{name}/{name}/{parameter}:0"] = array


def some(*shape: int) -> Any:
    return RANDOM.standard_normal(shape).astype(np.float32)


def kernels(gates: int, bias: Any = None, n: int = 3, m: int = 2) -> dict[str, Any]:
    found = {"kernel": some(m, gates * n), "recurrent_kernel": some(n, gates * n)}
    return found if bias is None else {**found, "bias": bias}


@pytest.mark.parametrize(
    ("version", "gates"),
    [("2.2.4", "hard_sigmoid_0.2"), ("2.3.0", "sigmoid"), ("2.2.4-tf", "sigmoid"), ("", "sigmoid")],
)
def test_what_a_weights_file_leaves_open(tmp_path: Path, version: str, gates: str) -> None:
    path = tmp_path / "net.h5"
    by_name_file(path, version, kernels(4, some(12)))
    (layer,) = read_layers(path)
    assert layer.gate_activation == gates
    assert layer.assumed == (
        "activation: not in the file; tanh taken",
        f"activation of the gates: not in the file; {gates} taken",
    )
    (layer,) = read_layers(path, gates="hard_sigmoid_1/6", activation="relu")
    assert (layer.gate_activation, layer.activation) == ("hard_sigmoid_1/6", "relu")


@pytest.mark.parametrize(
    ("bias", "reset", "open"),
    [(some(9), "before", False), (some(2, 9), "after", False), (None, "after", True)],
)
def test_a_gru_s_bias_shows_where_it_resets(
    tmp_path: Path, bias: Any, reset: str, open: bool
) -> None:
    path = tmp_path / "net.h5"
    by_name_file(path, "2.4.0", kernels(3, bias))
    (layer,) = read_layers(path)
    assert layer.reset == reset
    assert any("reset" in one for one in layer.assumed) == open


@pytest.mark.parametrize("gates", [3, 4])
def test_cudnn_s_layout_is_undone(tmp_path: Path, gates: int) -> None:
    """Written as cuDNN has it, matrix by matrix, from matrices that go by rows as ours do."""
    n, m = 3, 2
    own, fed, bias = some(gates, n, n), some(gates, n, m), some(2, gates, n)
    path = tmp_path / "net.h5"
    arrays = {
        "kernel": np.hstack([one.ravel().reshape(m, n) for one in fed]),
        "recurrent_kernel": np.hstack([*own]),
        "bias": bias.ravel(),
    }
    by_name_file(path, "2.2.0", arrays)
    (layer,) = read_layers(path)
    order = [0, 1, 2, 3] if gates == 4 else [1, 0, 2]
    assert np.array_equal(layer.weights, own[order])
    assert np.array_equal(layer.input_weights, fed[order])
    assert np.allclose(layer.bias + layer.recurrent_bias, bias.sum(0)[order], atol=1e-6)
    assert (layer.gate_activation, layer.reset) == ("sigmoid", "after")
    assert layer.assumed == (
        f"a bias of {2 * gates * n} numbers: cuDNN's layout, put into Keras's own",
    )


def with_config(path: Path, kind: str, arrays: dict[str, Any], **said: Any) -> Layer:
    by_name_file(path, "2.11.0", arrays)
    config = {"class_name": kind, "config": {"name": "rnn", **said}}
    model = {"class_name": "Sequential", "config": {"layers": [config]}}
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = json.dumps(model)
    (layer,) = read_layers(path)
    return layer


@pytest.mark.parametrize(
    ("kind", "said", "reason"),
    [
        ("LSTM", {"activation": "swish"}, "activation swish, none of ours"),
        ("LSTM", {"activation": {"class_name": "LeakyReLU"}}, "activation of its own"),
        ("LSTM", {"recurrent_activation": "tanh"}, "activation tanh of the gates"),
        ("PeepholeLSTM", {}, "PeepholeLSTM, which is no SimpleRNN, LSTM or GRU"),
        ("RNN", {"cell": {"class_name": "MyCell", "config": {}}}, "MyCell, which is no"),
    ],
)
def test_what_a_configuration_refuses(
    tmp_path: Path, kind: str, said: dict[str, Any], reason: str
) -> None:
    layer = with_config(tmp_path / "net.h5", kind, kernels(4, some(12)), **said)
    assert layer.refused[0].startswith(reason)


def test_a_layer_that_goes_backwards_is_named_so(tmp_path: Path) -> None:
    layer = with_config(tmp_path / "net.h5", "LSTM", kernels(4), go_backwards=True)
    assert (layer.name, layer.reversed) == ("rnn.reversed", True)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"kernel": some(3, 3, 2, 12), "recurrent_kernel": some(3, 3, 3, 12)}, "kernels of shapes"),
        (kernels(4, some(7)), "bias of shape (7,)"),
        (kernels(2), "kernels of shapes"),
    ],
)
def test_shapes_that_no_cell_has(tmp_path: Path, arrays: dict[str, Any], reason: str) -> None:
    path = tmp_path / "net.h5"
    by_name_file(path, "2.4.0", arrays)
    (layer,) = read_layers(path)
    assert layer.refused[0].startswith(reason)


def test_an_enormous_array_that_is_not_there_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"rnn"]
        for name in ("kernel", "recurrent_kernel"):
            file.create_dataset(f"rnn/{name}:0", (1 << 20, 4 << 20), "f4", chunks=(64, 64))
    (layer,) = read_layers(path)
    assert "1048576 units" in layer.refused[0]


def test_an_array_of_which_nothing_is_there_is_not_made_up(tmp_path: Path) -> None:
    """HDF5 gives zeros for what was never written, as many as the header claims."""
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"rnn"]
        file["rnn/recurrent_kernel:0"] = some(2, 8)
        file.create_dataset("rnn/kernel:0", (1 << 23, 8), "f4")
    with pytest.raises(ValueError, match="cut off"):
        read_layers(path)


def test_packed_arrays_are_read(tmp_path: Path) -> None:
    path, arrays = tmp_path / "net.h5", kernels(1)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"rnn"]
        for name, array in arrays.items():
            file.create_dataset(f"rnn/{name}:0", data=array, compression="gzip")
    (layer,) = read_layers(path)
    assert np.array_equal(layer.weights[0], arrays["recurrent_kernel"].T.astype(np.float64))


def test_no_other_file_is_followed(tmp_path: Path) -> None:
    by_name_file(tmp_path / "secret.h5", "2.4.0", kernels(4))
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"rnn"]
        file["rnn/a"] = h5py.ExternalLink("secret.h5", "/rnn/rnn")
        file["rnn/b"] = h5py.SoftLink("/rnn")
        raw = [(str(tmp_path / "secret.h5"), 0, 48)]
        file.create_dataset("rnn/c/recurrent_kernel:0", (1, 4), "f4", external=raw)
    with pytest.raises(ValueError, match="no recurrent layer"):
        read_layers(path)


def test_half_precision(tmp_path: Path) -> None:
    arrays = {name: one.astype(np.float16) for name, one in kernels(1).items()}
    by_name_file(tmp_path / "net.h5", "2.4.0", arrays)
    (layer,) = read_layers(tmp_path / "net.h5")
    assert np.array_equal(layer.weights[0], arrays["recurrent_kernel"].T.astype(np.float64))
    raw = (some(3, 3).view(np.uint32) >> 16).astype(np.uint16)
    arrays = {"kernel": some(2, 3), "recurrent_kernel": raw.view("V2")}
    by_name_file(tmp_path / "net.h5", "3.0.0", arrays)
    (layer,) = read_layers(tmp_path / "net.h5")
    exact = (raw.astype(np.uint32) << 16).view(np.float32)
    assert np.array_equal(layer.weights[0], exact.T.astype(np.float64))


def test_in_a_process_of_its_own_it_is_the_same(in_this_process: None) -> None:
    for file in ("keras3.keras", "keras2.only.h5"):
        here = read_keras_file(MODELS / file, Asking())
        there = read_apart(MODELS / file, Asking())
        for one, other in zip(here, there, strict=True):
            for field in attrs.fields(Layer):
                got, want = getattr(other, field.name), getattr(one, field.name)
                assert np.array_equal(got, want) if isinstance(want, np.ndarray) else got == want


def test_what_was_asked_for_reaches_that_process_and_is_known_to_be_used() -> None:
    asking = Asking(gates="hard_sigmoid_0.2")
    layers = read_apart(MODELS / "keras2.only.h5", asking)
    assert {layer.gate_activation for layer in layers} == {"hard_sigmoid_0.2"}
    asking.check_used()
    asking = Asking(reset="before")
    read_apart(MODELS / "keras2.only.h5", asking)
    with pytest.raises(ValueError, match="reset"):
        asking.check_used()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "own library failed"),
        ("import sys; print('a\\nbecause', file=sys.stderr); sys.exit(3)", "^because$"),
        ("import time; time.sleep(60)", "took over 0.5 s"),
    ],
)
def test_how_that_process_may_end(monkeypatch: pytest.MonkeyPatch, program: str, said: str) -> None:
    monkeypatch.setattr(apart, "_PROGRAM", program)
    monkeypatch.setattr(apart, "MOST_SECONDS", 0.5 if "sleep" in program else 60.0)
    with pytest.raises(ValueError, match=said):
        read_apart(MODELS / "keras3.h5", Asking())


def test_hard_sigmoids_by_version() -> None:
    assert gate_activation("hard_sigmoid", "2.15.0") == "hard_sigmoid_0.2"
    assert gate_activation("hard_sigmoid", "3.0.1") == "hard_sigmoid_1/6"
    assert gate_activation("hard_sigmoid", "") == ""


def test_paths_go_by_class_and_order() -> None:
    layers = [
        {"class_name": kind, "config": {"name": f"my_{place}"}}
        for place, kind in enumerate(["LSTM", "SimpleRNN", "LSTM", "ConvLSTM2D"])
    ]
    found = configured(json.dumps({"config": {"layers": layers}}))
    assert [one.path for one in found] == [
        "layers/lstm",
        "layers/simple_rnn",
        "layers/lstm_1",
        "layers/conv_lstm2d",
    ]


#: In a model of Keras 3: which layer each reads, or what in its place.
BETWEEN = {
    "bottom": ("", ""),
    "over_bottom": ("bottom", ""),
    "both_over_over_bottom": ("over_bottom", ""),
    "over_both": ("both_over_over_bottom", ""),
    "over_norm": ("", "what LayerNormalization 'norm' gives"),
    "over_two": ("", "what Concatenate 'concatenate' gives"),
    "over_none": ("", ""),
    "encoder": ("", ""),
    "decoder": ("", ""),
    "over_repeat": ("", "what RepeatVector 'repeat' gives"),
    "over_back": ("", "what 'back' gives, from the last step to the first"),
    "over_summed": ("", "both directions of 'summed' by sum"),
    "inside": ("bottom", ""),
    "over_inside": ("inside", ""),
    "shared": ("", "what several layers give"),
    "twice": ("", ""),
}


def test_what_a_layer_reads_by_a_model_s_configuration() -> None:
    found = configured((MODELS / "between.json").read_text())
    by_path = {one.path: one for one in found}
    names = {one.path: one.name for one in found} | {"": ""}
    by_name = {one.name: one for one in found}
    said = {name: read_from(by_name[name], by_path) for name in BETWEEN}
    assert {name: (names[path], phrase) for name, (path, phrase) in said.items()} == BETWEEN
    assert [len(by_name[name].uses[0]) for name in ("decoder", "over_both")] == [3, 1]


def sequential(*layers: tuple[str, dict[str, Any]], bare: bool = False) -> str:
    """A model as versions up to 2 write it; the earliest had the layers alone."""
    said = [
        {"class_name": kind, "config": {"name": f"{place}", **config}}
        for place, (kind, config) in enumerate(layers)
    ]
    return json.dumps({"class_name": "Sequential", "config": said if bare else {"layers": said}})


@pytest.mark.parametrize("bare", [False, True])
def test_what_a_layer_reads_in_a_sequence(bare: bool) -> None:
    states = {"return_sequences": True}
    text = sequential(
        ("Embedding", {}), ("LSTM", states), ("Dropout", {}), ("LSTM", {}), ("GRU", {}), bare=bare
    )
    found = configured(text)
    by_path = {one.path: one for one in found}
    said = [read_from(found[place], by_path) for place in (1, 3, 4)]
    assert said == [("", ""), ("layers/lstm", ""), ("", "the last state of '3' alone")]


def test_calls_as_version_2_writes_them() -> None:
    """A list each of a name, two numbers and what else goes in, or one list within another."""
    emb, lstm = ["emb", 0, 0, {}], ["enc", 0, 1, {}]
    calls: list[Any] = [
        [[emb]],
        [[emb, lstm, ["enc", 0, 2, {}]]],
        [["emb", 0, 0, {"initial_state": [["enc", 0, 1], ["enc", 0, 2]], "mask": ["emb", 0, 0]}]],
    ]
    kinds = [("emb", "Embedding", []), ("enc", "LSTM", calls[0])]
    kinds += [(f"dec{place}", "LSTM", call) for place, call in enumerate(calls[1:])]
    layers = [
        {"class_name": kind, "name": name, "config": {"name": name}, "inbound_nodes": call}
        for name, kind, call in kinds
    ]
    found = configured(json.dumps({"config": {"layers": layers}}))
    emb_path, enc = found[0].path, found[1].path
    assert [one.uses for one in found[1:]] == [((emb_path,),), *[((emb_path, enc, enc),)] * 2]
    by_path = {one.path: one for one in found}
    assert [read_from(one, by_path) for one in found[1:]] == [("", "")] * 3


@pytest.mark.parametrize("config", ["[" * 100_000, "no JSON", "[]", '{"config": {"layers": 3}}'])
def test_a_configuration_that_is_none(tmp_path: Path, config: str) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(MODELS / "keras3.keras") as archive, zipfile.ZipFile(path, "w") as other:
        other.writestr("metadata.json", archive.read("metadata.json"))
        other.writestr("config.json", config)
        other.writestr("model.weights.h5", archive.read("model.weights.h5"))
    try:
        layers = read_layers(path)
    except ValueError as error:
        said = str(error)
    else:
        said = ""
        # The names stand beside the arrays too.
        assert {layer.name for layer in layers} == set(WHOLE)
    assert "\n" not in said
    assert bool(said) == (config[0] in "[n" and config != "[]")


def test_without_h5py_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"h5py is not installed.*tuisim\[models\]"):
        read_apart(MODELS / "keras3.h5", Asking())
