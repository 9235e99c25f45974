"""lean: a run without what its curves were made of, so that many may be kept at once."""

from __future__ import annotations

from types import SimpleNamespace

from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate

#: Curves of the cell's buffers, (M, T+1); the last two are the lstm's alone.
_CURVES = ("hidden_log10", "gradient_log10", "cell_log10", "cell_gradient_log10")
#: What a Run computes once and keeps, (M, T) at most; taken along where it is there.
_SMALL = (
    "horizon",
    "hidden_nonfinite_step",
    "gradient_nonfinite_step",
    "input_gradient_log10",
    "_weight_gradients",
)


def lean(run: Run) -> Run:
    """The same run with its curves and the saturation, and of the gradients that at h_0 alone.

    It has no networks, states or slopes: `whole` computes them again.
    """
    if is_lean(run):
        return run
    found = {name: getattr(run, name) for name in _CURVES}
    # Views would hold on to all that they are views of.
    curves = {name: one.copy() for name, one in found.items() if one is not None}
    result = Run(run.experiment, (), SimpleNamespace(**curves))
    known = {name: vars(run)[name] for name in _SMALL if name in vars(run)}
    first = run.gradients[:, :1].copy()
    vars(result).update(known, saturation=run.saturation, gradients=first)
    return result


def is_lean(run: Run) -> bool:
    """Whether a run has its curves alone."""
    return not run.networks


def whole(run: Run) -> Run:
    """The run with all that it has, computed again where it is lean.

    Raises:
        ValueError: as `simulate`; the file of a trained layer is another by now, say.
    """
    return simulate(run.experiment) if is_lean(run) else run
