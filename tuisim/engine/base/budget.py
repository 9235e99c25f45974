"""Bounds on the work of a run, checked before any of it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tuisim.values.cells import CELLS
from tuisim.values.experiment import Experiment

MAX_BYTES = 4 << 30
MAX_FLOPS = 1e12

#: Time steps of the one-unit net in all steps of a descent; two descents of these take a minute.
MAX_UNIT_STEPS = 400_000_000

_FLOAT_BYTES = 8

_bounds: list[Callable[[Experiment], object]] = []


@contextmanager
def bounded(check: Callable[[Experiment], object]) -> Iterator[None]:
    """Let nothing run in this process meanwhile for which `check` raises ValueError."""
    _bounds.append(check)
    try:
        yield
    finally:
        _bounds.remove(check)


def run_bytes(experiment: Experiment) -> int:
    """Bytes of the arrays of a run: what the passes keep, the drive, and matrices three times."""
    e, facts = experiment, CELLS[experiment.cell]
    gates = len(facts.gates)
    matrices = e.members * gates * (1 if e.tied else e.depth)
    # Matrices lie there as drawn, and in both passes' panels, which are filled up to eights.
    padded = -(-e.width // 8) * 8
    matrices *= e.width * (e.width + 2 * padded)
    by_unit, by_step = facts.kept + gates, facts.kept_by_step
    if e.norm != "none":
        # The normalised pre-activation, what was added to W s, and 1/σ of as many groups at most.
        by_unit, by_step = by_unit + 2, by_step + max(e.batch, e.width)
    kept = e.members * e.depth * (by_unit * e.batch * e.width + by_step)
    return _FLOAT_BYTES * (kept + matrices)


def run_flops(experiment: Experiment) -> float:
    """Floating-point operations of both passes' products: 4·gates·members·T·batch·n²."""
    steps = float(experiment.members) * experiment.depth * experiment.batch
    return 4.0 * len(CELLS[experiment.cell].gates) * steps * experiment.width**2


def check_budget(experiment: Experiment) -> None:
    """Raise ValueError where a run takes more than MAX_BYTES or MAX_FLOPS, or than its bounds.

    The message says how much it would take and what to lower.
    """
    for check in _bounds:
        check(experiment)
    size, flops = run_bytes(experiment), run_flops(experiment)
    if size > MAX_BYTES:
        raise ValueError(
            f"budget: the run takes {size / 2**30:.1f} GiB, "
            f"allowed: {MAX_BYTES / 2**30:.0f} GiB; {_advice(experiment)}"
        )
    if flops > MAX_FLOPS:
        raise ValueError(
            f"budget: the run takes {flops:.1e} floating-point operations, "
            f"allowed: {MAX_FLOPS:.0e}; {_advice(experiment)}"
        )


def check_descent(steps: int, depth: int) -> None:
    """Raise ValueError where so many steps of descent, each of so many time steps, are too many."""
    taken = steps * depth
    if taken > MAX_UNIT_STEPS:
        raise ValueError(
            f"budget: a path takes {taken} time steps, allowed: {MAX_UNIT_STEPS}; "
            f"lower steps ({steps}) or depth ({depth})"
        )


def _advice(experiment: Experiment) -> str:
    lower = [
        f"{name} ({getattr(experiment, name)})"
        for name in ("members", "batch", "depth", "width")
        if getattr(experiment, name) > 1
    ]
    return f"lower {', '.join(lower)}" + ("" if experiment.tied else ", or tie the weights")
