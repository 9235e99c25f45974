"""A trained layer as an experiment: states and gradients are the file's net's, every cell's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.layer_twin import Net, gate, gradients, states, weight_gradient
from tests.support.trained import FILES, MODELS, kept, run_stack
from tuisim import Experiment, Layer, draw, jacobian_singular_values, read_layers, simulate
from tuisim.engine.base.memo import Array
from tuisim.engine.cells import layered
from tuisim.engine.cells.cell import member_arrays
from tuisim.engine.cells.table import cell_of
from tuisim.engine.diagnosis.preactivations import spread
from tuisim.engine.diagnosis.tangent import step_jacobian
from tuisim.engine.kernels import jit
from tuisim.engine.maths.exchanged import with_eigenvalues
from tuisim.engine.runs.run import Run
from tuisim.engine.runs.stream import Stream

UNITS, INPUTS, STEPS = 4, 3, 6

#: Every cell and what it may have of its own.
KINDS: dict[str, dict[str, Any]] = {
    "rnn": {"cell": "rnn"},
    "relu rnn": {"cell": "rnn", "activation": "relu"},
    "lstm": {"cell": "lstm"},
    "lstm of elu": {"cell": "lstm", "activation": "elu"},
    "hard lstm": {"cell": "lstm", "gate_activation": "hard_sigmoid_0.2"},
    "lstm with peepholes": {"cell": "lstm", "peepholes": True},
    "hard lstm with peepholes": {
        "cell": "lstm",
        "peepholes": True,
        "gate_activation": "hard_sigmoid_1/6",
        "activation": "softplus",
    },
    "gru": {"cell": "gru"},
    "hard gru": {"cell": "gru", "gate_activation": "hard_sigmoid_1/6"},
    "gru that resets before": {"cell": "gru", "reset": "before"},
    "hard gru that resets before": {
        "cell": "gru",
        "reset": "before",
        "gate_activation": "hard_sigmoid_0.2",
    },
    "relu gru that resets before": {"cell": "gru", "reset": "before", "activation": "relu"},
}


#: Files of stacks that say neither by names nor otherwise what lies below what.
UNTOLD = ("keras2.only.h5", "keras2.weights.h5", "keras3.weights.h5")


def layer_of(kind: str, seed: int = 0) -> Layer:
    """A layer with all that its kind may have, none of it 0."""
    known = dict(KINDS[kind])
    gates = {"rnn": 1, "lstm": 4, "gru": 3}[str(known["cell"])]
    random = np.random.default_rng(seed)
    shape = gates, UNITS
    inside = np.zeros(shape)
    if known["cell"] == "gru" and known.get("reset") != "before":
        inside[2] = random.standard_normal(UNITS)
    if known.pop("peepholes", False):
        known["peepholes"] = random.standard_normal((3, UNITS))
    return Layer(
        name=kind,
        weights=random.standard_normal((*shape, UNITS)) * 0.8,
        input_weights=random.standard_normal((*shape, INPUTS)),
        bias=random.standard_normal(shape),
        recurrent_bias=inside,
        start=random.standard_normal(UNITS),
        cell_start=random.standard_normal(UNITS) if known["cell"] == "lstm" else np.zeros(UNITS),
        **known,
    )


def signal_file(path: Path, signal: Array) -> str:
    np.save(path / "x.npy", signal)
    return str(path / "x.npy")


def signal_of(seed: int = 1) -> Array:
    return np.random.default_rng(seed).standard_normal((STEPS, INPUTS))


@pytest.mark.parametrize("kind", KINDS)
def test_states_and_gradients_of_every_cell(kind: str, tmp_path: Path) -> None:
    layer, signal = layer_of(kind), signal_of()
    e = layer.experiment(
        depth=STEPS, input=signal_file(tmp_path, signal), forget_bias=0.3, update_bias=-0.4
    )
    run = simulate(e)
    net = Net.of(layer, signal, forget_bias=0.3, update_bias=-0.4)
    h, c = states(net)
    np.testing.assert_allclose(run.states[0, :, 0], h, rtol=0, atol=1e-13)
    probe = run.networks[0].probe[0]
    of_h, of_c = gradients(net, probe)
    np.testing.assert_allclose(run.gradients[0, :, 0], of_h, rtol=1e-11, atol=1e-13)
    if run.cell_gradient_log10 is not None and run.cell_log10 is not None:
        norms = np.log10(np.linalg.norm(of_c, axis=1))
        # At T the loss hears c_T by way of h_T alone.
        np.testing.assert_allclose(run.cell_gradient_log10[0], norms, rtol=0, atol=1e-11)
        norms = np.log10(np.linalg.norm(c, axis=1))
        np.testing.assert_allclose(run.cell_log10[0], norms, rtol=0, atol=1e-13)
    whole = np.linalg.norm(weight_gradient(net, probe))
    assert run.weight_gradient_norm[0] == pytest.approx(whole, rel=1e-11)
    assert 10 ** run.weight_gradient_norm_log10[0] == pytest.approx(whole, rel=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_s_jacobian(kind: str, tmp_path: Path) -> None:
    layer, signal = layer_of(kind), signal_of()
    e = layer.experiment(depth=STEPS, input=signal_file(tmp_path, signal))
    run = simulate(e)
    net = Net.of(layer, signal)
    h, c = states(net)
    n, size = UNITS, UNITS * (2 if layer.cell == "lstm" else 1)
    for t in (1, STEPS):
        expected = np.zeros((size, size))
        for unit in range(size):
            turned = 1e-30j * np.eye(size)[unit]
            there = net.step(
                t - 1, h[t - 1] + turned[:n], c[t - 1] + (turned[n:] if size > n else 0)
            )
            expected[:, unit] = np.concatenate(there).imag[:size] / 1e-30
        buffers = cell_of(e, run.networks[0]).buffers(*member_arrays(run._buffers, 0))
        found = step_jacobian(e, run.networks[0], buffers, t)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert not np.isnan(jacobian_singular_values(run)).any()


@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_pieces_are_what_one_row_is(kind: str, tmp_path: Path) -> None:
    """Three rows of a batch, each of an input of its own."""
    layer = layer_of(kind)
    signals = np.stack([signal_of(seed) for seed in range(3)], axis=1)
    e = layer.experiment(depth=STEPS, batch=3, input=signal_file(tmp_path, signals))
    run = simulate(e)
    for row in range(3):
        h, _ = states(Net.of(layer, signals[:, row]))
        np.testing.assert_allclose(run.states[0, :, row], h, rtol=0, atol=1e-13)
        alone = gradients(Net.of(layer, signals[:, row]), run.networks[0].probe[row])[0]
        np.testing.assert_allclose(run.gradients[0, :, row], alone, rtol=1e-11, atol=1e-13)
    assert spread(run).counts.sum() + spread(run).missing.sum() == STEPS * 3 * UNITS


@pytest.mark.parametrize("kind", KINDS)
def test_steps_beyond_float64_are_the_kernels_where_both_can(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step in numbers of any size, both ways."""
    layer, signal = layer_of(kind), signal_of()
    path = signal_file(tmp_path, signal)
    e = layer.experiment(depth=STEPS, input=path, forget_bias=0.2, update_bias=0.1, batch=2)
    run = simulate(e)
    network, cell = run.networks[0], cell_of(e, run.networks[0])
    room = cell.allocate(e, 1, STEPS)
    own = cell.buffers(*member_arrays(room, 0))
    cell.begin_at(e, network, tuple(own))
    for t in range(STEPS):
        cell.step_beyond(e, network, own, t, t)
    cell.seed_gradient(network.probe, STEPS, own, cell.settings(e, network))
    for t in range(STEPS, 0, -1):
        cell.step_back_beyond(e, network, own, t - 1, t, 0, False)
    again = Run(e, run.networks, room)
    np.testing.assert_allclose(again.states, run.states, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(again.gradients, run.gradients, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(again.weight_gradient_norm, run.weight_gradient_norm, rtol=1e-11)


@pytest.mark.parametrize("file", FILES)
def test_a_net_of_a_framework(file: str, tmp_path: Path) -> None:
    """Levels below are run first, reversed directions backwards: the framework's own states."""
    known = kept(file)
    layers = {layer.name: layer for layer in read_layers(MODELS / file)}
    path = signal_file(tmp_path, known.signal)
    for net in known.nets:
        top = [layers[name] for name in net.stack[-1]]
        if len(net.stack) > 1 and not top[0].below:
            # A weights file of Keras does not tell: what lies below is run by the test.
            assert file in UNTOLD
            below = [[layers[name] for name in level] for level in net.stack[:-1]]
            path = signal_file(tmp_path, run_stack(below, known.signal))
        found = []
        for layer in top:
            states = simulate(layer.experiment(depth=len(known.signal), input=path)).states
            found.append(states[0, 1:, 0][:: -1 if layer.reversed else 1])
        output = np.concatenate(found, axis=1)
        assert np.abs(output - net.output).max() < known.tolerance, net.name
        path = signal_file(tmp_path, known.signal)


def test_radius_scales_w_and_eigenvalues_take_the_place_of_its_own() -> None:
    layer = layer_of("lstm")
    network = draw(layer.experiment(radius=0.5))
    np.testing.assert_array_equal(network.weights, 0.5 * layer.weights)
    own = np.linalg.eigvals(layer.weights[2])
    as_they_are = tuple(complex(one) for one in own)
    same = draw(layer.experiment(eigenvalues=as_they_are)).weights
    np.testing.assert_array_equal(same, layer.weights)
    wanted = (0.9 + 0.4j, 0.9 - 0.4j, -0.3, 1.2)
    other = draw(layer.experiment(eigenvalues=wanted))
    found = sorted(np.linalg.eigvals(other.matrix), key=lambda one: (one.real, one.imag))
    expected = sorted(wanted, key=lambda one: (one.real, one.imag))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(other.weights[[0, 1, 3]], layer.weights[[0, 1, 3]])


def test_members_share_the_exchange_of_eigenvalues(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Array] = []

    def counted(matrix: Array, eigenvalues: Any) -> Array:
        asked.append(matrix)
        return with_eigenvalues(matrix, eigenvalues)

    monkeypatch.setattr(layered, "with_eigenvalues", counted)
    e = layer_of("lstm").experiment(eigenvalues=(0.9, 0.1, -0.3, 1.2), members=3, radius=0.5)
    weights = [draw(e, member).weights for member in range(3)]
    assert len(asked) == 1
    np.testing.assert_array_equal(weights[0], weights[2])
    draw(attrs.evolve(e, radius=0.7))
    assert len(asked) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_pre_activations_of_a_step_are_of_its_own_states(kind: str, tmp_path: Path) -> None:
    """By the equations, and of those states alone: a deep net's are found in pieces."""
    layer, signals = layer_of(kind), np.stack([signal_of(seed) for seed in range(2)], axis=1)
    path = signal_file(tmp_path, signals)
    e = layer.experiment(depth=STEPS, batch=2, input=path, forget_bias=0.3, update_bias=-0.4)
    run = simulate(e)
    biases = {"forget_bias": 0.3, "update_bias": -0.4}
    expected: dict[str, list[Array]] = {}
    for row in range(2):
        net = Net.of(layer, signals[:, row], **biases)
        h, c = states(net)
        for name, a in applied(net, h[-2], c[-2], c[-1]).items():
            expected.setdefault(name, []).append(a)
    known = [one[0].copy() for one in run.state_vectors]
    for one in known:
        one[: STEPS - 1] = np.nan
    cell = cell_of(e, run.networks[0])
    found = cell.pre_activations(e, run.networks[0], known, STEPS - 1, STEPS)
    assert found.keys() == expected.keys()
    for name, a in found.items():
        np.testing.assert_allclose(a[0], expected[name], rtol=0, atol=1e-12)


def applied(net: Net, h: Array, c: Array, new: Array) -> dict[str, Array]:
    """What φ and the gates are applied to in the last step: from h and c, to c = new."""
    layer = net.layer
    x = net.fed[-1] + layer.bias
    own = [w @ h + b for w, b in zip(layer.weights, layer.recurrent_bias, strict=True)]
    if layer.cell == "rnn":
        return {"a": own[0] + x[0]}
    if layer.cell == "gru":
        r, z = own[0] + x[0], own[1] + x[1] + net.update_bias
        opened = gate(layer, r.astype(complex)).real
        inner = layer.weights[2] @ (opened * h) + layer.recurrent_bias[2]
        return {"r": r, "z": z, "m": (inner if layer.reset == "before" else opened * own[2]) + x[2]}
    p = np.zeros((3, layer.width)) if layer.peepholes is None else layer.peepholes
    i, f, g, o = (left + right for left, right in zip(own, x, strict=True))
    heard = {"i": i + p[0] * c, "f": f + net.forget_bias + p[1] * c, "g": g, "o": o + p[2] * new}
    return heard


def test_hidden_rate_counts_from_the_first_state_that_is_not_zero(tmp_path: Path) -> None:
    layer = attrs.evolve(layer_of("rnn"), bias=np.zeros((1, UNITS)), start=np.zeros(UNITS))
    signal = np.zeros((STEPS, INPUTS))
    e = layer.experiment(depth=STEPS, input=signal_file(tmp_path, signal))
    assert np.isnan(simulate(e).hidden_rate)
    signal[1] = 1.0
    run = simulate(layer.experiment(depth=STEPS, input=signal_file(tmp_path, signal)))
    log10 = run.hidden_log10[0]
    assert np.isneginf(log10[:2]).all()
    assert run.hidden_rate == pytest.approx((log10[-1] - log10[2]) * np.log(10) / (STEPS - 2))


def test_an_input_enters_where_it_is_asked_to(tmp_path: Path) -> None:
    layers = {layer.name: layer for layer in read_layers(MODELS / "older.pth")}
    layer = layers["decoder.l1"]
    wide = signal_file(tmp_path, np.random.default_rng(3).standard_normal((STEPS, 5)))
    e = layer.experiment(input=wide, input_at="layer", depth=STEPS)
    alone = attrs.evolve(layer, below=(), path="", _digested=None)
    np.testing.assert_array_equal(draw(e).drive, draw(alone.experiment(**heard(wide))).drive)
    with pytest.raises(ValueError, match=r"5 numbers a step, allowed with decoder\.l0: 3"):
        draw(attrs.evolve(e, input_at="stack"))
    # What lies between two layers and is none is not run, and not passed over in silence.
    upper = attrs.evolve(alone, between="what Dense 'd' gives")
    said = r"decoder\.l1 reads what Dense 'd' gives; allowed: input_at layer"
    for name in ("noise", wide):
        with pytest.raises(ValueError, match=said):
            draw(upper.experiment(input=name))
    np.testing.assert_array_equal(
        draw(upper.experiment(**heard(wide), input_at="layer")).drive, draw(e).drive
    )
    assert draw(upper.experiment()).drive is not None
    # A stream of noise is one layer's own.
    Stream(layer.experiment(input="noise", input_at="layer")).advance(3)


def heard(path: str) -> dict[str, Any]:
    return {"input": path, "depth": STEPS}


def test_what_does_not_fit_is_one_line(tmp_path: Path) -> None:
    layer = read_layers(MODELS / "net.safetensors")[0]
    e = layer.experiment()
    for change, said in (
        ({"cell": "lstm" if e.cell != "lstm" else "gru"}, r"^cell: got '\w+', allowed with "),
        ({"width": 7}, r"^width: got 7, allowed with .*: 5$"),
        ({"layer_digest": "0" * 64}, rf"{layer.digest}.*{'0' * 64}"),
        ({"layer": f"{tmp_path}/gone.pt#x", "layer_digest": ""}, "gone.pt: No such file"),
        ({"layer": f"{layer.path}#x", "layer_digest": ""}, "got 'x', allowed in"),
    ):
        with pytest.raises(ValueError, match=said) as caught:
            draw(attrs.evolve(e, **change))
        assert "\n" not in str(caught.value)
    narrow = signal_file(tmp_path, np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"2 numbers a step, allowed with .*: 3"):
        draw(layer.experiment(input=narrow))
    with pytest.raises(ValueError, match=r"^layer: got '#gone', which is in no file"):
        draw(Experiment(spectrum="layer", layer="#gone", layer_digest="1" * 64))


def test_a_file_that_changes_is_kept_by_its_digest(tmp_path: Path) -> None:
    copy = tmp_path / "net.safetensors"
    copy.write_bytes((MODELS / "net.safetensors").read_bytes())
    layer = read_layers(copy)[0]
    e = layer.experiment()
    before = draw(e).weights
    copy.write_bytes(b"something else")
    np.testing.assert_array_equal(draw(e).weights, before)


def test_noise_is_the_seed_s_and_more_steps_keep_the_earlier_ones() -> None:
    layer = layer_of("gru")
    one, two = (draw(layer.experiment(input="noise", depth=depth)) for depth in (5, 9))
    np.testing.assert_array_equal(one.drive, two.drive[:5])
    other = draw(layer.experiment(input="noise", depth=5, seed=1))
    assert not np.array_equal(one.drive, other.drive)
    loud = draw(layer.experiment(input="noise", depth=5, drive_gain=2.0))
    np.testing.assert_allclose(loud.drive, 2 * one.drive, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_loops_the_input(kind: str, tmp_path: Path) -> None:
    layer, signal = layer_of(kind), signal_of()
    stream = Stream(layer.experiment(depth=STEPS, input=signal_file(tmp_path, signal)))
    stream.advance(2 * STEPS + 3)
    look = stream.look()
    looped = np.tile(signal, (3, 1))[: 2 * STEPS + 3]
    h, _ = states(Net.of(layer, looped))
    norms = np.log10(np.linalg.norm(h, axis=1))[look.first :]
    np.testing.assert_allclose(look.hidden_log10[0], norms, rtol=0, atol=1e-12)
    probe = look.networks[0].probe[0]
    back = gradients(Net.of(layer, looped), probe)[0][-1 - STEPS :]
    norms = np.log10(np.linalg.norm(back, axis=1))
    # Over a window's oldest state no path leads by c: what is before it is a constant.
    first = 1 if layer.cell == "lstm" else 0
    np.testing.assert_allclose(look.gradient_log10[0, first:], norms[first:], rtol=0, atol=1e-9)


def test_kernels_find_what_their_plain_twins_find() -> None:
    """What is compiled only where a network asks for it."""
    for kind in ("hard gru that resets before", "hard gru", "hard lstm with peepholes"):
        layer = layer_of(kind)
        e = layer.experiment(depth=20, input="noise", batch=2)
        network = draw(e)
        plain = simulate(e, [network])
        with jit.insisting():
            compiled = simulate(e, [network])
            weights = compiled.weight_gradient_norm
        np.testing.assert_array_equal(compiled.states, plain.states)
        np.testing.assert_array_equal(compiled.gradients, plain.gradients)
        assert weights[0] == pytest.approx(plain.weight_gradient_norm[0], rel=1e-12)


def test_kernels_that_few_ask_for_are_not_made_ready() -> None:
    from tuisim.engine.cells.variants import gru, lstm

    modules = {one.py_func.__module__ for one in jit.kernels()}
    assert not {gru.__name__, lstm.__name__} & modules
