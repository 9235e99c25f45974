"""Eigenvalues → recurrent matrices: the six spectra and the departure from normality.

Random numbers are NumPy's, whose streams of PCG64DXSM are the same everywhere; what is made of them
is a matter of tuisim.engine.maths.ordered.
"""

from __future__ import annotations

import math
from enum import IntEnum

import attrs
import numpy as np

from tuisim.engine.base.memo import Array, memo
from tuisim.engine.maths.eigenvalues import eigenvalues_of
from tuisim.engine.maths.ordered import norms, orthonormal, product, product_transposed
from tuisim.engine.maths.outermost import spectral_radius
from tuisim.engine.maths.schur import Complex, real_schur
from tuisim.values.eigenvalues import conjugate_units
from tuisim.values.experiment import Experiment


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
    LAYER_INPUT = 12


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
    a normal matrix, the diagonal of R being positive.
    """
    return np.ascontiguousarray(orthonormal(_normal(seed, member, place, width).T).T)


@memo
def _unit_reservoir(seed: int, member: int, place: Place, width: int) -> Array:
    """A normal matrix divided by its spectral radius."""
    normal = _normal(seed, member, place, width)
    return normal / spectral_radius(normal)


@memo
def _schur(seed: int, member: int, place: Place, width: int) -> Array:
    # One array goes through the memo: what belongs to the columns rides along as last rows.
    basis, paired, values = real_schur(haar(seed, member, place, width))
    return np.vstack([basis, paired, values.real, values.imag])


@memo
def _upper(seed: int, member: int, place: Place, width: int) -> Array:
    """A strictly upper triangular normal matrix, before the blocks of pairs are cut out."""
    normal = generator(seed, member, Stream.DEPARTURE, *place).standard_normal((width, width))
    return np.triu(normal, 1)


def _normal_form(eigenvalues: tuple[complex, ...]) -> tuple[Complex, Array]:
    """The eigenvalues (n,), pairs as neighbours, and where the 2×2 blocks of pairs begin."""
    units = conjugate_units(eigenvalues)
    paired = [first for unit in units for first in ([1.0, 0.0] if len(unit) == 2 else [0.0])]
    return np.array([value for unit in units for value in unit]), np.array(paired)


def _spaced(radius: float, width: int) -> Array:
    # Each of a pair ±λ has the other's bits.
    places = np.arange(1.0 - width, width, 2.0)
    return np.array([radius]) if width == 1 else radius * (places / (width - 1))


@attrs.frozen(eq=False)
class Form:
    """What a matrix is made from: W = B (D + N) Bᵀ.

    Attributes:
        values: (n,), the eigenvalues, those of a pair as neighbours.
        paired: (n,), 1 where the 2×2 block of a pair begins.
        basis: B (n, n), orthonormal columns; None for the identity.
        turn: ±1, the sign of the number above the diagonal in a pair's block of D.
        upper: N (n, n), strictly upper triangular outside the blocks; None where W is normal.
    """

    values: Complex
    paired: Array
    basis: Array | None
    turn: float
    upper: Array | None

    def triangular(self) -> Array:
        """D + N, (n, n)."""
        found = np.diag(self.values.real)
        first = np.flatnonzero(self.paired)
        imaginary = self.values.imag[first]
        found[first, first + 1] = self.turn * imaginary
        found[first + 1, first] = -self.turn * imaginary
        return found if self.upper is None else found + self.upper


@np.errstate(over="ignore", invalid="ignore")
def drawn_form(experiment: Experiment, member: int, *place: int) -> Form | None:
    """What recurrent_matrix makes its matrix from; None where W is not made from eigenvalues.

    It is not for gaussian and reservoir.
    """
    n, radius = experiment.width, experiment.radius
    key = (experiment.seed, member, place, n)
    basis: Array | None = None
    paired: Array = np.zeros(n)
    values: Complex
    turn = -1.0
    if experiment.spectrum == "identity":
        values = np.full(n, complex(radius))
    elif experiment.spectrum == "symmetric":
        basis, values = haar(*key), _spaced(radius, n).astype(np.complex128)
    elif experiment.spectrum == "eigenvalues":
        basis, (values, paired) = haar(*key), _normal_form(experiment.eigenvalues)
    elif experiment.spectrum == "orthogonal":
        packed = _schur(*key)
        basis, turn, paired = packed[:n], 1.0, packed[n]
        values = packed[n + 1] * radius + 1j * (packed[n + 2] * radius)
    else:
        return None
    upper = _departure(experiment, member, place, paired) if experiment.departure else None
    return Form(values, paired, basis, turn, upper)


def _departure(experiment: Experiment, member: int, place: Place, paired: Array) -> Array:
    """N, strictly upper (outside the blocks), with ‖N‖_F = departure·√n."""
    width = experiment.width
    upper = _upper(experiment.seed, member, place, width).copy()
    first = np.flatnonzero(paired)
    upper[first, first + 1] = 0.0
    norm = float(norms(upper.ravel()))
    if norm == 0.0:
        return upper
    return np.asarray(upper * (experiment.departure * (math.sqrt(width) / norm)))


@np.errstate(over="ignore", invalid="ignore")
def recurrent_matrix(experiment: Experiment, member: int, *place: int) -> Array:
    """Draw one matrix of shape (width, width), float64.

    The same bytes on every machine.

    Args:
        place: 0 for a tied net, else the step counted from 0; and what keys the gate.
    """
    n, radius = experiment.width, experiment.radius
    key = (experiment.seed, member, place, n)
    if experiment.spectrum == "gaussian":
        return _normal(*key) * (radius / math.sqrt(n))
    if experiment.spectrum == "reservoir":
        return _unit_reservoir(*key) * radius
    if experiment.spectrum == "orthogonal" and not experiment.departure:
        return haar(*key) * radius
    form = drawn_form(experiment, member, *place)
    assert form is not None
    if experiment.spectrum == "orthogonal":
        matrix = haar(*key) * radius
    elif form.basis is None:
        matrix = np.diag(form.values.real)
    else:
        matrix = product_transposed(_times_blocks(form), form.basis)
        if experiment.spectrum == "symmetric":
            # Rounding leaves the product a bit short of symmetric.
            matrix = 0.5 * matrix + 0.5 * matrix.T
    if form.upper is None:
        return matrix
    if form.basis is None:
        return np.asarray(matrix + form.upper)
    return np.asarray(matrix + product_transposed(product(form.basis, form.upper), form.basis))


def _times_blocks(form: Form) -> Array:
    """B D, (n, n)."""
    assert form.basis is not None
    found = form.basis * form.values.real
    first = np.flatnonzero(form.paired)
    crossed = form.turn * form.values.imag[first]
    found[:, first] -= form.basis[:, first + 1] * crossed
    found[:, first + 1] += form.basis[:, first] * crossed
    return np.asarray(found)


@memo
def _unit_eigenvalues(seed: int, member: int, place: Place, width: int) -> Array:
    values = eigenvalues_of(_normal(seed, member, place, width))
    return np.stack([values.real, values.imag])


@np.errstate(over="ignore", invalid="ignore")
def drawn_eigenvalues(experiment: Experiment, member: int) -> Complex:
    """The eigenvalues (n,) of the first W that recurrent_matrix draws, by how it is made.

    A departure changes none of them, and computing them again from a non-normal matrix
    would lose half of the digits.
    """
    n, radius = experiment.width, experiment.radius
    form = drawn_form(attrs.evolve(experiment, departure=0.0), member, 0)
    if form is not None:
        return form.values
    real, imaginary = _unit_eigenvalues(experiment.seed, member, (0,), n)
    values: Complex = real + 1j * imaginary
    if experiment.spectrum == "gaussian":
        return values * (radius / math.sqrt(n))
    return values * (radius / float(np.abs(values).max()))


def drawn_radius(experiment: Experiment) -> float | None:
    """The spectral radius of every W that recurrent_matrix draws; None where the draw decides.

    A departure does not change it.
    """
    if experiment.spectrum == "gaussian":
        return None
    if experiment.spectrum == "eigenvalues":
        return max(abs(value) for value in experiment.eigenvalues)
    return experiment.radius


def drawn_stretch(experiment: Experiment) -> float | None:
    """σ₁ of every W that recurrent_matrix draws; None where the draw decides.

    A normal matrix stretches no vector more than its largest eigenvalue does.
    """
    known = drawn_radius(experiment)
    normal = experiment.spectrum != "reservoir" and not experiment.departure
    return known if normal and known is not None and math.isfinite(known) else None


def eigen_order(values: Complex) -> np.ndarray:
    """Indices that put eigenvalues in order: modulus to 1e-9, then real, then imaginary part.

    All three fall, so a pair stands with its positive imaginary part first.
    """
    moduli = np.abs(values)
    with np.errstate(over="ignore"):
        # So large ones have no digit there, and times 1e9 the largest are all inf.
        rounded = np.where(moduli < 1e7, np.round(moduli, 9), moduli)
    return np.lexsort((-values.imag, -values.real, -rounded))
