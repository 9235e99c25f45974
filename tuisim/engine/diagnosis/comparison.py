"""Nets side by side: the run and the theory of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from tuisim.engine.runs.run import Run
from tuisim.engine.runs.simulate import simulate
from tuisim.engine.theory.prediction import Prediction
from tuisim.engine.theory.theory import predict
from tuisim.values.experiment import Experiment


@attrs.frozen(eq=False)
class Compared:
    """One of the nets, by the name that it goes by in the comparison."""

    name: str
    run: Run
    prediction: Prediction


def compare(
    experiments: Mapping[str, Experiment], progress: Callable[[int, int], None] | None = None
) -> tuple[Compared, ...]:
    """Run each experiment, in their order.

    Args:
        progress: called with (done, total) before each.

    Raises:
        ValueError: as `simulate`, the name of the experiment before it.
    """
    found = []
    for done, (name, experiment) in enumerate(experiments.items()):
        if progress is not None:
            progress(done, len(experiments))
        try:
            run = simulate(experiment)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        # Whoever draws reads it, where nothing may take long.
        _ = run.horizon
        found.append(Compared(name, run, predict(experiment, run.networks)))
    return tuple(found)
