"""Files of trained nets made by frameworks, what these say of them, and a net run step by step."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np

from tests.support import layer_twin
from tuisim.engine.base.memo import Array
from tuisim.engine.trained.layer import Layer

MODELS = Path(__file__).parents[1] / "data" / "models"
#: Each has the framework's own word beside it.
FILES = sorted(path.stem for path in MODELS.glob("*.*.npz") if (MODELS / path.stem).exists())


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
    found = layer_twin.states(layer_twin.Net.of(layer, signal))[0][1:]
    return found[::-1] if layer.reversed else found


def written(path: Path, scale: float, width: int = 4) -> None:
    """The net of a training at some update, whole and by a rename."""
    random = np.random.default_rng(1)
    arrays = {
        "rnn.weight_hh_l0": scale * random.standard_normal((width, width)),
        "rnn.weight_ih_l0": random.standard_normal((width, 3)),
    }
    other = path.with_name("other.npz")
    np.savez(other, **arrays)
    os.replace(other, path)
