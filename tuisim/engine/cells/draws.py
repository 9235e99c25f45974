"""The random arrays of a net beside its matrices: bias, drive, start, probe."""

from __future__ import annotations

import math

import numpy as np

from tuisim.engine.base.gates import gate_keys
from tuisim.engine.base.memo import Array, memo
from tuisim.engine.maths.eigenvectors import leading_direction
from tuisim.engine.maths.ordered import norms
from tuisim.engine.maths.spectrum import Stream, generator
from tuisim.values.experiment import Experiment

#: sin(2πk/25) for k = 0 … 12: a processor's own sine has other last digits on another one.
_SINE = (
    0.0,
    0.2486898871648548,
    0.48175367410171527,
    0.6845471059286887,
    0.8443279255020151,
    0.9510565162951535,
    0.9980267284282716,
    0.9822872507286887,
    0.9048270524660196,
    0.7705132427757893,
    0.5877852522924731,
    0.368124552684678,
    0.12533323356430426,
)
_SINE_PERIOD = 25
#: Steps whose noise is drawn at a time.
_NOISE_BLOCK = 1024


def draw_bias(experiment: Experiment, member: int, first: int) -> Array:
    """The biases of the steps after `first`, a row a gate."""
    n, keys = experiment.width, gate_keys(experiment)
    steps = (0,) if experiment.tied else range(first, first + experiment.depth)
    if not experiment.bias:
        return np.zeros((len(steps) * len(keys), n))
    return experiment.bias * np.stack(
        [
            generator(experiment.seed, member, Stream.BIAS, step, *key).standard_normal(n)
            for step in steps
            for key in keys
        ]
    )


def draw_drive(experiment: Experiment, member: int, first: int) -> Array:
    """The input of the steps after `first`, (T, gates, rows, n)."""
    gates = len(gate_keys(experiment))
    if experiment.drive == "none":
        return np.zeros((experiment.depth, gates, experiment.batch, experiment.width))
    directions = np.stack(
        [
            generator(experiment.seed, member, Stream.DRIVE_DIRECTION, 0, *key).standard_normal(
                experiment.width
            )
            for key in gate_keys(experiment)
        ]
    )
    signal = np.empty((experiment.depth, 1, experiment.batch, 1))
    times = first + 1 + np.arange(experiment.depth)
    if experiment.drive == "impulse":
        signal[:, 0, :, 0] = (times == 1)[:, np.newaxis]
    elif experiment.drive == "sine":
        # The second half of a period is the first one backwards, and negative.
        period = np.array([*_SINE, *(-one for one in _SINE[:0:-1])])
        signal[:, 0, :, 0] = period[times % _SINE_PERIOD][:, np.newaxis]
    else:
        signal[:, 0] = noise(experiment, member, first, Stream.DRIVE_NOISE, 1)
    drive: Array = experiment.drive_gain * signal * directions[:, np.newaxis]
    return drive


def noise(experiment: Experiment, member: int, first: int, stream: Stream, width: int) -> Array:
    """(depth, batch, width) noise; a row's numbers come in blocks, so that any step can be had."""
    last = first + experiment.depth
    blocks = range(first // _NOISE_BLOCK, -(-last // _NOISE_BLOCK))
    rows = [
        np.concatenate(
            [
                # A pairing of (row, block) that no two share: rows are at most 4096.
                generator(experiment.seed, member, stream, row + 4096 * block).standard_normal(
                    (_NOISE_BLOCK, width)
                )
                for block in blocks
            ]
        )
        for row in range(experiment.batch)
    ]
    skipped = first - blocks[0] * _NOISE_BLOCK
    return np.stack(rows, axis=1)[skipped : skipped + experiment.depth]


def draw_start(experiment: Experiment, member: int) -> Array:
    """h_0, (rows, n)."""
    rows, n = experiment.batch, experiment.width
    if experiment.start_eigenvector is None:
        unit = _unit_start(experiment.seed, member, rows, n)
    else:
        # Of the matrix that the rnn cell has, and a gated cell's candidate.
        direction = leading_direction(experiment, member, experiment.start_eigenvector)
        unit = _to_unit_rms(np.tile(direction, (rows, 1)))
    scaled: Array = unit * experiment.start_rms
    return scaled


@memo
def _unit_start(seed: int, member: int, rows: int, width: int) -> Array:
    return _to_unit_rms(generator(seed, member, Stream.START).standard_normal((rows, width)))


def _to_unit_rms(start: Array) -> Array:
    rms = norms(start) / math.sqrt(start.shape[1])
    unit: Array = start / rms[:, np.newaxis]
    return unit


@memo
def draw_probe(seed: int, member: int, rows: int, width: int) -> Array:
    """∂L/∂h_T (rows, n), of norm 1."""
    probe = generator(seed, member, Stream.PROBE).standard_normal((rows, width))
    return probe / float(norms(probe.ravel()))
