"""The same seed, the same bytes: on every processor, with every BLAS, with kernels and without."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import attrs
import mpmath
import numpy as np
import pytest

from tuisim.engine.cells.network import draw
from tuisim.engine.maths import spectrum
from tuisim.values.experiment import Experiment


def without_numpys_vectors() -> dict[str, str]:
    """An environment in which NumPy uses no vector instructions but those that all have."""
    found = np.show_config("dicts")["SIMD Extensions"]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(found.get("found", []))}


#: Processors to be found by who looks, beside the one that is there.
PROCESSORS = {
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    # The plainest one of its kind, by all who look: two numbers at a time, no fused multiply-add.
    "plainest": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        **without_numpys_vectors(),
    },
}
PAIRS = (0.9, 0.7 + 0.4j, 0.7 - 0.4j, -0.2, 0.1 + 0.1j, 0.1 - 0.1j, -0.8)

NETS = {
    "orthogonal": Experiment(),
    "symmetric": Experiment(spectrum="symmetric"),
    "gaussian": Experiment(spectrum="gaussian"),
    "reservoir": Experiment(spectrum="reservoir"),
    "identity": Experiment(spectrum="identity"),
    "orthogonal departed": Experiment(departure=0.7),
    "symmetric departed": Experiment(spectrum="symmetric", departure=0.7),
    "identity departed": Experiment(spectrum="identity", departure=0.7),
    "untied": Experiment(tied=False, depth=5),
    "lstm": Experiment(cell="lstm", bias=0.3, batch=3, drive="sine"),
    "noise": Experiment(drive="noise", bias=0.1, batch=2),
}
WIDTHS = [1, 2, 7, 32, 65, 130]


def experiments() -> dict[str, Experiment]:
    nets = {
        f"{name} {width}": attrs.evolve(one, width=width, depth=min(one.depth, 40))
        for name, one in NETS.items()
        for width in WIDTHS
    }
    chosen = Experiment(width=7, spectrum="eigenvalues", eigenvalues=PAIRS, depth=4)
    nets["eigenvalues 7"] = chosen
    nets["eigenvalues departed 7"] = attrs.evolve(chosen, departure=0.4)
    for name, index in (("orthogonal departed 32", 3), ("eigenvalues departed 7", 1)):
        nets[f"{name} start"] = attrs.evolve(nets[name], start_eigenvector=index)
    return nets


def digest(experiment: Experiment) -> str:
    network = draw(experiment, 1)
    found = hashlib.sha256()
    for name in network.shapes:
        found.update(getattr(network, name).tobytes())
    return found.hexdigest()[:12]


def digests() -> dict[str, str]:
    return {name: digest(one) for name, one in experiments().items()}


PINNED = {
    "orthogonal 1": "46d712430601",
    "orthogonal 2": "e21c2200e473",
    "orthogonal 7": "58b9b7a3d5ce",
    "orthogonal 32": "144e81743be2",
    "orthogonal 65": "d4f6cee21e1f",
    "orthogonal 130": "d9a167eac934",
    "symmetric 1": "343c6e3e4726",
    "symmetric 2": "30fdb7a4eabf",
    "symmetric 7": "87b1ac21139a",
    "symmetric 32": "e425739678e0",
    "symmetric 65": "fed32c272ba8",
    "symmetric 130": "16d75ac85a88",
    "gaussian 1": "5125629240a6",
    "gaussian 2": "21763a514eb4",
    "gaussian 7": "8b6cf01fe38d",
    "gaussian 32": "b97d737c233e",
    "gaussian 65": "84abe4b9004e",
    "gaussian 130": "e551dfa90f10",
    "reservoir 1": "46d712430601",
    "reservoir 2": "f95a77a81f17",
    "reservoir 7": "00182e8a7334",
    "reservoir 32": "e03104bd0c14",
    "reservoir 65": "c9ffce383fc4",
    "reservoir 130": "1972430e32c3",
    "identity 1": "343c6e3e4726",
    "identity 2": "9d5de66840e9",
    "identity 7": "f0d8c588b576",
    "identity 32": "5147dcb5dd28",
    "identity 65": "fa4b77d8a75d",
    "identity 130": "04e366536900",
    "orthogonal departed 1": "46d712430601",
    "orthogonal departed 2": "638af6028d6c",
    "orthogonal departed 7": "f2527e23c73a",
    "orthogonal departed 32": "2f3c3a2bb4ee",
    "orthogonal departed 65": "d2b1e8150427",
    "orthogonal departed 130": "5d24ae62a87a",
    "symmetric departed 1": "343c6e3e4726",
    "symmetric departed 2": "a5e67e9148f0",
    "symmetric departed 7": "12d916caad28",
    "symmetric departed 32": "65e730ead02c",
    "symmetric departed 65": "bc8c0423b5fd",
    "symmetric departed 130": "d7386de7b32f",
    "identity departed 1": "343c6e3e4726",
    "identity departed 2": "2ac5c3e732ac",
    "identity departed 7": "af29eaedec28",
    "identity departed 32": "d6ba54f6e98c",
    "identity departed 65": "10f70bb13059",
    "identity departed 130": "eaca0c6f2254",
    "untied 1": "f3e5e8372ecb",
    "untied 2": "ee03cc149161",
    "untied 7": "d547363720f1",
    "untied 32": "6be4440dfbb9",
    "untied 65": "361449136ee6",
    "untied 130": "42ddf66a8c93",
    "lstm 1": "72b293a16e68",
    "lstm 2": "8e61e48d706d",
    "lstm 7": "13d78c55c59c",
    "lstm 32": "7d1a06c02a5e",
    "lstm 65": "958964ea8fbc",
    "lstm 130": "95cf3101f8cc",
    "noise 1": "4d486283f947",
    "noise 2": "5d96bd49e84b",
    "noise 7": "37047993e03f",
    "noise 32": "5841ed9fd1e0",
    "noise 65": "2895d29dbab0",
    "noise 130": "8a1097b3cf6d",
    "eigenvalues 7": "87f0d3ac40db",
    "eigenvalues departed 7": "d8e13b832d0e",
    "orthogonal departed 32 start": "5153e4533cd0",
    "eigenvalues departed 7 start": "bfbe88da8a8a",
}


#: Nets of all kinds for which no theory is exact: that takes linear algebra of a library.
RUNS = [
    "--radius 1.5 --depth 1000",
    "--radius 1.5 --cell lstm --batch 8 --members 3",
    "--radius 3 --cell gru --batch 20 --untied --depth 30",
    "--radius 2 --spectrum symmetric --departure 0.5 --start-eigenvector 3 --clip value",
    "--radius 1.5 --spectrum reservoir --drive noise --skip 3",
    "--radius 1.5 --activation relu --norm layer --untied --batch 5 --depth 40",
    # Slopes and states of these leave float64, and are followed in numbers of any size.
    "--radius 3 --cell lstm --activation relu --depth 400",
    "--radius 9 --cell gru --activation relu --depth 500 --bias 1",
    "--radius 2 --activation selu --skip 3 --depth 600",
    "--radius 5 --activation softplus --depth 900",
    "--radius 900 --activation sigmoid --depth 90 --clip value",
]

#: Prints `digests()`.
PRINTED = (
    "import json; from tests.engine.kernels import test_digits as t; print(json.dumps(t.digests()))"
)


def in_process(code: str, **environment: str) -> str:
    """What a fresh Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("processor", ["Haswell", "plainest", "this"])
def test_draws_have_the_bytes_that_they_always_had(processor: str) -> None:
    code = f"""
from tuisim.engine.kernels import jit
jit.have_patience(0.0)
{PRINTED}
assert jit.progress()[0]"""
    assert json.loads(in_process(code, **PROCESSORS.get(processor, {}))) == PINNED


def test_draws_have_them_before_there_are_kernels() -> None:
    code = f"""
import sys
from tuisim.engine.kernels import jit
jit.have_patience(1e9)
{PRINTED}
assert 'numba' not in sys.modules"""
    assert json.loads(in_process(code)) == PINNED


def test_a_run_is_the_same_run_on_another_processor() -> None:
    """The last digits of a draw decide what a chaotic net prints: a rounding grows 10²²-fold."""
    code = f"""
import json, sys
from tuisim.cli import main
for words in {RUNS}:
    sys.argv[1:] = ["run", *words.split()]
    try:
        main()
    except SystemExit:
        pass
"""
    first, *others = [in_process(code, **environment) for environment in ({}, *PROCESSORS.values())]
    assert len(first.splitlines()) == len(RUNS)
    assert json.loads(first.splitlines()[0])["regime"] == "exploding"
    for other in others:
        assert other == first


def test_the_sine_is_one() -> None:
    network = draw(Experiment(width=1, depth=60, drive="sine", spectrum="identity"))
    direction = spectrum.generator(0, 0, spectrum.Stream.DRIVE_DIRECTION, 0).standard_normal(1)
    with mpmath.workdps(30):
        for t in range(60):
            sine = float(mpmath.sin(2 * mpmath.pi * (t + 1) / 25))
            # The sine of a whole turn is 0, and not what is left of it in float64.
            assert network.drive[t, 0, 0] == pytest.approx(
                sine * direction[0], rel=2e-16, abs=1e-30
            )


def test_wide_matrices_are_lapacks_but_for_rounding() -> None:
    n = 700
    normal = spectrum._normal(3, 0, (0,), n)
    found = spectrum.haar(3, 0, (0,), n)
    q, r = np.linalg.qr(normal)
    np.testing.assert_allclose(found, q * np.where(np.diag(r) < 0, -1, 1), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.T @ found, np.eye(n), rtol=0, atol=1e-14)
