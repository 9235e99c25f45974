"""A φ or forget bias that a file leaves open is a whole stack's; what it says is a layer's own."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest

from tuisim import Layer, draw, read_layers, simulate
from tuisim.engine.base.memo import Array
from tuisim.engine.diagnosis.ablation import diagnose
from tuisim.engine.runs.stream import Stream
from tuisim.engine.trained.beside import packed, put_back
from tuisim.engine.trained.layer import LAYERS

STEPS, INPUTS, UNITS = 6, 3, 4


def _random(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).uniform(-0.8, 0.8, shape)


def stack(path: Path) -> dict[str, Array]:
    """Two levels, both directions of each, under torch's names; and an input beside them."""
    found = {}
    for level, inputs in enumerate((INPUTS, 2 * UNITS)):
        for way, more in (("", 0), ("_reverse", 20)):
            place = f"l{level}{way}"
            found[f"weight_hh_{place}"] = _random(UNITS, UNITS, more + level + 1)[..., 0]
            found[f"weight_ih_{place}"] = _random(UNITS, inputs, more + 2)[..., 0]
            found[f"bias_ih_{place}"] = _random(UNITS, more + 3)[:, 0]
    np.savez(path / "net.npz", **found)
    np.save(path / "x.npy", _random(STEPS, INPUTS))
    return found


def relu_states(arrays: dict[str, Array], place: str, signal: Array) -> Array:
    """h_t by the time of the input, as torch.nn.RNN with nonlinearity="relu" has them."""
    h, found = np.zeros(UNITS), []
    for x in signal[::-1] if place.endswith("_reverse") else signal:
        fed = arrays[f"weight_ih_{place}"] @ x + arrays[f"bias_ih_{place}"]
        h = np.maximum(arrays[f"weight_hh_{place}"] @ h + fed, 0.0)
        found.append(h)
    return np.array(found[::-1] if place.endswith("_reverse") else found)


def expected(arrays: dict[str, Array], path: Path) -> Array:
    """The forward states of the upper level."""
    signal = np.load(path / "x.npy")
    below = [relu_states(arrays, place, signal) for place in ("l0", "l0_reverse")]
    return relu_states(arrays, "l1", np.concatenate(below, axis=1))


def upper(path: Path) -> Layer:
    return next(one for one in read_layers(path / "net.npz") if one.name == "l1")


def test_what_lies_below_has_the_activation_that_is_asked_for(tmp_path: Path) -> None:
    arrays = stack(tmp_path)
    states = expected(arrays, tmp_path)
    e = upper(tmp_path).experiment(
        input=str(tmp_path / "x.npy"), depth=STEPS, activation="relu", radius=1.0
    )
    np.testing.assert_allclose(simulate(e).states[0, 1:, 0], states, rtol=0, atol=1e-14)
    # The same in a stream, whose first window is the file.
    stream = Stream(e)
    stream.advance(STEPS)
    norms = np.log10(np.linalg.norm(states, axis=1))
    np.testing.assert_allclose(stream.look().hidden_log10[0, -STEPS:], norms, rtol=0, atol=1e-13)
    # And back again it is as it was taken.
    as_taken = [draw(attrs.evolve(e, activation=one)).drive for one in ("tanh", "relu", "tanh")]
    np.testing.assert_array_equal(as_taken[0], as_taken[2])
    assert not np.allclose(as_taken[0], as_taken[1])


def test_noise_goes_through_the_same_stack(tmp_path: Path) -> None:
    stack(tmp_path)
    e = upper(tmp_path).experiment(input="noise", depth=STEPS)
    drives = [draw(attrs.evolve(e, activation=one)).drive for one in ("tanh", "relu")]
    assert not np.allclose(*drives)


def test_an_activation_that_the_file_says_is_each_layer_s_own(tmp_path: Path) -> None:
    stack(tmp_path)
    layer = upper(tmp_path)
    said = attrs.evolve(
        layer,
        assumed=(),
        below=tuple(tuple(attrs.evolve(one, assumed=()) for one in level) for level in layer.below),
        path="",
        _digested=None,
    )
    e = said.experiment(input=str(tmp_path / "x.npy"), depth=STEPS)
    drives = [draw(attrs.evolve(e, activation=one)).drive for one in ("tanh", "relu")]
    np.testing.assert_array_equal(*drives)


def test_a_session_remembers_what_was_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = stack(tmp_path)
    layer = attrs.evolve(upper(tmp_path), path="", _digested=None)
    e = layer.experiment(input=str(tmp_path / "x.npy"), depth=STEPS, activation="relu")
    (tmp_path / "beside.npz").write_bytes(packed([e]))
    monkeypatch.setattr(LAYERS, "_found", type(LAYERS._found)())
    put_back(tmp_path / "beside.npz", [e])
    states = simulate(e).states[0, 1:, 0]
    np.testing.assert_allclose(states, expected(arrays, tmp_path), rtol=0, atol=1e-14)


def lstm_stack(path: Path, *inputs: int) -> dict[str, Array]:
    """Writes an npz of torch's names, a level for each number of inputs, and gives its arrays."""
    arrays = {}
    for level, of_level in enumerate(inputs):
        arrays[f"weight_hh_l{level}"] = _random(4 * UNITS, UNITS, level + 1)[..., 0]
        arrays[f"weight_ih_l{level}"] = _random(4 * UNITS, of_level, level + 5)[..., 0]
    np.savez(path, **arrays)
    return arrays


def lstm_states(arrays: dict[str, Array], place: str, signal: Array, forget_bias: float) -> Array:
    """h_t of torch's lstm with so much added to its forget gate, as TensorFlow 1 does it."""

    def sigma(a: Array) -> Array:
        return 1.0 / (1.0 + np.exp(-a))

    h, c, found = np.zeros(UNITS), np.zeros(UNITS), []
    for x in signal:
        a = arrays[f"weight_ih_{place}"] @ x + arrays[f"weight_hh_{place}"] @ h
        i, f, g, o = np.split(a, 4)
        c = sigma(f + forget_bias) * c + sigma(i) * np.tanh(g)
        h = sigma(o) * np.tanh(c)
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize("forget_bias", [0.0, 1.0, -0.7])
def test_what_lies_below_has_the_forget_bias_that_is_asked_for(
    tmp_path: Path, forget_bias: float
) -> None:
    arrays = lstm_stack(tmp_path / "net.npz", INPUTS, UNITS, UNITS)
    signal = _random(STEPS, INPUTS)
    np.save(tmp_path / "x.npy", signal)
    states = signal
    for level in range(3):
        states = lstm_states(arrays, f"l{level}", states, forget_bias)
    layer = read_layers(tmp_path / "net.npz")[-1]
    e = layer.experiment(input=str(tmp_path / "x.npy"), depth=STEPS, forget_bias=forget_bias)
    np.testing.assert_allclose(simulate(e).states[0, 1:, 0], states, rtol=0, atol=1e-14)
    # One that was asked for when the file was read is in each layer's own bias.
    asked = read_layers(tmp_path / "net.npz", forget_bias=forget_bias)[-1]
    e = asked.experiment(input=str(tmp_path / "x.npy"), depth=STEPS)
    np.testing.assert_allclose(simulate(e).states[0, 1:, 0], states, rtol=0, atol=1e-14)


def test_a_forget_bias_that_the_file_says_is_each_layer_s_own(tmp_path: Path) -> None:
    lstm_stack(tmp_path / "net.npz", UNITS, UNITS)
    layer = read_layers(tmp_path / "net.npz")[-1]
    below = tuple(tuple(attrs.evolve(one, assumed=()) for one in level) for level in layer.below)
    said = attrs.evolve(layer, assumed=(), below=below, path="", _digested=None)
    e = said.experiment(input="noise", depth=STEPS)
    drives = [draw(attrs.evolve(e, forget_bias=one)).drive for one in (0.0, 2.0)]
    np.testing.assert_array_equal(*drives)


def test_pinning_a_gate_changes_nothing_of_what_lies_below(tmp_path: Path) -> None:
    lstm_stack(tmp_path / "net.npz", UNITS, UNITS)
    layer = read_layers(tmp_path / "net.npz")[-1]
    e = layer.experiment(input="noise", depth=STEPS, forget_bias=0.8)
    net = draw(e)
    weights, bias, drive = (np.array(one) for one in (net.weights, net.bias, net.drive))
    weights[1], drive[:, 1] = 0.0, 0.0
    lines = [one for one in diagnose(e).lines if one.kind == "gate pinned"]
    for line in lines:
        bias[1] = np.log(line.value / (1 - line.value)) - e.forget_bias
        alone = attrs.evolve(net, weights=weights, bias=bias, drive=drive)
        assert line.rate == pytest.approx(simulate(e, [alone]).gradient_rate, rel=1e-12)
    assert len(lines) == 2
