"""Warming up: the smallest work that makes every kernel compile, in named pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial

import attrs
import numpy as np

from tuisim.engine.base.compiling import telling
from tuisim.engine.base.panels import panels
from tuisim.engine.cells.table import CELLS
from tuisim.engine.diagnosis.jacobian import jacobian_singular_values
from tuisim.engine.kernels import jit
from tuisim.engine.kernels.activations import evaluate
from tuisim.engine.kernels.tails import evaluate_any
from tuisim.engine.kernels.vectors import log10_norms
from tuisim.engine.maths.extended import Extended, product
from tuisim.engine.maths.ordered import symmetric_eigenbasis
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.runs.stream import Stream
from tuisim.engine.surfaces.one_unit import OneUnit
from tuisim.engine.training.descent import fixed, rules_of, step
from tuisim.engine.training.training import train
from tuisim.values.experiment import Experiment
from tuisim.values.plan import Plan

# All kernels are to be counted.
for _name in CELLS:
    CELLS[_name]

#: Called with (done, total, what is next); total is fixed from the first call on.
Progress = Callable[[int, int, str], None]


def kept() -> tuple[int, int]:
    """How many kernels lie compiled in the cache for this processor, and how many there are."""
    # All of them are imported above.
    return jit.kept()


def ready() -> int:
    """How many kernels this process has compiled or loaded."""
    return jit.progress()[0]


def count() -> int:
    """How many kernels there are."""
    return jit.progress()[1]


def warm_up(progress: Progress | None = None) -> None:
    """Compile or load every kernel; what the first curves need comes first.

    Args:
        progress: called before each kernel is compiled and once at the end with done == total.
    """
    for _ in warmed(progress):
        pass


def warmed(progress: Progress | None = None) -> Iterator[int]:
    """Warm up piece by piece, as `warm_up` does at once: how many of `pieces` are done."""
    total = count()

    def told(done: int, name: str) -> None:
        # Before the end there is always one that may be next.
        if progress is not None and name:
            progress(min(done, total - 1), total, name)

    for done, (name, work) in enumerate(pieces(), 1):
        told(jit.progress()[0], name)
        with telling(told) if progress is not None else nullcontext(), jit.insisting():
            work()
        yield done
    if progress is not None:
        progress(total, total, "ready")


def pieces() -> list[tuple[str, Callable[[], object]]]:
    """(what is compiled, the call that does it), in the order in which one needs the other."""
    small = Experiment(width=2, depth=2)
    eye = np.eye(2)[np.newaxis]
    first, *others = (attrs.evolve(small, cell=name) for name in CELLS)
    return [
        ("both passes", lambda: simulate(small)),
        (
            "eigenvalues",
            lambda: symmetric_eigenbasis(np.ones((3, 3)) + np.diag([0.0, 1.0, 2.0])),
        ),
        ("slope and matrix", lambda: simulate(small).matrix_log10),
        ("weight gradients", lambda: simulate(small).weight_gradient_norm),
        ("singular values", lambda: jacobian_singular_values(simulate(small))),
        ("activations", lambda: evaluate("tanh", np.zeros(1))),
        ("activations of any size", lambda: evaluate_any("tanh", np.zeros(1), np.zeros(1))),
        (
            "products of any size",
            lambda: product(Extended.of(np.ones((1, 2))), panels(eye), eye[0], 0),
        ),
        ("norms of any size", lambda: log10_norms(np.zeros((1, 2)))),
        ("the error surface", lambda: OneUnit(steps=1).losses(np.zeros(1), np.zeros(1))),
        *((f"the {one.cell}", partial(_whole, one)) for one in others),
        ("streams", lambda: [_streamed(one) for one in (first, *others)]),
        ("steps of training", _stepped),
        *((f"training of the {one.cell}", partial(_trained, one)) for one in (first, *others)),
    ]


def _whole(experiment: Experiment) -> object:
    return simulate(experiment).weight_gradient_norm


def _trained(experiment: Experiment) -> object:
    return [*train(experiment, Plan(steps=1))]


def _stepped() -> object:
    one = fixed(np.ones((1, 1)))
    return step(rules_of(Experiment(), Plan(), 0.0), 0, (one, one, fixed(one[:, :0])), one[0])


def _streamed(experiment: Experiment) -> object:
    stream = Stream(experiment)
    stream.advance(3)
    return stream.look()
