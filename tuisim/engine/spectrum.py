"""Eigenvalues → recurrent matrices: the six spectra and the departure from normality.

May import numpy, tuisim.experiment and tuisim.engine.memo.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np

from tuisim.eigenvalues import conjugate_units
from tuisim.engine.memo import Array, memo
from tuisim.experiment import Experiment

Complex = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]


class Stream(IntEnum):
    """Which array a stream of random numbers is for; the numbers are part of a seed's meaning."""

    WEIGHTS = 0
    DEPARTURE = 1
    BIAS = 2
    DRIVE_DIRECTION = 3
    DRIVE_NOISE = 4
    START = 5
    PROBE = 6
    KICK = 7
    TASK_INPUT = 8
    TASK_BATCH = 9
    INPUT_WEIGHTS = 10
    OUTPUT_WEIGHTS = 11


#: A step counted from 0, and for the gates of gated cells a number more.
Place = tuple[int, ...]


def generator(seed: int, member: int, stream: Stream, *place: int) -> np.random.Generator:
    """The random numbers of one array: keyed, so that no array depends on another's size.

    Args:
        place: the step counted from 0 (0 where there is one array for all), and the gate.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(member, int(stream), *(place or (0,))))
    return np.random.Generator(np.random.PCG64DXSM(sequence))


@memo
def _normal(seed: int, member: int, place: Place, width: int) -> Array:
    return generator(seed, member, Stream.WEIGHTS, *place).standard_normal((width, width))


@memo
def haar(seed: int, member: int, place: Place, width: int) -> Array:
    """An orthogonal (width, width) matrix, uniform in Haar's measure.

    Mezzadri 2007, "How to generate random matrices from the classical compact groups": QR of
    a normal matrix, with the signs of R's diagonal moved into Q.
    """
    q, r = np.linalg.qr(_normal(seed, member, place, width))
    signs = np.where(np.diag(r) < 0, -1.0, 1.0)
    return np.ascontiguousarray(q * signs)


@memo
def _unit_reservoir(seed: int, member: int, place: Place, width: int) -> Array:
    """A normal matrix divided by its spectral radius."""
    normal = _normal(seed, member, place, width)
    return normal / float(np.abs(np.linalg.eigvals(normal)).max())


@memo
def _schur_basis(seed: int, member: int, place: Place, width: int) -> Array:
    """A real Schur basis of haar(...), as columns; a conjugate pair takes two neighbours."""
    return _pack(*_real_schur(haar(seed, member, place, width)))


def _pack(basis: Array, paired: np.ndarray) -> Array:
    # One array goes through the memo: the pairs ride along as a last row.
    return np.vstack([basis, paired.astype(np.float64)])


def _real_schur(normal: Array) -> tuple[Array, np.ndarray]:
    """Orthonormal columns in which an orthogonal matrix is made of 1×1 and 2×2 blocks.

    Blocks stand by their angle on the circle and vectors have their phase fixed: LAPACK is free
    in both, and gives other ones on another processor.

    Returns:
        basis (n, n), and paired (n,): 1 at the first column of a 2×2 block.
    """
    values, vectors = np.linalg.eig(normal)
    columns: list[np.ndarray] = []
    paired: list[float] = []
    for index in np.argsort(np.abs(np.angle(values)), kind="stable"):
        vector = _in_phase(vectors[:, index].astype(np.complex128))
        if values[index].imag > 0:
            columns += [vector.real, vector.imag]
            paired += [1.0, 0.0]
        elif values[index].imag == 0:
            columns.append(vector.real)
            paired.append(0.0)
    # eig's vectors are orthogonal up to rounding over the gap between eigenvalues.
    basis, r = np.linalg.qr(np.column_stack(columns))
    return basis * np.where(np.diag(r) < 0, -1.0, 1.0), np.array(paired)


@memo
def _upper(seed: int, member: int, place: Place, width: int) -> Array:
    """A strictly upper triangular normal matrix, before the blocks of pairs are cut out."""
    normal = generator(seed, member, Stream.DEPARTURE, *place).standard_normal((width, width))
    return np.triu(normal, 1)


def _departed(
    seed: int, member: int, place: Place, departure: float, basis: Array | None, paired: np.ndarray
) -> Array:
    """basis · N · basisᵀ with N strictly upper (outside the blocks), ‖N‖_F = departure·√n."""
    width = paired.shape[0]
    upper = _upper(seed, member, place, width).copy()
    first = np.flatnonzero(paired)
    upper[first, first + 1] = 0.0
    norm = np.linalg.norm(upper)
    if norm == 0.0:
        return upper
    upper *= departure * (math.sqrt(width) / norm)
    return upper if basis is None else basis @ upper @ basis.T


def _normal_form(eigenvalues: tuple[complex, ...]) -> tuple[Array, np.ndarray]:
    """The block-diagonal matrix of these eigenvalues, and where its 2×2 blocks begin."""
    width = len(eigenvalues)
    blocks, paired, at = np.zeros((width, width)), np.zeros(width), 0
    for unit in conjugate_units(eigenvalues):
        value = unit[0]
        blocks[at, at] = value.real
        if len(unit) == 2:
            blocks[at + 1, at + 1] = value.real
            blocks[at, at + 1], blocks[at + 1, at] = -value.imag, value.imag
            paired[at] = 1.0
        at += len(unit)
    return blocks, paired


def _spaced(radius: float, width: int) -> Array:
    # Not from −radius to radius: that far apart float64 may end.
    return np.array([radius]) if width == 1 else radius * np.linspace(-1.0, 1.0, width)


@np.errstate(over="ignore", invalid="ignore")
def recurrent_matrix(experiment: Experiment, member: int, *place: int) -> Array:
    """Draw one matrix of shape (width, width), float64.

    Args:
        place: 0 for a tied net, else the step counted from 0; and what keys the gate.
    """
    n, radius = experiment.width, experiment.radius
    key = (experiment.seed, member, place, n)
    basis: Array | None = None
    paired = np.zeros(n)
    if experiment.spectrum == "gaussian":
        return _normal(*key) * (radius / math.sqrt(n))
    if experiment.spectrum == "reservoir":
        return _unit_reservoir(*key) * radius
    if experiment.spectrum == "identity":
        matrix = np.diag(np.full(n, radius))
    elif experiment.spectrum == "symmetric":
        basis = haar(*key)
        matrix = (basis * _spaced(radius, n)) @ basis.T
        # Rounding leaves the product a bit short of symmetric.
        matrix = 0.5 * matrix + 0.5 * matrix.T
    elif experiment.spectrum == "eigenvalues":
        basis = haar(*key)
        blocks, paired = _normal_form(experiment.eigenvalues)
        matrix = basis @ blocks @ basis.T
    else:
        matrix = haar(*key) * radius
        if experiment.departure:
            packed = _schur_basis(*key)
            basis, paired = packed[:-1], packed[-1]
    if experiment.departure:
        departed = _departed(experiment.seed, member, place, experiment.departure, basis, paired)
        matrix = matrix + departed
    return matrix


@memo
def _unit_eigenvalues(spectrum: str, seed: int, member: int, width: int) -> Array:
    matrix = (_normal if spectrum == "gaussian" else haar)(seed, member, (0,), width)
    values = np.linalg.eigvals(matrix)
    return np.stack([values.real, values.imag])


@np.errstate(over="ignore", invalid="ignore")
def drawn_eigenvalues(experiment: Experiment, member: int) -> Complex:
    """The eigenvalues (n,) of the tied W that recurrent_matrix draws, by how it is made.

    A departure changes none of them, and computing them again from a non-normal matrix
    would lose half of the digits.
    """
    n, radius = experiment.width, experiment.radius
    if experiment.spectrum == "identity":
        return np.full(n, complex(radius))
    if experiment.spectrum == "symmetric":
        return _spaced(radius, n).astype(np.complex128)
    if experiment.spectrum == "eigenvalues":
        return np.array([v for unit in conjugate_units(experiment.eigenvalues) for v in unit])
    name = "orthogonal" if experiment.spectrum == "orthogonal" else "gaussian"
    real, imaginary = _unit_eigenvalues(name, experiment.seed, member, n)
    values: Complex = real + 1j * imaginary
    if experiment.spectrum == "gaussian":
        return values * (radius / math.sqrt(n))
    if experiment.spectrum == "reservoir":
        return values * (radius / float(np.abs(values).max()))
    # An orthogonal matrix has them on the circle; rounding does not.
    on_circle: Complex = values / np.abs(values) * radius
    return on_circle


def drawn_basis(experiment: Experiment) -> tuple[Complex, Complex] | None:
    """Eigenvalues (n,) and orthonormal eigenvectors as columns (n, n) of the tied W of member 0.

    None where W is not made from a basis: gaussian, reservoir, orthogonal, and with a departure.
    """
    n = experiment.width
    if experiment.departure or experiment.spectrum not in ("identity", "symmetric", "eigenvalues"):
        return None
    if experiment.spectrum == "identity":
        return np.full(n, complex(experiment.radius)), np.eye(n, dtype=np.complex128)
    basis = haar(experiment.seed, 0, (0,), n).astype(np.complex128)
    values = drawn_eigenvalues(experiment, 0)
    if experiment.spectrum == "eigenvalues":
        for at in np.flatnonzero(values.imag > 0):
            # [[a, −b], [b, a]] turns the first vector of its plane into the second.
            real, imaginary = basis[:, at].copy(), basis[:, at + 1].copy()
            basis[:, at] = (real - 1j * imaginary) / math.sqrt(2)
            basis[:, at + 1] = basis[:, at].conj()
    return values, basis


def eigen_order(values: Complex) -> np.ndarray:
    """Indices that put eigenvalues in order: modulus to 1e-9, then real, then imaginary part.

    All three fall, so a pair stands with its positive imaginary part first.
    """
    moduli = np.abs(values)
    with np.errstate(over="ignore"):
        # So large ones have no digit there, and times 1e9 the largest are all inf.
        rounded = np.where(moduli < 1e7, np.round(moduli, 9), moduli)
    return np.lexsort((-values.imag, -values.real, -rounded))


def leading_direction(matrix: Array, index: int) -> Array:
    """The unit eigenvector number `index` in eigen_order, its real part for a pair; (n,)."""
    if np.array_equal(matrix, matrix.T):
        real_values, real_vectors = np.linalg.eigh(matrix)
        values, vectors = real_values.astype(complex), real_vectors.astype(complex)
    else:
        values, vectors = np.linalg.eig(matrix)
        values, vectors = values.astype(complex), vectors.astype(complex)
    real: Array = _in_phase(vectors[:, eigen_order(values)[index]]).real
    return real / np.linalg.norm(real)


def _in_phase(vector: Complex) -> Complex:
    """An eigenvector, free in its phase, with its largest entry turned to the positive reals."""
    largest = vector[np.argmax(np.abs(np.round(vector, 9)))]
    turned: Complex = vector * (abs(largest) / largest)
    return turned
