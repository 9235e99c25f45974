"""A trained net's file holds its arrays bit for bit, and runs as the net ran in its training."""

from __future__ import annotations

import json
import shlex
import struct
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.trained_nets import BASE
from tuisim import cli, draw, read_layers, simulate
from tuisim.engine.base.memo import Array
from tuisim.engine.trained.layer import Layer
from tuisim.engine.training.taken import taken, taken_layer
from tuisim.engine.training.training import State, Trainer
from tuisim.files.nets import ENDINGS, net_bytes, net_words
from tuisim.values.cells import CELLS
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

#: Nets that torch has, with the name that it gives each; and some that it lacks.
OF_TORCH: dict[str, dict[str, Any]] = {
    "RNN(4, 3)": {"start_rms": 0.5, "radius": 0.7, "spectrum": "symmetric"},
    "RNN(4, 3, nonlinearity='relu')": {"activation": "relu"},
    "LSTM(4, 3)": {"cell": "lstm", "forget_bias": 0.7},
    "GRU(4, 3)": {"cell": "gru", "update_bias": -0.4},
}
OURS: dict[str, dict[str, Any]] = {
    "leak 0.6": {"leak": 0.6, "skip": 3, "skip_share": 0.3},
    "residual 0.3": {"residual": 0.3, "activation": "relu"},
    "norm batch": {"norm": "batch", "batch": 4},
    "activation elu": {"cell": "lstm", "activation": "elu"},
    "activation gelu": {"cell": "gru", "activation": "gelu", "update_bias": 0.2},
}
NETS = OF_TORCH | OURS

each_net = pytest.mark.parametrize("name", NETS)
each_ending = pytest.mark.parametrize("ending", ENDINGS)


def trained(name: str) -> tuple[Experiment, Trainer, State]:
    """A net after a few updates."""
    e = attrs.evolve(BASE, **NETS[name])
    trainer = Trainer(e, Plan(learning_rate=0.5))
    state = trainer.begin()
    for _ in range(3):
        state, _ = trainer.step(state)
    return e, trainer, state


def written(name: str, path: Path) -> tuple[Experiment, Trainer, State, Layer]:
    e, trainer, state = trained(name)
    path.write_bytes(net_bytes(taken_layer(e, "recall", state), e, path.suffix))
    (found,) = read_layers(path)
    return e, trainer, state, found


def folded(e: Experiment, bias: Array) -> Array:
    """What is added to each gate before it is squashed, (gates, n)."""
    found = bias.reshape(-1, e.width).copy()
    if e.cell == "lstm":
        found[1] += e.forget_bias
    if e.cell == "gru":
        found[1] += e.update_bias
    return found


@each_net
@each_ending
def test_the_arrays_come_back_bit_for_bit(name: str, ending: str, tmp_path: Path) -> None:
    e, trainer, state, found = written(name, tmp_path / f"net{ending}")
    p = trainer.step(state)[1].parameters
    assert np.array_equal(found.weights.reshape(p.weights.shape), p.weights)
    assert np.array_equal(found.input_weights.reshape(p.inputs.shape), p.inputs)
    # One of both is 0: their sum has no rounding.
    assert not (found.bias * found.recurrent_bias).any()
    assert np.array_equal(found.bias + found.recurrent_bias, folded(e, p.bias))
    assert found.recurrent_bias.any() == (e.cell == "gru")
    assert (found.name, found.cell) == ("l0", e.cell)
    own = name in OURS
    assert np.array_equal(found.start, draw(e).start[0] if own else np.zeros(e.width))
    assert found.activation == (e.activation if own else "tanh")


@each_net
@each_ending
def test_the_file_runs_as_the_net_did_in_its_training(
    name: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(f"net{ending}")
    e, trainer, state, found = written(name, path)
    np.save("x.npy", trainer.task.batch(e, state.update).inputs)
    words = shlex.split(net_words(found, e, path).rpartition("; ")[2].removesuffix(" runs it"))
    want = trainer.step(state)[1].hidden_log10
    # As the line that is printed has it, and with what the net heard.
    assert cli.main(["run", *words[1:], "--input", "x.npy", "--out", "run.json"]) == 0
    if name in OURS:
        printed = json.loads(Path("run.json").read_text())["hidden_log10"][0]
        np.testing.assert_allclose(printed, want, rtol=0, atol=1e-12)
    with_layer = found.experiment(
        **{one: getattr(e, one) for one in ("depth", "batch", "leak", "residual", "skip", "norm")},
        skip_share=e.skip_share, input="x.npy", activation=e.activation,
    )  # fmt: skip
    network = attrs.evolve(draw(with_layer), start=np.tile(draw(e).start[:1], (e.batch, 1)))
    run = simulate(with_layer, [network])
    np.testing.assert_allclose(run.hidden_log10[0], want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", OF_TORCH)
def test_torch_s_names_and_shapes(name: str, tmp_path: Path) -> None:
    e, *_, _found = written(name, tmp_path / "net.npz")
    rows = 3 * len(CELLS[e.cell].gates)
    with np.load(tmp_path / "net.npz") as file:
        shapes = {one: file[one].shape for one in file.files}
    assert shapes == {
        "weight_ih_l0": (rows, 4),
        "weight_hh_l0": (rows, 3),
        "bias_ih_l0": (rows,),
        "bias_hh_l0": (rows,),
    }
    assert f"torch.nn.{name}.load_state_dict" in net_words(taken_layer(*trained_of(e)), e, Path())


def trained_of(e: Experiment) -> tuple[Experiment, str, State]:
    return e, "recall", Trainer(e, Plan()).begin()


@pytest.mark.parametrize("name", OURS)
def test_what_torch_lacks_is_named(name: str) -> None:
    e = attrs.evolve(BASE, **NETS[name])
    words = net_words(taken_layer(*trained_of(e)), e, Path("a b.npz"))
    assert words.startswith(f"under tuisim's own names: torch's cell has no {name}; ")
    assert "tuisim --layer 'a b.npz#l0'" in words


def test_the_layers_that_a_file_leaves_out_are_counted() -> None:
    layer = Layer("l1", "gru", np.zeros((3, 2, 2)), np.zeros((3, 2, 2)))
    both = attrs.evolve(layer, below=((layer, layer), (layer,)))
    assert "below" not in net_words(layer, layer.experiment(), Path("n.npz"))
    words = net_words(both, layer.experiment(), Path("n.npz"))
    assert "; without the 3 below it, whose states it reads; " in words


@pytest.mark.parametrize("name", ["encoder.l1", "encoder.l1.reversed"])
def test_the_command_names_what_the_file_holds(name: str, tmp_path: Path) -> None:
    layer, path = Layer(name, "gru", np.zeros((3, 2, 2)), np.zeros((3, 2, 1))), tmp_path / "n.npz"
    e = layer.experiment()
    path.write_bytes(net_bytes(layer, e, ".npz"))
    (found,) = read_layers(path)
    assert found.reversed == layer.reversed
    assert shlex.quote(f"{path}#{found.name}") in net_words(layer, e, path)


@pytest.mark.parametrize("name", OF_TORCH)
def test_torch_takes_it_strictly(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    e, trainer, state, _ = written(name, tmp_path / "net.npz")
    kind, m, n = e.cell.upper(), 4, 3
    more = {"nonlinearity": e.activation} if e.cell == "rnn" else {}
    net = getattr(torch.nn, kind)(m, n, dtype=torch.float64, **more)
    with np.load(tmp_path / "net.npz") as file:
        net.load_state_dict({one: torch.tensor(file[one]) for one in file.files}, strict=True)
    batch = trainer.task.batch(e, state.update)
    h = torch.tensor(np.tile(draw(e).start[:1], (1, e.batch, 1)))
    start = (h, torch.zeros_like(h)) if e.cell == "lstm" else h
    states = net(torch.tensor(batch.inputs), start)[0].detach().numpy()
    run = simulate(taken(e, "recall", state))
    np.testing.assert_allclose(run.states[0, 1:], states, rtol=0, atol=1e-12)


def test_safetensors_are_as_their_own_library_reads_them(tmp_path: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    _, _, _, found = written("LSTM(4, 3)", tmp_path / "net.safetensors")
    arrays = numpy.load_file(tmp_path / "net.safetensors")
    assert np.array_equal(arrays["weight_hh_l0"].reshape(4, 3, 3), found.weights)


@each_net
def test_taken_it_runs_on_the_batch_of_the_next_update(name: str) -> None:
    e, trainer, state = trained(name)
    run = simulate(taken(e, "recall", state))
    want = trainer.step(state)[1]
    np.testing.assert_allclose(run.hidden_log10[0], want.hidden_log10, rtol=0, atol=1e-12)
    assert run.experiment.layer == "#l0"
    assert run.experiment.input == "#recall.npy"


def test_an_input_in_memory_that_is_gone_is_named() -> None:
    e, _, state = trained("RNN(4, 3)")
    net = attrs.evolve(taken(e, "recall", state), input_digest="0" * 64)
    with pytest.raises(ValueError, match=r"input: got '#recall.npy', which is in no file"):
        simulate(net)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"cell": "lstm"}, "weights is missing"),
        ({"cell": ["rnn", {}]}, "cell|weights"),
        ({"cell": "rnn", "assumed": [[1], [2, 3]]}, "weights is missing|inhomogeneous"),
        # Somebody else's words are no layer of ours.
        ({"format": "pt", "cell": "lstm"}, "no recurrent layer"),
        ("tuisim", "no recurrent layer"),
    ],
)
def test_strange_texts_beside_arrays_are_one_line(texts: Any, said: str, tmp_path: Path) -> None:
    about = {"format": "tuisim"} | texts if isinstance(texts, dict) else texts
    header = json.dumps({"__metadata__": about}).encode()
    path = tmp_path / "net.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(ValueError, match=said) as refused:
        read_layers(path)
    assert "\n" not in str(refused.value)
