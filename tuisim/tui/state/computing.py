"""What the app asks of the engine, in the background thread; and whether it may.

Importing numba takes half a second, and the first frame must not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run
    from tuisim.engine.theory.theory import Prediction
    from tuisim.figures.words.status import Piece
    from tuisim.values.experiment import Experiment

#: Up to this width eigenvalues and theory come so fast that the curves wait for them.
_AT_ONCE = 128


@attrs.frozen(eq=False)
class Diagnosis:
    """What is known of a run beyond its curves.

    eigenvalues: (n,) complex, of the first member's W; with its largest singular value and its
    departure from normality. why: the parts of the gradient's factor, in words.
    """

    prediction: Prediction
    linearised: Prediction
    eigenvalues: Any
    largest_singular: float
    departure: float
    why: tuple[Piece, ...] = ()


@attrs.frozen(eq=False)
class Computed:
    """A run, and its diagnosis once that is there."""

    run: Run
    diagnosis: Diagnosis | None

    @property
    def experiment(self) -> Experiment:
        """What was run."""
        return self.run.experiment

    @property
    def prediction(self) -> Prediction | None:
        """What theory says of it, where that is known."""
        return None if self.diagnosis is None else self.diagnosis.prediction

    @property
    def is_lean(self) -> bool:
        """Whether of the run there are the curves alone."""
        return not self.run.networks

    def lean(self) -> Computed:
        """The same with the run's curves alone, in as little memory as they take."""
        from tuisim.engine.runs.lean import lean

        return attrs.evolve(self, run=lean(self.run))


def within_budget(
    experiment: Experiment, changes: Mapping[str, Any]
) -> tuple[Experiment, tuple[str, ...]]:
    """As `adjusted`.

    Raises:
        ValueError: as that, or the run takes more than the budget.
    """
    from tuisim.engine.base.budget import check_budget

    adjusted, notes = experiment.adjusted(**changes)
    check_budget(adjusted)
    return adjusted, notes


def compute(experiment: Experiment) -> Computed:
    """Run the experiment; a wide net's diagnosis is left out, since it takes far longer.

    Raises:
        ValueError: as `simulate`.
    """
    from tuisim.engine.base import memo, memory
    from tuisim.engine.runs.simulate import simulate

    run = simulate(experiment)
    for one in (memo, memory):
        one.tidy()
    # The event loop reads these; let this thread make them.
    _ = run.hidden_log10, run.gradient_log10, run.gradients, run.saturation, run.horizon
    _ = run.input_gradient_log10, run.gradient_rate, run.hidden_rate
    _ = run.regime, run.member_regimes
    if experiment.clip != "none":
        _ = run.clip_cosine
    return Computed(run, diagnose(run) if experiment.width <= _AT_ONCE else None)


def diagnose(run: Run) -> Diagnosis:
    """Theory and the spectrum of W."""
    from tuisim.engine.theory.theory import linearised, predict
    from tuisim.figures.words.cause import cause_pieces

    network = run.networks[0]
    return Diagnosis(
        prediction=predict(run.experiment, run.networks),
        linearised=linearised(run.experiment, run.networks),
        eigenvalues=network.eigenvalues,
        largest_singular=network.largest_singular_value,
        departure=network.departure,
        why=cause_pieces(run),
    )
