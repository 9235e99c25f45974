"""A φ that a file leaves open is one for a whole stack; one that it says is each layer's own."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest

from tuisim import Layer, draw, read_layers, simulate
from tuisim.engine.base.memo import Array
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
