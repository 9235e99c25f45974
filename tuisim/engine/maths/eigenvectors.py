"""Eigenvectors of W, by how it was drawn.

What is announced as eigenvalue number k and the vector that belongs to it come from one place.
LAPACK's eigenvalues of a non-normal matrix are off by the rounding times a condition number, so
that equal moduli come out in an order of their own.
"""

from __future__ import annotations

import math
from typing import Protocol

import attrs
import numpy as np

from tuisim.engine.base.memo import Array, memo
from tuisim.engine.maths.linear import is_normal, log_norm
from tuisim.engine.maths.ordered import norms, product
from tuisim.engine.maths.schur import Complex, in_phase, triangular_eigenvectors
from tuisim.engine.maths.spectrum import (
    Form,
    drawn_eigenvalues,
    drawn_form,
    eigen_order,
    recurrent_matrix,
)
from tuisim.values.experiment import Experiment

_EPSILON = float(np.finfo(float).eps)
#: Up to so many vectors are brought out of the basis one by one.
_FEW = 4


class Drawn(Protocol):
    """What there is of a network to take its W apart."""

    @property
    def matrix(self) -> Array:
        """W (n, n)."""

    @property
    def recipe(self) -> tuple[Experiment, int] | None:
        """The experiment and the member that it was drawn for; None for a caller's own W."""


@attrs.frozen(eq=False)
class Eigenbasis:
    """W taken apart.

    Attributes:
        values: (n,) eigenvalues.
        vectors: (n, n), unit eigenvectors as columns.
        normal: whether W is normal: then they are orthonormal.
        condition: κ₂ of `vectors`, 1 for a normal W.
        rounding: what the eigenvalues may be off by; 0 where W was made from them.
    """

    values: Complex
    vectors: Complex
    normal: bool
    condition: float
    rounding: float


def eigenbasis(network: Drawn) -> Eigenbasis:
    """Take a network's `matrix` apart, by how it was drawn where it was."""
    matrix = network.matrix
    normal = is_normal(matrix)
    drawn = network.recipe and _drawn_eigenbasis(*network.recipe)
    if drawn:
        return Eigenbasis(*drawn, normal, 1.0 if normal else _condition(drawn[1]), 0.0)
    if np.array_equal(matrix, matrix.T):
        real_values, real_vectors = np.linalg.eigh(matrix)
        values, vectors = real_values.astype(np.complex128), real_vectors.astype(np.complex128)
        return Eigenbasis(values, vectors, True, 1.0, 0.0)
    found, found_vectors = np.linalg.eig(matrix)
    values, vectors = found.astype(np.complex128), found_vectors.astype(np.complex128)
    if normal:
        # eig's vectors are a Schur basis times an upper triangle: where eigenvalues coincide they
        # need not be orthogonal, but the Schur basis of a normal matrix is one of eigenvectors.
        return Eigenbasis(values, np.linalg.qr(vectors)[0], True, 1.0, 0.0)
    condition = _condition(vectors)
    # Bauer & Fike 1960: an error in W of rounding's size moves an eigenvalue by κ times as much.
    rounding = _EPSILON * math.exp(log_norm(matrix)) * condition
    return Eigenbasis(values, vectors, False, condition, rounding)


def _condition(vectors: Complex) -> float:
    with np.errstate(divide="ignore"):
        return float(np.linalg.cond(vectors))


def _drawn_eigenbasis(experiment: Experiment, member: int) -> tuple[Complex, Complex] | None:
    """None for gaussian and reservoir, which are not made from eigenvalues."""
    form = drawn_form(experiment, member, 0)
    if form is None:
        return None
    real, imaginary = _vectors(form, np.arange(experiment.width))
    return form.values, (real + 1j * imaginary).T


def leading_direction(experiment: Experiment, member: int, index: int) -> Array:
    """The unit eigenvector number `index` in eigen_order, its real part for a pair; (n,)."""
    form = drawn_form(experiment, member, 0)
    if form is None:
        real, imaginary = _nearest(experiment, member, index)
    else:
        real, imaginary = _vectors(form, eigen_order(form.values)[index : index + 1])
    turned = in_phase(real, imaginary)[0][0]
    return np.asarray(turned / norms(turned))


def _vectors(form: Form, chosen: np.ndarray) -> tuple[Array, Array]:
    """Real and imaginary parts of unit eigenvectors, rows (k, n)."""
    parts = triangular_eigenvectors(form.triangular(), form.paired, form.values, chosen)
    if form.basis is not None:
        parts = _times(form.basis, parts[0]), _times(form.basis, parts[1])
    real, imaginary = parts[0].T, parts[1].T
    # Their squares may not fit, of a vector that has grown.
    largest = np.maximum(np.abs(real), np.abs(imaginary)).max(axis=1, keepdims=True)
    real, imaginary = real / largest, imaginary / largest
    sizes = norms(np.concatenate([real, imaginary], axis=1))[:, None]
    return real / sizes, imaginary / sizes


def _times(basis: Array, columns: Array) -> Array:
    if columns.shape[1] > _FEW:
        return product(basis, columns)
    found = np.zeros(columns.shape)
    for k in range(basis.shape[0]):
        found += basis[:, k, None] * columns[k]
    return found


def _nearest(experiment: Experiment, member: int, index: int) -> tuple[Array, Array]:
    """The same where LAPACK finds them: the vector whose value is the drawn one, to rounding."""
    unit = attrs.evolve(experiment, spectrum="gaussian", radius=1.0)
    place = eigen_order(drawn_eigenvalues(experiment, member))[index]
    value = drawn_eigenvalues(unit, member)[place]
    real, imaginary = _by_lapack(unit.seed, member, unit.width)
    values = real[0] + 1j * imaginary[0]
    row = 1 + int(np.argmin(np.abs(values - value)))
    return real[row : row + 1], imaginary[row : row + 1]


@memo
def _by_lapack(seed: int, member: int, width: int) -> Array:
    """Eigenvalues and eigenvectors of a gaussian W of radius 1, as rows: (2, 1 + n, n)."""
    unit = Experiment(seed=seed, width=width, spectrum="gaussian", radius=1.0)
    values, vectors = np.linalg.eig(recurrent_matrix(unit, member, 0))
    rows = np.vstack([values, vectors.T])
    return np.stack([rows.real, rows.imag])
