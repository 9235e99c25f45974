"""What a theory is: its Prediction, its conditions, its entry, and what all theories count with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from tuisim.engine.cells.network import Network, draw
from tuisim.values.experiment import Experiment

Array = NDArray[np.float64]

LN10 = math.log(10)


@attrs.frozen(eq=False, kw_only=True)
class Prediction:
    """What one theory says of one experiment.

    Attributes:
        name: of the theory.
        reference: paper and equation.
        average: which average it speaks of ("exact", "root mean square over draws, n → ∞", …).
        gradient_rate, hidden_rate: nats per step (gradient: per step back), or None. Where the
            curve is exact or a bound, the mean change of ln norm over the run, as on Run; where
            the theory is asymptotic, the change per step once a transient is over.
        gradient_log10, hidden_log10: (T+1,) float64, or None: log10 of ‖∂L/∂h_t‖ and ‖h_t‖, −inf
            where exactly zero.
        cell_gradient_rate, cell_gradient_log10: the same of ‖∂L/∂c_t‖, for the lstm.
        hidden_rounding, gradient_rounding: the step from which on (for the gradient: back) what a
            simulation in float64 gives is rounding, the norm being far under what the rounding of
            larger parts grew to (median over members); None where all of the curve is the net's.
            Where it hides the exact curve too, that is nan and its rate None.
        why: why it does not apply; empty where it does.
        warning: what weakens a theory that does apply (a finite width, say); else empty.
    """

    name: str = "none"
    reference: str = ""
    average: str = ""
    gradient_rate: float | None = None
    hidden_rate: float | None = None
    gradient_log10: Array | None = None
    hidden_log10: Array | None = None
    cell_gradient_rate: float | None = None
    cell_gradient_log10: Array | None = None
    hidden_rounding: int | None = None
    gradient_rounding: int | None = None
    why: str = ""
    warning: str = ""

    @property
    def applies(self) -> bool:
        """Whether the theory speaks of the experiment at all."""
        return not self.why


class DoesNotApplyError(Exception):
    """Raised by a theory; the message completes "does not apply, because …"."""


class Case:
    """An experiment with the networks of its members, drawn when a theory first needs them."""

    def __init__(self, experiment: Experiment, networks: Sequence[Network] | None = None) -> None:
        self.experiment = experiment
        self._given = networks

    @property
    def given(self) -> bool:
        """Whether the networks are a caller's."""
        return self._given is not None

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        if self._given is not None:
            return tuple(self._given)
        return tuple(draw(self.experiment, member) for member in range(self.experiment.members))

    def require(self, met: bool, because: str) -> None:
        """Raise DoesNotApplyError where a condition is not met."""
        if not met:
            raise DoesNotApplyError(because)

    def require_activation(self, name: str) -> None:
        """Raise DoesNotApplyError where φ is another one."""
        got = self.experiment.activation
        self.require(got == name, f"the activation is {got}, not the {name}")

    def require_spectrum(self, name: str) -> None:
        """Raise DoesNotApplyError where the matrices are drawn otherwise."""
        got = self.experiment.spectrum
        self.require(got == name, f"the spectrum is {got}, not {name}")

    def require_tied(self) -> None:
        """Raise DoesNotApplyError where each step has a matrix of its own."""
        tied = self.experiment.tied
        self.require(tied, "the net is not tied: it is for one matrix at every step")

    def require_untied(self) -> None:
        """Raise DoesNotApplyError where all steps share one matrix."""
        tied = self.experiment.tied
        self.require(not tied, "the net is tied: it is for a fresh matrix at every step")

    def require_plain(self, *names: str) -> None:
        """Raise DoesNotApplyError where one of the named parts of an rnn step is there."""
        e = self.experiment
        there = {
            "leak": e.leak != 1,
            "residual": e.residual != 0,
            # A share of 0 takes nothing over the distance.
            "skip": e.skip != 0 and e.skip_share != 0,
            "norm": e.norm != "none",
            "bias": e.bias != 0,
            "drive": e.drive != "none" and e.drive_gain != 0,
        }
        for name in names:
            self.require(not there[name], f"{name} is {getattr(e, name)}: {_WITHOUT[name]}")

    def require_plain_networks(self) -> None:
        """Raise DoesNotApplyError where a given network brings what its experiment does not say."""
        for network in self.networks:
            self.require(not network.biased, "the network has a bias of its own")
            self.require(not network.driven, "the network has an input of its own")
            self.require_finite(network)

    def require_finite(self, network: Network) -> None:
        """Raise DoesNotApplyError where a network brings entries that are not numbers."""
        for name in ("weights", "start", "probe"):
            finite = bool(np.isfinite(getattr(network, name)).all())
            self.require(finite, f"{name} has entries that are not finite")


_WITHOUT = {
    "leak": "it is for units without a leak",
    "residual": "it is for nets without an identity path",
    "skip": "it is for nets without a skip connection",
    "norm": "it is for nets without normalisation",
    "bias": "it is for nets without a bias",
    "drive": "it is for nets without input",
}


@attrs.frozen
class Theory:
    """One theory: a name, where it was published, the function that applies it, and its cells.

    They are None for one that is of every cell.
    """

    name: str
    reference: str
    apply: Callable[[Case], Prediction]
    cells: tuple[str, ...] | None = ("rnn",)

    def of(self, case: Case) -> Prediction:
        """The prediction for a case, or a Prediction that says why there is none."""
        try:
            cell = case.experiment.cell
            if self.cells is not None:
                mine = " or ".join(self.cells)
                case.require(cell in self.cells, f"the cell is {cell}: it is for the {mine} cell")
            given = case.experiment.layer or case.given
            # Looked at only where a network may be more than its experiment says.
            if given and any(network.varied for network in case.networks):
                raise DoesNotApplyError("the trained gates are not those that it is for")
            # What leaves float64 is inf or nan in a curve too, and no news.
            with np.errstate(over="ignore", invalid="ignore"):
                found = self.apply(case)
        except DoesNotApplyError as refusal:
            found = Prediction(why=f"does not apply, because {refusal}")
        return attrs.evolve(found, name=self.name, reference=self.reference)


def median(values: Iterable[float]) -> float:
    """The median of one number a member."""
    return float(np.median(list(values)))


def median_curve(curves: Sequence[Array]) -> Array:
    """The median, point by point, of one curve a member."""
    return curves[0] if len(curves) == 1 else np.asarray(np.median(np.stack(curves), axis=0))


def over_members(average: str, case: Case) -> str:
    """The words for an average, of which the median is taken where there are several members."""
    return f"{average}, median over members" if len(case.networks) > 1 else average


def line(start: float, rate: float, steps: NDArray[np.int64]) -> Array:
    """log10 of e^start · e^(rate·steps); −inf times no step is no change, not nan."""
    with np.errstate(invalid="ignore"):
        growth = np.where(steps == 0, 0.0, steps * rate)
    return np.asarray((start + growth) / LN10)
