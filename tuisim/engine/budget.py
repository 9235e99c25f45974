"""Bounds on the work of a run, checked before any of it starts. Imports tuisim.experiment only."""

from __future__ import annotations

from tuisim.experiment import Experiment

MAX_BYTES = 4 << 30
MAX_FLOPS = 1e12

_FLOAT_BYTES = 8


def run_bytes(experiment: Experiment, gates: int = 1) -> int:
    """Bytes of the arrays of a run: states, gradients, slopes, drive, and matrices three times."""
    rows = experiment.members * experiment.depth * experiment.batch * experiment.width
    matrices = experiment.members * (1 if experiment.tied else experiment.depth)
    # Matrices lie there as drawn, and in both passes' panels, which are filled up to eights.
    padded = -(-experiment.width // 8) * 8
    matrices *= experiment.width * (experiment.width + 2 * padded)
    # A norm keeps the normalised pre-activation.
    kept = 4 if experiment.norm == "none" else 5
    return _FLOAT_BYTES * gates * (kept * rows + matrices)


def run_flops(experiment: Experiment, gates: int = 1) -> float:
    """Floating-point operations of one forward and one backward pass: 4·members·T·batch·n²."""
    steps = float(experiment.members) * experiment.depth * experiment.batch
    return 4.0 * gates * steps * experiment.width**2


def check_budget(experiment: Experiment, gates: int = 1) -> None:
    """Raise ValueError where a run takes more than MAX_BYTES or MAX_FLOPS.

    The message says how much it would take and what to lower.
    """
    size, flops = run_bytes(experiment, gates), run_flops(experiment, gates)
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


def _advice(experiment: Experiment) -> str:
    lower = [
        f"{name} ({getattr(experiment, name)})"
        for name in ("members", "batch", "depth", "width")
        if getattr(experiment, name) > 1
    ]
    return f"lower {', '.join(lower)}" + ("" if experiment.tied else ", or tie the weights")
