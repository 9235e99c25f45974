"""Modes: a run taken apart along the eigenvectors of W.

With W = V Λ V⁻¹ the coefficients c = V⁻¹h of a linear net each grow by a factor of their own,
c_k ← (1 − leak + residual + leak·λ_k)·c_k; a nonlinear one mixes them. (Trefethen & Embree 2005,
"Spectra and pseudospectra", for what a large condition number of V makes of this.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np

from tuisim.engine.base.blas import one_blas_thread
from tuisim.engine.base.memo import Array
from tuisim.engine.maths.eigenvectors import eigenbasis
from tuisim.engine.maths.schur import Complex
from tuisim.engine.maths.spectrum import eigen_order

if TYPE_CHECKING:
    from tuisim.engine.runs.run import Run

Progress = Callable[[int, int], None]

_LOG2 = math.log10(2)
# Beyond this no digit of a coefficient is right.
_DEFECTIVE = 1e13
# Moduli alike to this are one: a symmetric spectrum has ±λ.
_ALIKE = 1e-9
_CHUNK_BYTES = 16 << 20
_FORGETS = -20.0


@attrs.frozen(eq=False)
class Modes:
    """The modes of one member, K of them: real eigenvectors, and conjugate pairs as one mode each.

    They stand by modulus, as `start_eigenvector` counts.

    Attributes:
        eigenvalues: (K,) complex, of a pair the one with the positive imaginary part.
        multipliers: (K,) complex, 1 − leak + residual + leak·λ: λ itself in a plain net.
        numbers: (K,), the `start_eigenvector` of each.
        coefficients_log10: (K, T+1), log10 of |c_k|, for a pair √2|c_k|, so that in a normal net
            their squares add up to ‖h_t‖²; over the rows of a batch the root of the sum of squares.
        predicted_log10: (K, T+1), log10 of |c_k(0)|·|multiplier|ᵗ, which is exact in a linear, tied
            net without skip, norm, bias or drive; else None.
        rounding: (K, T+1) bool, where a coefficient is so far under the others that it is
            float64's rounding of these and of the eigenvectors; None where predicted_log10 is.
        condition: κ₂(V) ≥ 1, the eigenvectors being unit vectors; 1 where W is normal.
        normal: whether W is normal.
        leading: (K,) bool, the modes that share the largest |multiplier|.
        leading_share: (T+1,), the share of ‖h_t‖² in the leading modes; None where W is not normal.
    """

    eigenvalues: Complex
    multipliers: Complex
    numbers: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    coefficients_log10: Array
    predicted_log10: Array | None
    rounding: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] | None
    condition: float
    normal: bool
    leading: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    leading_share: Array | None


@one_blas_thread()
def modes(run: Run, member: int = 0, progress: Progress | None = None) -> Modes:
    """Take a member's states apart along the eigenvectors of W (of W₁ where not tied).

    Raises:
        ValueError: a cell with more than one matrix, or a W whose eigenvectors are no basis.
    """
    e, network = run.experiment, run.networks[member]
    if e.cell != "rnn":
        raise ValueError(f"modes: got cell {e.cell!r}, allowed: rnn (it has one matrix W)")
    found = eigenbasis(network)
    values, vectors, condition, normal = found.values, found.vectors, found.condition, found.normal
    if condition > _DEFECTIVE:
        raise ValueError(
            f"modes: got eigenvectors with a condition number of {condition:.1g}, "
            f"allowed: up to {_DEFECTIVE:.0e} (W is defective, or as good as: they are no basis)"
        )
    order = eigen_order(values)
    kept = np.flatnonzero(values[order].imag >= 0)
    chosen = order[kept]
    inverse = vectors.conj().T if normal else np.linalg.inv(vectors)
    log10 = _coefficients(run, member, inverse[chosen], progress)
    paired = values[chosen].imag > 0
    log10[paired] += 0.5 * _LOG2
    eigenvalues = values[chosen]
    multipliers = (1 - e.leak + e.residual) + e.leak * eigenvalues
    moduli = np.abs(multipliers)
    leading = moduli >= moduli.max() - max(_ALIKE * moduli.max(), e.leak * found.rounding)
    share = None
    if normal:
        with np.errstate(invalid="ignore"):
            parts = 2 * (log10[leading] - run.hidden_log10[member])
            share = (10.0**parts).sum(axis=0)
    predicted = _predicted(run, member, log10[:, 0], moduli)
    floor = _rounding_floor(run, member, condition, moduli)
    return Modes(
        eigenvalues=eigenvalues,
        multipliers=multipliers,
        numbers=kept,
        coefficients_log10=log10,
        predicted_log10=predicted,
        rounding=None if predicted is None else log10 <= floor,
        condition=condition,
        normal=normal,
        leading=leading,
        leading_share=share,
    )


def _coefficients(run: Run, member: int, inverse: Complex, progress: Progress | None) -> Array:
    """log10 |rows of V⁻¹ · h_t| for each step, (K, T+1), far outside float64 too."""
    e, buffers = run.experiment, run._buffers
    states = buffers.states[member].reshape(e.depth + 1, e.batch, e.width)
    log10 = np.empty((inverse.shape[0], e.depth + 1))
    size = max(1, _CHUNK_BYTES // (16 * e.batch * e.width))
    for first in range(0, e.depth + 1, size):
        part = slice(first, first + size)
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            found = np.abs(states[part] @ inverse.T).transpose(1, 2, 0)
            # Brought near 1 first: the squares of a batch's rows must not leave float64.
            largest = found.max(axis=0)
            scale = np.where(np.isfinite(largest) & (largest > 0), largest, 1.0)
            log10[:, part] = np.log10(scale) + 0.5 * np.log10(((found / scale) ** 2).sum(axis=0))
        if progress is not None:
            progress(min(first + size, e.depth + 1), e.depth + 1)
    log10 += buffers.state_exponents[member] * _LOG2
    return log10


def _rounding_floor(run: Run, member: int, condition: float, moduli: Array) -> Array:
    """log10 of what rounding leaves in each mode of a linear net, (K, T+1).

    Each step rounds n ε κ(V) ‖h_t‖ into every mode, which from there on goes as the mode does.
    """
    e = run.experiment
    rounded = math.log10(e.width * np.finfo(np.float64).eps * condition)
    with np.errstate(divide="ignore"):
        # A mode that forgets at once has its floor from the newest step.
        rates = np.maximum(np.log10(moduli), _FORGETS)[:, np.newaxis]
    grown = rates * np.arange(e.depth + 1)
    ln10 = math.log(10)
    with np.errstate(invalid="ignore"):
        rests = ln10 * (run.hidden_log10[member] - grown)
        summed: Array = np.logaddexp.accumulate(rests, axis=1)
    return rounded + grown + summed / ln10


def _predicted(run: Run, member: int, start: Array, moduli: Array) -> Array | None:
    e, network = run.experiment, run.networks[member]
    linear = e.activation == "identity" and e.tied and e.norm == "none"
    if not linear or network.biased or network.driven or (e.skip and e.skip_share):
        return None
    times = np.arange(e.depth + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.log10(moduli)
        # −∞ times no step is no change, not nan.
        growth = np.where(times == 0, 0.0, rates[:, np.newaxis] * times)
    predicted: Array = start[:, np.newaxis] + growth
    return predicted
