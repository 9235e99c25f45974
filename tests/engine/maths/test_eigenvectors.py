"""Starts along eigenvectors: each is one, in the order announced."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from tuisim.engine.cells.network import draw
from tuisim.engine.maths import spectrum as spectra
from tuisim.engine.maths.spectrum import drawn_eigenvalues
from tuisim.tui.keys.changes import start_next
from tuisim.values.experiment import SPECTRA, Experiment
from tuisim.values.presets import preset


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("seed", range(3))
def test_every_start_is_an_eigenvector_in_order(spectrum: str, seed: int) -> None:
    values = (0.2 + 0.9j, 0.2 - 0.9j, -0.7 + 0j, 0.7 + 0j, 0.1 + 0j)
    e = Experiment(
        width=5,
        depth=1,
        seed=seed,
        spectrum=spectrum,
        eigenvalues=values if spectrum == "eigenvalues" else (),
    )
    found = []
    for index in range(5):
        network = draw(attrs.evolve(e, start_eigenvector=index))
        w, v = network.weights, network.start[0]
        # In the plane of a pair, W² v = 2 Re λ · W v − |λ|² v; on a real line W v = λ v.
        krylov = np.column_stack([w @ v, v])
        if np.linalg.svd(krylov, compute_uv=False)[1] < 1e-9 * np.linalg.norm(v):
            found.append(complex((v @ w @ v) / (v @ v)))
            continue
        solution, *_ = np.linalg.lstsq(krylov, w @ w @ v, rcond=None)
        np.testing.assert_allclose(krylov @ solution, w @ w @ v, atol=1e-10)
        real, modulus = solution[0] / 2, math.sqrt(-solution[1])
        assert abs(real) < modulus
        sign = -1 if found and found[-1] == complex(round(real, 9), 1) else 1
        found.append(complex(round(real, 9), sign))
    moduli = []
    for value in np.linalg.eigvals(draw(e).weights):
        moduli.append((round(abs(value), 9), round(value.real, 9), np.sign(round(value.imag, 9))))
    expected = sorted(moduli, reverse=True)
    ours = [(round(one.real, 9), np.sign(one.imag)) for one in found]
    np.testing.assert_allclose(ours, [(real, sign) for _, real, sign in expected], atol=1e-8)


def test_large_moduli_are_told_apart() -> None:
    values = np.array([1e300, 1.5e308, -1.7e308, 2e307, 1e8])
    assert values[spectra.eigen_order(values.astype(complex))].tolist() == [
        -1.7e308, 1.5e308, 2e307, 1e300, 1e8,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "e",
    [
        Experiment(width=32, spectrum="symmetric", departure=2.0, radius=0.8),
        Experiment(width=64, departure=3.0),
        Experiment(width=9, departure=0.7, cell="lstm"),
        # Blocks of pairs that are 0, or nothing beside what stands above them.
        Experiment(width=5, radius=0.0, departure=1.0),
        Experiment(width=4, radius=1e-300, departure=1e30),
        Experiment(width=12, spectrum="symmetric", departure=1.0, tied=False, depth=3),
        Experiment(
            width=6, spectrum="eigenvalues", eigenvalues=(0.5, -0.5, 0.5j, -0.5j, 0.3, -0.3)
        ),
        Experiment(width=20, spectrum="gaussian"),
        Experiment(width=20, spectrum="reservoir", radius=1.3),
    ],
    ids=lambda e: f"{e.spectrum} {e.width} {e.departure:g}",
)
def test_the_eigenvalue_that_is_announced_is_the_one_of_the_start(e: Experiment) -> None:
    """W h₀ = λ h₀ for a real λ, and W² h₀ = 2 Re λ W h₀ − |λ|² h₀ for one of a pair."""
    values = drawn_eigenvalues(e, 0)
    values = values[spectra.eigen_order(values)]
    for index, value in enumerate(values):
        network = draw(attrs.evolve(e, start_eigenvector=index))
        w, h = network.matrix, network.start[0]
        # What is no number would be like itself below.
        assert np.isfinite(h).all()
        assert h.any()
        # A pair's W h₀ may be much longer than h₀ is.
        size = np.linalg.norm(w, 2) ** 2 * np.linalg.norm(h)
        if value.imag == 0:
            np.testing.assert_allclose(w @ h, value.real * h, rtol=0, atol=1e-13 * size)
        else:
            expected = 2 * value.real * (w @ h) - abs(value) ** 2 * h
            np.testing.assert_allclose(w @ (w @ h), expected, rtol=0, atol=1e-13 * size)


def test_number_six_of_the_preset_is_what_its_note_says() -> None:
    e = preset("non-normal")
    e = attrs.evolve(e, start_eigenvector=5)
    changes, notes = start_next(e)
    assert notes == ("start along eigenvector 6: λ = 0.645",)
    network = draw(attrs.evolve(e, **changes))
    h = network.start[0]
    assert np.isfinite(h).all()
    np.testing.assert_allclose(network.matrix @ h, 0.8 * 25 / 31 * h, rtol=0, atol=1e-13)
