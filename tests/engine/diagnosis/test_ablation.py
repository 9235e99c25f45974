"""A layer with a part pinned or exchanged: each number is that of a net stepped through naively."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support.layer_twin import SQUASHED, Net, gate, weight_gradient
from tuisim import Layer, draw, simulate
from tuisim.engine.base.memo import Array
from tuisim.engine.base.stopping import StoppedError, stoppable
from tuisim.engine.diagnosis.ablation import FARTHEST, Diagnosis, Measured, diagnose, net_of
from tuisim.engine.trained.altered import kept_in, on_bias, pinned

UNITS, INPUTS, STEPS = 3, 2, 6
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
#: Which gate keeps the state, by its place.
KEEPERS = {"lstm": 1, "gru": 1}


def layer_of(cell: str, **more: Any) -> Layer:
    random = np.random.default_rng(3)
    shape = GATES[cell], UNITS
    return Layer(
        name=cell,
        cell=cell,
        weights=random.standard_normal((*shape, UNITS)) * 0.6,
        input_weights=random.standard_normal((*shape, INPUTS)),
        bias=random.standard_normal(shape),
        recurrent_bias=random.standard_normal(shape),
        **more,
    )


def signal_of() -> Array:
    return np.random.default_rng(4).standard_normal((STEPS, INPUTS))


def rate(net: Net, probe: Array, kept: Array | None = None) -> float:
    """ln of what is left of the gradient at h_0, a step; the keeping gate is at `kept` always."""
    layer = net.layer
    found = []
    for unit in range(UNITS):
        h = layer.start + 1e-30j * np.eye(UNITS)[unit]
        c = layer.cell_start.astype(complex)
        for t in range(len(net.fed)):
            h, c = net.step(t, h, c) if kept is None else _kept_step(net, t, h, c, kept)
        found.append((h @ probe).imag / 1e-30)
    with np.errstate(divide="ignore"):
        return float(np.log(np.linalg.norm(found) / np.linalg.norm(probe))) / len(net.fed)


def _kept_step(net: Net, t: int, h: Array, c: Array, kept: Array) -> tuple[Array, Array]:
    layer, phi = net.layer, SQUASHED[net.layer.activation]
    a = [
        w @ h + own + x + b
        for w, own, x, b in zip(
            net.weights, layer.recurrent_bias, net.fed[t], layer.bias, strict=True
        )
    ]
    if layer.cell == "gru":
        r = gate(layer, a[0])
        m = net.weights[2] @ h + layer.recurrent_bias[2]
        return (1 - kept) * phi(r * m + net.fed[t, 2] + layer.bias[2]) + kept * h, c
    p = np.zeros((3, UNITS)) if layer.peepholes is None else layer.peepholes
    c = kept * c + gate(layer, a[0] + p[0] * c) * phi(a[2])
    return gate(layer, a[3] + p[2] * c) * phi(c), c


def diagnosed(layer: Layer, path: Path, **changes: Any) -> tuple[Diagnosis, Net, Array]:
    """With the naive net of it and its probe."""
    signal = signal_of()
    np.save(path / "x.npy", signal)
    e = layer.experiment(depth=STEPS, input=str(path / "x.npy"), **changes)
    biases = {name: changes[name] for name in ("forget_bias", "update_bias") if name in changes}
    return diagnose(e), Net.of(layer, signal, **biases), draw(e).probe[0]


def line(found: Diagnosis, kind: Any, value: Any = None) -> Measured:
    one = found.line(kind, value)
    assert one is not None
    return one


KINDS = {
    "lstm": layer_of("lstm"),
    "hard lstm with peepholes": layer_of(
        "lstm",
        gate_activation="hard_sigmoid_0.2",
        peepholes=np.random.default_rng(5).standard_normal((3, UNITS)),
    ),
    "gru": layer_of("gru"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_gate_that_is_pinned(kind: str, tmp_path: Path) -> None:
    layer = KINDS[kind]
    place, field = KEEPERS[layer.cell], "forget_bias" if layer.cell == "lstm" else "update_bias"
    found, net, probe = diagnosed(layer, tmp_path, **{field: 0.3})
    assert found.lines[0].rate == pytest.approx(rate(net, probe), rel=1e-10)
    own = gate(layer, layer.bias[place] + layer.recurrent_bias[place] + 0.3 + 0j).real
    assert line(found, "gate on its bias").rate == pytest.approx(rate(net, probe, own), rel=1e-10)
    for at in (0.5, 0.993):
        expected = rate(net, probe, np.full(UNITS, at))
        assert line(found, "gate pinned", at).rate == pytest.approx(expected, rel=1e-10)
    more = attrs.evolve(net, **{field: 1.3})
    assert line(found, "gate bias more").rate == pytest.approx(rate(more, probe), rel=1e-10)
    assert line(found, "gate bias more").rate != found.lines[0].rate


def test_without_an_input_and_under_noise(tmp_path: Path) -> None:
    layer = KINDS["lstm"]
    found, net, probe = diagnosed(layer, tmp_path)
    silent = attrs.evolve(net, fed=np.zeros_like(net.fed))
    assert line(found, "at rest").rate == pytest.approx(rate(silent, probe), rel=1e-10)
    run = simulate(layer.experiment(depth=STEPS, input="noise"))
    assert line(found, "noise").rate == run.gradient_rate
    assert line(found, "noise").rate != found.lines[0].rate
    at_rest = diagnose(layer.experiment(depth=STEPS))
    assert at_rest.line("at rest") is None
    assert at_rest.lines[0].rate == pytest.approx(rate(silent, probe), rel=1e-10)
    assert diagnose(layer.experiment(depth=STEPS, input="noise")).line("noise") is None


def test_every_other_activation_of_an_rnn(tmp_path: Path) -> None:
    layer = layer_of("rnn")
    found, net, probe = diagnosed(layer, tmp_path)
    lines = {one.value: one for one in found.lines if one.kind == "activation"}
    assert len(lines) == 9
    assert layer.activation not in lines
    for name in SQUASHED.keys() - {"tanh"}:
        other = attrs.evolve(net, layer=attrs.evolve(layer, activation=name))
        assert lines[name].rate == pytest.approx(rate(other, probe), rel=1e-10), name
    assert not any(one.kind.startswith("gate") for one in found.lines)


def test_the_radius_at_which_the_rate_turns(tmp_path: Path) -> None:
    for cell in GATES:
        layer = layer_of(cell)
        quiet = {
            name: 0.2 * getattr(layer, name) for name in ("input_weights", "bias", "recurrent_bias")
        }
        found, net, probe = diagnosed(attrs.evolve(layer, **quiet), tmp_path)
        one = line(found, "radius")

        def at(factor: float, net: Net = net, probe: Array = probe) -> float:
            return rate(attrs.evolve(net, weights=factor * net.weights), probe)

        assert one.rate == pytest.approx(at(one.value), rel=1e-8, abs=1e-10)
        assert at(one.value * math.exp(-2e-3)) * at(one.value * math.exp(2e-3)) < 0
        # None lies nearer to 1, as far as a comb shows it.
        near = np.geomspace(1.0, one.value, 16)[:-1]
        assert {at(factor) > 0 for factor in near} == {found.lines[0].rate > 0}


def test_a_rate_that_never_turns_has_no_radius() -> None:
    layer = Layer("a", "lstm", np.zeros((4, 2, 2)), np.zeros((4, 2, 1)))
    found = diagnose(layer.experiment(depth=5))
    assert found.line("radius") is None
    assert FARTHEST == 16


def test_clipped(tmp_path: Path) -> None:
    layer = attrs.evolve(layer_of("rnn"), weights=3 * layer_of("rnn").weights)
    found, net, probe = diagnosed(layer, tmp_path, clip_threshold=0.01)
    whole = math.log10(np.linalg.norm(weight_gradient(net, probe)))
    assert found.lines[0].weight_gradient_log10 == pytest.approx(whole, rel=1e-9)
    assert whole > -2
    one = line(found, "clipped", 0.01)
    assert one.weight_gradient_log10 == pytest.approx(-2)
    assert one.rate == found.lines[0].rate
    found, _, _ = diagnosed(layer, tmp_path, clip="value", clip_threshold=0.01)
    by_value = math.log10(np.linalg.norm(weight_gradient(net, probe).clip(-0.01, 0.01)))
    assert found.lines[0].weight_gradient_log10 == pytest.approx(by_value, rel=1e-9)


@pytest.mark.parametrize(
    ("format", "to"),
    [
        ("float16", lambda one: one.astype(np.float16)),
        ("float8_e4m3", lambda one: np.sign(one) * _nearest(np.abs(one))),
    ],
)
def test_rounded_arrays(format: str, to: Callable[[Array], Array], tmp_path: Path) -> None:
    layer = KINDS["lstm"]
    found, _, probe = diagnosed(layer, tmp_path)
    names = ("weights", "input_weights", "bias", "recurrent_bias", "start", "cell_start")
    other = attrs.evolve(layer, **{name: to(getattr(layer, name)) for name in names})
    expected = rate(Net.of(other, signal_of()), probe)
    assert line(found, "rounded", format).rate == pytest.approx(expected, rel=1e-10)
    assert line(found, "rounded", format).rate != found.lines[0].rate


def _nearest(sizes: Array) -> Array:
    """Of what has four binary digits, and is over 2⁻⁹; none of these numbers is in the middle."""
    table = np.concatenate([[0.0], *(np.arange(8, 16) * 2.0**k for k in range(-9, 5))])
    table = np.concatenate([table, np.arange(8) * 2.0**-9])
    return table[np.abs(sizes[..., np.newaxis] - table).argmin(axis=-1)]


def test_horizon_and_saturation_are_the_run_s(tmp_path: Path) -> None:
    layer = KINDS["lstm"]
    found, _, _ = diagnosed(layer, tmp_path)
    run = simulate(found.experiment)
    assert (found.lines[0].horizon, found.lines[0].regime) == (run.horizon, run.regime)
    assert found.lines[0].saturation == run.saturation.mean()
    # An open gate's slope, 0.993 · 0.007, is under a tenth of ¼: a fifth of all that has a slope.
    assert line(found, "gate pinned", 0.993).saturation >= 0.2


def test_rows_of_a_batch_and_members() -> None:
    layer = KINDS["gru"]
    e = layer.experiment(depth=STEPS, input="noise", batch=2, members=3)
    found = diagnose(e)
    rates = [
        simulate(attrs.evolve(e, members=1), [draw(e, member)]).gradient_rate for member in range(3)
    ]
    assert found.lines[0].rate == pytest.approx(np.median(rates), rel=1e-12)


def test_an_altered_layer_is_another_one() -> None:
    layer = KINDS["lstm"]
    others = [on_bias(layer, "f"), pinned(layer, "f", 0.5), kept_in(layer, "bfloat16")]
    assert len({layer.digest, *(one.digest for one in others)}) == 4
    assert all(not one.path for one in others)


def test_the_net_of_every_line_is_an_experiment_of_its_own(tmp_path: Path) -> None:
    for kind in ("lstm", "gru"):
        found, _, _ = diagnosed(KINDS[kind], tmp_path)
        for one in found.lines:
            net = net_of(found, one, "something")
            run = simulate(net)
            assert (run.gradient_rate, run.regime) == (one.rate, one.regime), one.kind
            in_memory = one.kind in ("gate on its bias", "gate pinned", "rounded")
            assert net.layer == (f"#something of {kind}" if in_memory else found.experiment.layer)
        assert net_of(found, found.lines[0], "") == found.experiment


def test_what_was_changed_before_is_not_as_trained() -> None:
    layer = layer_of("rnn")
    heard = {"depth": STEPS, "input": "noise", "seed": 3, "clip": "norm"}
    assert not diagnose(layer.experiment(**heard)).changed
    for change in ({"radius": 1.1}, {"activation": "relu"}, {"leak": 0.5}):
        assert diagnose(layer.experiment(**heard, **change)).changed


def test_eigenvalues_that_are_given_do_not_scale_with_w() -> None:
    e = layer_of("rnn").experiment(depth=STEPS, eigenvalues=(0.5, 0.6, 0.7))
    found = diagnose(e)
    assert not found.scaled
    assert found.line("radius") is None


def test_it_says_how_far_it_is_and_can_be_stopped() -> None:
    said: list[tuple[int, int]] = []
    e = layer_of("rnn").experiment(depth=STEPS)
    found = diagnose(e, lambda done, total: said.append((done, total)))
    assert [done for done, _ in said] == list(range(len(said)))
    assert len(said) >= len(found.lines)
    assert all(done < total == said[0][1] for done, total in said)
    with stoppable(lambda: True), pytest.raises(StoppedError):
        diagnose(e)


def test_a_net_without_a_layer_has_no_parts() -> None:
    from tuisim import Experiment

    with pytest.raises(ValueError, match="layer"):
        diagnose(Experiment())


def test_noise_enters_a_layer_directly_where_nobody_knows_what_lies_below() -> None:
    layer = attrs.evolve(KINDS["lstm"], between="what Dense 'd' gives")
    run = simulate(layer.experiment(depth=STEPS, input="noise", input_at="layer"))
    found = diagnose(layer.experiment(depth=STEPS))
    assert line(found, "noise").rate == run.gradient_rate


def test_what_leaves_float64_is_not_clipped_into_a_number() -> None:
    layer = Layer("a", "rnn", [[[10.0]]], [[[0.0]]], start=[1.0], activation="identity")
    for clip in ("norm", "value"):
        found = diagnose(layer.experiment(depth=400, clip=clip))
        # The sum over the steps of 10³⁹⁹, each, but for the whole bias path that there is none of.
        whole = 399 + math.log10(400)
        assert found.lines[0].weight_gradient_log10 == pytest.approx(whole, rel=1e-9)
        assert line(found, "clipped").weight_gradient_log10 == pytest.approx(whole, rel=1e-9)
