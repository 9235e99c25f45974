"""The formulas that help prints are evaluated, term by term, and give what was simulated."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from tests.support import toy
from tuisim import Experiment, simulate
from tuisim.engine.base.facts import FACTS, slope, value
from tuisim.engine.base.gates import gate_names
from tuisim.engine.diagnosis.preactivations import pre_activations
from tuisim.engine.runs.run import Run
from tuisim.figures.views.plane import matrix_name
from tuisim.tui.explain import activation as activation_help
from tuisim.tui.explain import jacobian as jacobian_help
from tuisim.tui.explain.net import formula, gradient_formula
from tuisim.values.activations import WRITTEN
from tuisim.values.experiment import ACTIVATIONS

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def layernorm(a: Array) -> Array:
    centred = a - a.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)


def batchnorm(a: Array) -> Array:
    return layernorm(a.T).T


def python(text: str) -> str:
    """A formula as Python has it: products of a matrix by name, all else as it stands."""
    text = re.sub(r"h_\{max\(t−(\d+), 0\)\}", r"past(\1)", text)
    text = text.replace("h_{t−1}", "before").replace("c_{t−1}", "cell")
    text = re.sub(r"\bW(?:_t)? (\w+)", r"times(\1)", text)
    text = re.sub(r"\b([bxsc])_t\b", r"\1", text)
    return text.replace("·", "*").replace("−", "-").replace("σ(", "sigmoid(")


def names_of(run: Run, t: int) -> dict[str, Any]:
    """What the words of a formula mean at step t, but W, b and x."""
    states = run.states[0]
    functions = {name: lambda x, name=name: value(name, x) for name in ACTIVATIONS}
    return {
        **functions,
        "layernorm": layernorm,
        "batchnorm": batchnorm,
        "before": states[t - 1],
        "past": lambda back: states[max(t - back, 0)],
    }


def arrays_of(run: Run, t: int, gate: int | None = None) -> dict[str, Any]:
    """W, b and x of step t."""
    network, tied = run.networks[0], run.experiment.tied
    w, b = (one if tied else one[t - 1] for one in (network.weights, network.bias))
    x = network.drive[t - 1]
    if gate is not None:
        w, b, x = w[gate], b[gate], x[gate]

    def times(vector: Array) -> Array:
        return vector @ w.T

    return {"times": times, "b": b, "x": x}


def evaluated(text: str, names: dict[str, Any]) -> Array:
    return np.asarray(eval(python(text), {}, names))


def rnns() -> list[Experiment]:
    choices: dict[str, tuple[Any, ...]] = {
        "leak": (1.0, 0.1, 1 / 3),
        "residual": (0.0, 0.25),
        "skip": (0, 3),
        "norm": ("none", "batch", "layer"),
        "bias": (0.0, 0.4),
        "drive": ("none", "noise"),
        "tied": (True, False),
        "activation": ("identity", "softplus"),
    }
    return [
        Experiment(
            width=4, depth=5, batch=4, skip_share=0.3, **dict(zip(choices, one, strict=True))
        )
        for one in itertools.product(*choices.values())
    ]


def test_one_step_of_every_rnn() -> None:
    for e in rnns():
        run = simulate(e)
        for t in range(1, e.depth + 1):
            names = names_of(run, t) | arrays_of(run, t)
            for line in formula(e).splitlines():
                name, _, right = line.strip().partition(" = ")
                names[name.removesuffix("_t")] = evaluated(right, names)
            np.testing.assert_allclose(
                names["h"], run.states[0, t], rtol=1e-8, atol=1e-9, err_msg=formula(e)
            )


def gated() -> list[Experiment]:
    choices: dict[str, tuple[Any, ...]] = {
        "activation": ("identity", "tanh"),
        "tied": (True, False),
        "bias": (0.0, 0.4),
        "drive": ("none", "noise"),
    }
    found = []
    for one in itertools.product(*choices.values()):
        e = Experiment(width=4, depth=4, batch=2, **dict(zip(choices, one, strict=True)))
        found += [attrs.evolve(e, cell="lstm", forget_bias=bias) for bias in (0.0, 1.0, -2.5)]
        found.append(attrs.evolve(e, cell="gru"))
    return found


def test_one_step_of_every_gated_cell() -> None:
    for e in gated():
        cell = e.cell
        run = simulate(e)
        first, second = (line.strip() for line in formula(e).splitlines())
        cells = np.zeros((2, 4))
        for t in range(1, e.depth + 1):
            names = names_of(run, t) | {"cell": cells}
            gates = first.removesuffix(", each with matrices of its own")
            added = re.search(r"  \(f: ([+−] [\d.]+)\)", gates)
            gates = gates.replace(added[0], "") if added else gates
            for part in gates.split(",  "):
                left, _, right = part.partition(" = ")
                for name in left.split(", "):
                    own = names | arrays_of(run, t, gate_names(cell).index(name))
                    of = right[:-1] + f" {added[1]})" if added and name == "f" else right
                    names[name] = evaluated(of, own)
            for part in second.split(",  "):
                left, _, right = part.partition(" = ")
                names[left.removesuffix("_t")] = evaluated(right, names)
            cells = names.get("c", cells)
            np.testing.assert_allclose(names["h"], run.states[0, t], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("leak", [1.0, 0.1])
@pytest.mark.parametrize("residual", [0.0, 0.25])
@pytest.mark.parametrize("tied", [True, False])
def test_one_step_back_of_an_rnn(leak: float, residual: float, tied: bool) -> None:
    e = Experiment(width=4, depth=5, leak=leak, residual=residual, tied=tied, bias=0.3)
    run = simulate(e)
    _, _, text = gradient_formula(e).strip().partition(" = ")
    text = text.replace("W_tᵀ", "Wᵀ").replace("g_t", "g").replace("·", "*")
    text = re.sub(r"Wᵀ (?:([\d.]+)\*)?diag\(φ′\(a_t\)\) g", r"back(\1)", text)
    for t in range(1, 6):
        w = run.networks[0].weights if tied else run.networks[0].weights[t - 1]
        g, slopes = run.gradients[0, t], slope("tanh", pre_activations(run, t)["a"])

        def back(factor: float = 1.0, w: Array = w, g: Array = slopes * g) -> Array:
            return factor * g @ w

        np.testing.assert_allclose(
            eval(text, {}, {"g": g, "back": back}), run.gradients[0, t - 1], rtol=1e-10
        )


def test_one_step_back_of_the_cell_of_an_lstm() -> None:
    e = Experiment(cell="lstm", width=4, depth=5, bias=0.3)
    assert "∂L/∂c_{t−1} = f·∂L/∂c_t + o_{t−1}·φ′(c_{t−1})·g_{t−1}" in gradient_formula(e)
    run = simulate(e)
    cells, gates = np.zeros((1, 4)), []
    for t in range(1, 6):
        a = pre_activations(run, t)
        gate = {name: value("tanh" if name == "g" else "sigmoid", a[name]) for name in "ifgo"}
        cells = gate["f"] * cells + gate["i"] * gate["g"]
        gates.append((gate["f"], gate["o"], cells))
    back = run.gradients[0, 5] * gates[4][1] * slope("tanh", gates[4][2])
    for t in range(5, 1, -1):
        (f, _, _), (_, o, c) = gates[t - 1], gates[t - 2]
        back = f * back + o * slope("tanh", c) * run.gradients[0, t - 1]
        assert np.log10(np.linalg.norm(back)) == pytest.approx(
            float(run.cell_gradient_log10[0, t - 1]),
            abs=1e-10,  # type: ignore[index]
        )


#: What the words of an activation's formulas mean.
WORDS: dict[str, Callable[[float], float]] = {
    "Φ": lambda x: 0.5 * math.erfc(-x / math.sqrt(2)),
    "N": lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "sigma": lambda x: 1 / (1 + math.exp(-x)),
    "ln": math.log,
    "exp": math.exp,
    "tanh": math.tanh,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_formulas_of_the_activations(name: str) -> None:
    def at(text: str, a: float) -> float:
        text = text.partition(", ")[0].partition(" ≤ ")[0].rpartition(" = ")[2]
        text = text.replace("−", "-").replace("e^-a", "exp(-a)").replace("e^a", "exp(a)")
        text = text.replace("tanh² a", "tanh(a)**2").replace("tanh a", "tanh(a)")
        text = text.replace("σ", "sigma").replace("·", "*").replace("±1", "math.copysign(1, a)")
        return float(eval(text, {"math": math}, {**WORDS, "a": a}))

    def one_of(text: str, a: float) -> float:
        """The case that holds at a, of "p where a > 0, else q", "p between …, else q", "p or q"."""
        for word, holds in ((" where a > 0, else ", a > 0), (" or ", a > 0)):
            if word in text:
                return at(text.split(word)[0 if holds else 1], a)
        if " between −1 and 1, else " in text:
            return at(text.split(" between −1 and 1, else ")[abs(a) > 1], a)
        return max(a, 0.0) if text == "max(a, 0)" else at(text, a)

    shown, shown_slope = WRITTEN[name]
    for a in (-2.5, -0.7, -1e-3, 1e-3, 0.4, 1.9):
        assert one_of(shown, a) == pytest.approx(float(value(name, a)), rel=1e-4, abs=1e-12)
        assert one_of(shown_slope, a) == pytest.approx(float(slope(name, a)), rel=1e-4, abs=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_what_a_saturated_unit_lets_through(name: str) -> None:
    (line,) = (one for one in activation_help._counted("rnn", 0.1 * FACTS[name].largest_slope)
               if "leaves less than" in one)  # fmt: skip
    most = float(line.rstrip(".").rpartition(" ")[2])
    slopes = np.abs(slope(name, np.linspace(-40, 40, 100_001)))
    saturated = slopes[slopes < 0.1 * FACTS[name].largest_slope]
    assert (saturated < most).all()
    gelu_or_selu = name in ("gelu", "selu")
    assert (most > 0.1) == gelu_or_selu


def test_where_a_gate_is_saturated() -> None:
    shut, open_ = 0.026, 0.974
    for a in np.linspace(-12, 12, 4001):
        if slope("sigmoid", a) < 0.025:
            assert not shut < value("sigmoid", a) < open_
    assert any("over 0.974 or under 0.026" in one for one in activation_help._counted("lstm", 0.1))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_where_a_small_net_is_linear(name: str) -> None:
    words = activation_help._near_zero(name)
    bend = float(abs(slope(name, 1e-9) - slope(name, -1e-9)))
    assert ("linear" in words) == (bend < 1e-6)
    if "linear" not in words:
        left, right = (float(one) for one in re.findall(r"([\d.]+) (?:left|right) of it", words))
        assert left == pytest.approx(float(slope(name, -1e-9)), rel=1e-4)
        assert right == pytest.approx(float(slope(name, 1e-9)), rel=1e-4)


def test_a_cell_without_words_of_its_own_is_spoken_of_by_its_gates() -> None:
    with toy.known():
        e = Experiment(cell="toy", width=4, depth=5, bias=0.4)
        assert formula(e).strip().startswith("f by σ, m by tanh, of W h_{t−1} + b, each")
        assert "Σ Wᵀ δ over f m" in gradient_formula(e)
        assert "the gates f, and of m" in activation_help._counted("toy", 0.1)[0]
        assert jacobian_help._step(e) == "∂h_s/∂h_{s−1}, through f and m"
        assert matrix_name(e) == "W_m"
