"""Files of trained nets made by frameworks, what these say of them, and a net run step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.trained.layer import Layer

MODELS = Path(__file__).parents[1] / "data" / "models"
#: Each has the framework's own word beside it.
FILES = sorted(path.stem for path in MODELS.glob("*.*.npz") if (MODELS / path.stem).exists())


#: By Layer's names.
SQUASHED: Mapping[str, Callable[[Array], Array]] = {
    "identity": lambda a: a,
    "tanh": np.tanh,
    "relu": lambda a: np.maximum(a, 0.0),
    "hard_tanh": lambda a: np.clip(a, -1.0, 1.0),
    "leaky_relu": lambda a: np.where(a > 0, a, 0.01 * a),
    "elu": lambda a: np.where(a > 0, a, np.expm1(a)),
    "softplus": lambda a: np.log1p(np.exp(a)),
    "sigmoid": lambda a: 1.0 / (1.0 + np.exp(-a)),
    "hard_sigmoid_0.2": lambda a: np.clip(0.2 * a + 0.5, 0.0, 1.0),
    "hard_sigmoid_1/6": lambda a: np.clip(a / 6.0 + 0.5, 0.0, 1.0),
}


@attrs.frozen(eq=False)
class Net:
    """A net in a file: its layers by level, from the bottom, and its states (T, n)."""

    name: str
    stack: list[list[str]]
    output: Array


@attrs.frozen(eq=False)
class Kept:
    """What a framework says of a file: arrays by their names, the input (T, m), and its nets.

    Attributes:
        tolerance: of a net's states; more where the framework rounds as it runs.
    """

    arrays: dict[str, Array]
    signal: Array
    nets: list[Net]
    tolerance: float


def kept(file: str) -> Kept:
    """What lies beside a file."""
    with np.load(MODELS / f"{file}.npz") as found:
        by_name = {name: found[name] for name in found.files}
    names = [name.removeprefix("stack/") for name in by_name if name.startswith("stack/")]
    return Kept(
        {name[6:]: one for name, one in by_name.items() if name.startswith("array/")},
        by_name["input"].astype(np.float64),
        [
            Net(
                name,
                [level.split(",") for level in by_name[f"stack/{name}"]],
                by_name[f"output/{name}"],
            )
            for name in names
        ],
        float(by_name.get("tolerance", 1e-5)),
    )


def run_stack(stack: Sequence[Sequence[Layer]], signal: Array) -> Array:
    """The states of the uppermost level, both directions side by side."""
    for level in stack:
        signal = np.concatenate([run(one, signal) for one in level], axis=1)
    return signal


def run(layer: Layer, signal: Array) -> Array:
    """h_t (T, n) by the time of its input, step by step and gate by gate."""
    states, h, c = [], layer.start, layer.cell_start
    for x in signal[::-1] if layer.reversed else signal:
        h, c = _step(layer, x, h, c)
        states.append(h)
    return np.stack(states[::-1] if layer.reversed else states)


def _step(layer: Layer, x: Array, h: Array, c: Array) -> tuple[Array, Array]:
    own = [w @ h + b for w, b in zip(layer.weights, layer.recurrent_bias, strict=True)]
    fed = [w @ x + b for w, b in zip(layer.input_weights, layer.bias, strict=True)]
    sigma, phi = SQUASHED[layer.gate_activation], SQUASHED[layer.activation]
    if layer.cell == "rnn":
        return phi(own[0] + fed[0]), c
    if layer.cell == "gru":
        r, z = (sigma(own[gate] + fed[gate]) for gate in (0, 1))
        if layer.reset == "before":
            m = phi(layer.weights[2] @ (r * h) + layer.recurrent_bias[2] + fed[2])
        else:
            m = phi(r * own[2] + fed[2])
        return (1 - z) * m + z * h, c
    i, f, g, o = (left + right for left, right in zip(own, fed, strict=True))
    p = np.zeros((3, layer.width)) if layer.peepholes is None else layer.peepholes
    c = sigma(f + p[1] * c) * c + sigma(i + p[0] * c) * phi(g)
    return sigma(o + p[2] * c) * phi(c), c
