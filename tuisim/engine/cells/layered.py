"""The arrays of a net whose layer is a trained one: its matrices, and its input as a drive."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from tuisim.engine.base.gates import candidate_place
from tuisim.engine.base.memo import Array, memo
from tuisim.engine.cells.draws import draw_drive, noise
from tuisim.engine.maths.exchanged import with_eigenvalues
from tuisim.engine.maths.spectrum import Stream
from tuisim.engine.trained.asking import is_unsaid
from tuisim.engine.trained.finding import find_layer, find_signal, signal_digest
from tuisim.engine.trained.layer import Layer
from tuisim.engine.trained.orders import gate_letters
from tuisim.engine.trained.running import as_read, fed, run_levels
from tuisim.values.experiment import Experiment


def layer_arrays(
    layer: Layer, experiment: Experiment, member: int, first: int, looping: bool
) -> dict[str, Any]:
    """What a Network of this layer has but its probe, for the steps after `first`.

    Args:
        layer: whichever the experiment names.
        looping: an input from a file begins anew at its end, in place of being 0 beyond it.

    Raises:
        ValueError: the input is not there, or the layer does not fit the experiment.
    """
    e = experiment
    for name in ("cell", "width"):
        got, allowed = getattr(e, name), getattr(layer, name)
        if got != allowed:
            raise ValueError(f"{name}: got {got!r}, allowed with {e.layer}: {allowed!r}")
    drive = draw_drive(e, member, first)
    if e.input != "none":
        drive += _fed(layer, _heard(layer, e), member if e.input == "noise" else 0, first, looping)
    weights = e.radius * layer.weights
    if e.eigenvalues:
        candidate = candidate_place(len(weights))
        weights[candidate] = _exchanged(layer, e.radius, e.eigenvalues)
    arrays: dict[str, Any] = {
        "weights": weights,
        "bias": layer.bias,
        "drive": drive,
        "start": np.tile(layer.start, (e.batch, 1)),
        "reset": layer.reset,
        "gate_activation": layer.gate_activation,
    }
    if e.cell == "rnn":
        arrays |= {
            "weights": arrays["weights"][0],
            "bias": (layer.bias + layer.recurrent_bias)[0],
            "drive": drive[:, 0],
            "reset": "after",
            "gate_activation": "sigmoid",
        }
    elif e.cell == "gru":
        arrays["recurrent_bias"] = layer.recurrent_bias
    else:
        arrays["bias"] = layer.bias + layer.recurrent_bias
        arrays["peepholes"] = layer.peepholes
        arrays["cell_start"] = np.tile(layer.cell_start, (e.batch, 1))
    return arrays


def _heard(layer: Layer, e: Experiment) -> Experiment:
    """An experiment that is equal wherever a layer reads the same."""
    own: dict[str, Any] = {"seed": e.seed, "drive_gain": e.drive_gain}
    if e.input != "noise":
        own = {"input_digest": e.input_digest or signal_digest(e.input)}
    own |= {"depth": e.depth, "batch": e.batch, "input_at": e.input_at}
    if layer.below:
        own["forget_bias"] = e.forget_bias if is_unsaid(layer, "forget_bias") else 0.0
    if layer.below and is_unsaid(layer, "activation"):
        own["activation"] = e.activation
    return Experiment(spectrum="layer", layer="#any", input=e.input, **own)


@memo
def _exchanged(layer: Layer, radius: float, eigenvalues: tuple[complex, ...]) -> Array:
    """The candidate's W (n, n) with these eigenvalues, whichever member asks."""
    candidate = candidate_place(len(layer.weights))
    return with_eigenvalues(radius * layer.weights[candidate], eigenvalues)


@memo
def _fed(layer: Layer, e: Experiment, member: int, first: int, looping: bool) -> Array:
    """W_in x_t, (T, gates, batch, n): a radius changes none of it, nor what lies below."""
    below = _under(layer, e)
    bottom = below[0][0] if below else layer
    hears = bottom.name, bottom.input_width
    if not looping:
        return fed(layer, as_read(layer, _read(e, below, *hears, member)))
    if e.input == "noise":
        _check_endless(layer, below)
        return fed(layer, _noise(e, layer.input_width, member, first))
    # How deep a window is changes none of what comes again and again.
    file = attrs.evolve(e, depth=1)
    whole = _read_whole(file, below, *hears) if below else _file(file, *hears)
    return fed(layer, as_read(layer, whole)[(first + np.arange(e.depth)) % len(whole)])


def _under(layer: Layer, e: Experiment) -> tuple[tuple[Layer, ...], ...]:
    """The levels that lie between the input and a layer.

    Raises:
        ValueError: something else lies there.
    """
    if e.input_at == "layer":
        return ()
    if layer.between:
        raise ValueError(
            f"input: {layer.name} reads {layer.between}; allowed: input_at layer, which feeds it "
            "directly"
        )
    return layer.below


def reads_backwards(experiment: Experiment) -> bool:
    """Whether what a layer reads at a step may hang on the steps behind it."""
    layer = find_layer(experiment.layer, experiment.layer_digest)
    below = () if experiment.input_at == "layer" else layer.below
    return any(one.reversed for level in (*below, (layer,)) for one in level)


@memo
def _read(
    e: Experiment, below: tuple[tuple[Layer, ...], ...], name: str, inputs: int, member: int
) -> Array:
    """What a layer reads in a run, (T, batch, m): the input, or what those below make of it.

    Args:
        name, inputs: of the layer that hears the input.
    """
    if e.input == "noise":
        return run_levels(_asked(below, e), _noise(e, inputs, member, 0))
    read = _file(e, name, inputs)[: e.depth]
    padded = np.zeros((e.depth, *read.shape[1:]))
    padded[: len(read)] = read
    return run_levels(_asked(below, e), padded)


@memo
def _read_whole(
    e: Experiment, below: tuple[tuple[Layer, ...], ...], name: str, inputs: int
) -> Array:
    """What those below make of a whole file, (steps, batch, m); else as `_read`."""
    return run_levels(_asked(below, e), _file(e, name, inputs))


def _asked(below: tuple[tuple[Layer, ...], ...], e: Experiment) -> list[list[Layer]]:
    """The levels with the φ and forget bias that are asked for, where the file leaves them open.

    It does so for a whole stack: the module that wrote it has one of each for all its levels.
    """
    return [[_answered(one, e) for one in level] for level in below]


def _answered(layer: Layer, e: Experiment) -> Layer:
    changes: dict[str, Any] = {}
    if is_unsaid(layer, "activation"):
        changes["activation"] = e.activation
    if is_unsaid(layer, "forget_bias") and e.forget_bias:
        changes["bias"] = bias = np.array(layer.bias)
        bias[gate_letters(layer.cell).index("f")] += e.forget_bias
    return attrs.evolve(layer, **changes) if changes else layer


def _noise(e: Experiment, inputs: int, member: int, first: int) -> Array:
    scaled: Array = e.drive_gain * noise(e, member, first, Stream.LAYER_INPUT, inputs)
    return scaled


def _check_endless(layer: Layer, below: tuple[tuple[Layer, ...], ...]) -> None:
    """Raise ValueError where no window of noise has what this layer reads of it in a stream."""
    if below or layer.reversed:
        # What those below remember of the window before, or an end to read backwards from.
        why = "reads it backwards" if layer.reversed else "reads what the layers below make of it"
        raise ValueError(
            f"input: got 'noise' in a stream of {layer.name}, which {why}, allowed: none, or "
            "FILE.npy, which is read again and again"
        )


def _file(e: Experiment, name: str, inputs: int) -> Array:
    """The input in a file, (steps, batch, m); arguments as `_read` says."""
    signal = find_signal(e.input, e.input_digest)
    if signal.shape[-1] != inputs:
        raise ValueError(
            f"input: {e.input} has {signal.shape[-1]} numbers a step, allowed with {name}: {inputs}"
        )
    if signal.ndim == 2:
        return np.broadcast_to(signal[:, np.newaxis], (len(signal), e.batch, signal.shape[1]))
    if signal.shape[1] != e.batch:
        raise ValueError(f"batch: got {e.batch}, allowed with {e.input}: {signal.shape[1]}")
    return signal
