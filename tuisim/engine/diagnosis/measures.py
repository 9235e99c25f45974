"""What a view may need beyond the run, each by name: a function from a run to numbers.

A measure that has nothing to say of a run raises ValueError with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.facts import FACTS
from tuisim.engine.base.memo import Array
from tuisim.engine.maths.ordered import added
from tuisim.engine.maths.schur import Complex

if TYPE_CHECKING:
    from tuisim.engine.diagnosis.modes import Modes
    from tuisim.engine.diagnosis.preactivations import Spread
    from tuisim.engine.runs.run import Run
    from tuisim.values.experiment import Experiment

#: Called with how much of the work is done, and how much there is.
Progress = Callable[[int, int], None]

#: A curve of more steps than this could not be seen on a terminal.
_JACOBIANS = 201

Measure = Callable[["Run", Progress | None], Any]


@attrs.frozen(eq=False)
class Spectrum:
    """What is known of W (where not tied of the first, in a gated cell of the candidate's).

    It is the first member's.

    Attributes:
        eigenvalues: (n,) complex.
        singular_values: (n,), largest first.
        departure: Henrici's departure from normality over √n.
        growth_bound: the most that a step back can stretch a gradient,
            |1 − leak + residual| + leak·σ₁·γ; None with skip or norm, which have other paths, and
            where not tied, since other steps have other matrices.
    """

    eigenvalues: Complex
    singular_values: Array
    departure: float
    growth_bound: float | None

    @property
    def radius(self) -> float:
        """The spectral radius, ρ."""
        return float(np.abs(self.eigenvalues).max())


@attrs.frozen(eq=False)
class Parts:
    """The change of a gradient's log10 from each step to the one before, in two parts.

    Attributes:
        names: what makes the first and the second part.
        gradient: what it is the change of: "∂L/∂h_t" or "∂L/∂c_t".
        first, second: (M, T), nan from a zero vector on.
        log10: (M, T+1), log10 of the gradient's norm.
    """

    names: tuple[str, str]
    gradient: str
    first: Array
    second: Array
    log10: Array


@attrs.frozen(eq=False)
class Jacobian:
    """How the first member's last state depends on its earlier ones.

    Attributes:
        steps: (K,), the t looked at, ascending, 0 and T among them.
        singular_log10: (K, n), log10 of the singular values of ∂h_T/∂h_t, largest first.
        bound_log10: (T+1,), log10 of what the largest singular values and slopes allow at most;
            None where there is no such bound.
        rounded: whether what lies along h, and is small, is rounding; see `along_state_is_rounded`.
    """

    steps: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    singular_log10: Array
    bound_log10: Array | None
    rounded: bool = False


@attrs.frozen(eq=False)
class Exponents:
    """The first member's Lyapunov exponents.

    Attributes:
        exponents: (n,), in nats a step, largest first; (2n,) of (h, c) for the lstm.
        mean_log_det: mean over the steps of ln|det| of their Jacobians, to which the exponents add
            up; None with layer norm alone, under which no step has full rank.
        steps: how many there were, T; None where that is not known.
        rounded: as of Jacobian.
    """

    exponents: Array
    mean_log_det: float | None
    steps: int | None = None
    rounded: bool = False


@one_blas_thread()
def spectrum(run: Run, progress: Progress | None = None) -> Spectrum:
    """Eigenvalues, singular values and what follows from them."""
    e, network = run.experiment, run.networks[0]
    singular = np.linalg.svd(network.matrix, compute_uv=False).astype(np.float64)
    bound = None
    if e.cell == "rnn" and e.tied and e.norm == "none" and not e.skip:
        stretch = e.leak * float(singular[0]) * FACTS[e.activation].largest_slope
        bound = abs(1 - e.leak + e.residual) + stretch
    return Spectrum(network.eigenvalues, singular, network.departure, bound)


def pre_activations(run: Run, progress: Progress | None = None) -> Spread:
    """Where the pre-activations lie at each step."""
    from tuisim.engine.diagnosis.preactivations import spread

    return spread(run, progress)


def parts(run: Run, progress: Progress | None = None) -> Parts:
    """Who changes the gradient: slopes and matrix, or for the lstm the forget gate and the rest."""
    e = run.experiment
    slope, matrix = run.slope_log10, run.matrix_log10
    if slope is not None and matrix is not None:
        return Parts(("slope", "matrix"), "∂L/∂h_t", slope, matrix, run.gradient_log10)
    carried, rest, log10 = run.carried_log10, run.rest_log10, run.cell_gradient_log10
    if carried is not None and rest is not None and log10 is not None:
        return Parts(("carried", "rest"), "∂L/∂c_t", carried, rest, log10)
    if e.skip:
        raise ValueError(
            f"parts: got skip {e.skip}, allowed: 0 (with a skip connection the gradient at a step "
            "comes from two later ones, so no single step changes it)"
        )
    raise ValueError(
        f"parts: got cell {e.cell!r}, allowed: rnn, lstm (the gates of this one act on several "
        "paths at once, so its change has no two parts)"
    )


def weights(run: Run, progress: Progress | None = None) -> Array:
    """log10 ‖∂L/∂W_t‖, (M, T), which the Run keeps with the norms of the whole gradient."""
    _ = run.clip_cosine
    return run.weight_gradient_log10


def modes(run: Run, progress: Progress | None = None) -> Modes:
    """The first member's states along the eigenvectors of W."""
    from tuisim.engine.diagnosis.modes import modes

    return modes(run, 0, progress)


def jacobian(run: Run, progress: Progress | None = None) -> Jacobian:
    """Singular values of ∂h_T/∂h_t, and the bound on them."""
    from tuisim.engine.diagnosis.jacobian import jacobian_singular_values
    from tuisim.engine.theory.prediction import Case
    from tuisim.engine.theory.theory import THEORIES

    e = run.experiment
    steps = np.unique(np.linspace(0, e.depth, min(e.depth + 1, _JACOBIANS)).round().astype(int))
    one = attrs.evolve(e, members=1)
    (bound,) = (theory for theory in THEORIES if theory.name == "bound")
    return Jacobian(
        steps=steps,
        singular_log10=jacobian_singular_values(run, 0, steps.tolist(), progress),
        bound_log10=bound.of(Case(one, run.networks[:1])).gradient_log10,
        rounded=along_state_is_rounded(e),
    )


def along_state_is_rounded(e: Experiment) -> bool:
    """Whether a step's Jacobian leaves of what lies along h no more than its matrix's rounding.

    Layer norm takes the size of h out again, all but 1e-12 of it, where nothing carries h on and
    φ(cx) = c φ(x). Gradients are right there; products of Jacobians do not hold that part apart.
    """
    alone = e.cell == "rnn" and e.norm == "layer" and e.leak == 1.0 and not e.residual
    return alone and FACTS[e.activation].positively_homogeneous


def lyapunov(run: Run, progress: Progress | None = None) -> Exponents:
    """Lyapunov exponents, and the determinants that they must add up to."""
    from tuisim.engine.diagnosis.jacobian import lyapunov_exponents

    e = run.experiment
    singular = e.norm == "layer" and e.leak == 1.0 and not e.residual
    return Exponents(
        exponents=lyapunov_exponents(e, run.networks, progress),
        mean_log_det=None if singular else mean_log_det(run),
        steps=e.depth,
        rounded=along_state_is_rounded(e),
    )


@one_blas_thread()
def mean_log_det(run: Run, member: int = 0) -> float:
    """Mean over the steps of ln|det ∂h_t/∂h_{t−1}|, of (h, c) for the lstm, in nats.

    Without skip and batch norm, batch 1. −inf where a step lacks rank, nan where its Jacobian has
    an entry that is not finite.
    """
    from tuisim.engine.cells.table import cell_of
    from tuisim.engine.diagnosis.jacobian import check_followed, log_det
    from tuisim.engine.runs.run import member_buffers

    e, network = run.experiment, run.networks[member]
    plain = e.cell == "rnn" and e.norm == "none" and e.leak == 1.0 and not e.residual
    if plain and not any(run._buffers.beyond[member]):
        # diag(φ′)·W: one determinant a matrix.
        of_matrices = [log_det(one) for one in network.weights_by_step]
        of_slopes = [log_det(one) for one in run.slopes[member, :, 0]]
        return float(np.mean(of_matrices)) + float(np.mean(of_slopes))
    check_followed(run, member)
    buffers, factors = member_buffers(run._buffers, member), cell_of(e, network).step_factors
    steps = range(1, e.depth + 1)
    return added(log_det(one) for t in steps for one in factors(e, network, buffers, t)) / e.depth


#: Name → what computes it.
MEASURES: Mapping[str, Measure] = {
    "spectrum": spectrum,
    "pre_activations": pre_activations,
    "parts": parts,
    "weights": weights,
    "modes": modes,
    "jacobian": jacobian,
    "lyapunov": lyapunov,
}
