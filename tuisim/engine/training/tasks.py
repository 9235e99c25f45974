"""Tasks that ask for memory, as batches of sequences, and what guessing earns in them.

A sequence is as long as the experiment is deep.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import attrs
import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.maths.keyed import Generators
from tuisim.engine.maths.spectrum import Stream
from tuisim.values.experiment import Experiment

Classes = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@attrs.frozen(eq=False)
class Batch:
    """B sequences of T steps.

    Attributes:
        inputs: (T, B, channels), u_t.
        targets: (K, B) classes, or (K, B, 1) numbers, of the last K steps: what the outputs at
            t = T−K+1 … T are to be.
    """

    inputs: Array
    targets: Array | Classes

    @property
    def asked(self) -> int:
        """K, the number of steps at which there is a loss."""
        return int(self.targets.shape[0])


@attrs.frozen(eq=False)
class Judged:
    """Outputs beside their targets.

    Attributes:
        loss: the mean over the batch and the steps asked for.
        accuracy: share of the outputs that count as right.
        gradient: ∂loss/∂outputs, (K, B, outputs).
    """

    loss: float
    accuracy: float
    gradient: Array


class Task(ABC):
    """One kind of sequence, with its loss.

    Attributes:
        channels, outputs: numbers that go in and come out at a step.
        least_depth: the shortest sequence that asks for anything.
        chance_loss, chance_accuracy: the least expected loss, and the largest expected accuracy,
            of outputs that do not depend on the input.
        loss_name: "cross-entropy" (in nats) or "squared error".
        words: what goes in and what is asked for, in a sentence or two of the help.
        reference: where the task is from.
    """

    name: str
    words: str
    channels: int
    outputs: int
    least_depth: int
    chance_loss: float
    chance_accuracy: float
    loss_name: str
    reference: str
    #: How near an output must lie to count as right; 0 where outputs are logits of classes.
    within = 0.0

    def batch(self, experiment: Experiment, step: int) -> Batch:
        """The sequences of update number `step`, by (experiment.seed, step) alone."""
        return self.batches(experiment)(step)

    def batches(self, experiment: Experiment) -> Callable[[int], Batch]:
        """The same as a function of the step, for many of them."""
        generators = Generators(experiment.seed, 0, Stream.TASK_BATCH)
        depth, rows = experiment.depth, experiment.batch
        return lambda step: self.draw(generators.at(step), depth, rows)

    @abstractmethod
    def draw(self, rng: np.random.Generator, depth: int, rows: int) -> Batch:
        """Draw `rows` sequences of `depth` steps."""

    @abstractmethod
    def wanted(self, targets: Array | Classes) -> Array:
        """Outputs (targets, outputs) that a linear readout is fitted to, of all targets in turn."""

    @abstractmethod
    def judge(self, outputs: Array, targets: Array | Classes) -> Judged:
        """Loss, accuracy and gradient of outputs (K, B, outputs)."""


class _Choosing(Task):
    """Outputs are logits of classes, and the loss is their cross-entropy."""

    loss_name = "cross-entropy"

    def wanted(self, targets: Array | Classes) -> Array:
        """A one in the place of each class."""
        return np.eye(self.outputs)[targets.astype(np.int64).ravel()]

    def judge(self, outputs: Array, targets: Array | Classes) -> Judged:
        classes = targets[..., np.newaxis].astype(np.int64)
        shifted = outputs - outputs.max(axis=-1, keepdims=True)
        powers = np.exp(shifted)
        totals = powers.sum(axis=-1, keepdims=True)
        chosen = np.take_along_axis(shifted, classes, axis=-1)
        count = targets.size
        gradient = powers / totals
        right = np.take_along_axis(gradient, classes, axis=-1)
        np.put_along_axis(gradient, classes, right - 1.0, axis=-1)
        return Judged(
            loss=float((np.log(totals) - chosen).sum()) / count,
            accuracy=float((outputs.argmax(axis=-1) == targets).mean()),
            gradient=gradient / count,
        )


class Recall(_Choosing):
    """The class of the first input, asked for after T − 1 distractors.

    u_1 is the unit vector of the class, one of four; u_2 … u_T are N(0, 0.2²) in each channel.
    """

    name = "recall"
    words = (
        "The first input is the unit vector of one of four classes; distractors, N(0, 0.2²) "
        "in each channel, follow it. At t = T the net is asked for the class."
    )
    channels = outputs = 4
    least_depth = 1
    chance_loss = math.log(4)
    chance_accuracy = 1 / 4
    reference = "the latch of Bengio, Simard & Frasconi 1994, with four classes"

    noise = 0.2

    def draw(self, rng: np.random.Generator, depth: int, rows: int) -> Batch:
        classes = rng.integers(self.outputs, size=(1, rows))
        inputs = self.noise * rng.standard_normal((depth, rows, self.channels))
        inputs[0] = np.eye(self.channels)[classes[0]]
        return Batch(inputs, classes)


class Copy(_Choosing):
    """The first symbols, asked for in their order at the end.

    Channels: eight symbols, the blank, the sign to begin. T steps are K symbols, blanks, the sign
    at T − K, K blanks at which the symbols are to come; K is 5, or fewer where T is under 11.
    """

    name = "copy"
    words = (
        "Symbols are shown at first, one of eight at a step, then blanks, then a sign. In the "
        "steps after the sign the net is asked for the symbols in their order."
    )
    symbols = 8
    channels = symbols + 2
    outputs = symbols
    least_depth = 3
    chance_loss = math.log(symbols)
    chance_accuracy = 1 / symbols
    reference = "Hochreiter & Schmidhuber 1997; Arjovsky, Shah & Bengio 2016"

    most = 5

    def draw(self, rng: np.random.Generator, depth: int, rows: int) -> Batch:
        count = min(self.most, (depth - 1) // 2)
        classes = rng.integers(self.symbols, size=(count, rows))
        shown = np.full((depth, rows), self.symbols)
        shown[:count] = classes
        shown[depth - count - 1] = self.symbols + 1
        return Batch(np.eye(self.channels)[shown], classes)


class Adding(Task):
    """Two numbers of a sequence of numbers in [−1, 1], marked in the other channel, added.

    One is marked in each half of the sequence; the target is 0.5 + (x + y)/4, and an output counts
    as right within 0.04 of it. Guessing 0.5 has the variance of (x + y)/4 as its loss.
    """

    name = "adding"
    words = (
        "Each input is a number in [−1, 1] and a mark, which is 1 twice, once in each half. "
        "At t = T the net is asked for 0.5 + (x + y)/4 of the marked two; within 0.04 is right."
    )
    channels = 2
    outputs = 1
    least_depth = 2
    chance_loss = 1 / 24
    #: |x + y| < 0.16, where the density of the sum is (2 − |s|)/4.
    chance_accuracy = (2 * 0.16 - 0.16**2 / 2) / 2
    loss_name = "squared error"
    reference = "Hochreiter & Schmidhuber 1997, experiment 4, with one mark in each half"

    within = 0.04

    def draw(self, rng: np.random.Generator, depth: int, rows: int) -> Batch:
        numbers = rng.uniform(-1.0, 1.0, (depth, rows))
        half = depth // 2
        places = np.stack([rng.integers(half, size=rows), rng.integers(half, depth, size=rows)])
        marks = np.zeros((depth, rows))
        np.put_along_axis(marks, places, 1.0, axis=0)
        added = np.take_along_axis(numbers, places, axis=0).sum(axis=0)
        return Batch(np.stack([numbers, marks], axis=-1), (0.5 + added / 4)[None, :, None])

    def wanted(self, targets: Array | Classes) -> Array:
        """The numbers themselves."""
        return np.asarray(targets, np.float64).reshape(-1, self.outputs)

    def judge(self, outputs: Array, targets: Array | Classes) -> Judged:
        errors = outputs - targets
        return Judged(
            loss=float((errors * errors).mean()),
            accuracy=float((np.abs(errors) < self.within).mean()),
            gradient=2.0 * errors / errors.size,
        )


TASKS: dict[str, Task] = {task.name: task for task in (Recall(), Adding(), Copy())}
