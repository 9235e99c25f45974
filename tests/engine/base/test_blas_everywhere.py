"""Linear algebra takes one thread, whichever function of ours asks for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tuisim.system.threads import _COUNTS

#: Notes with how many threads NumPy's linear algebra was called, by what is done.
SEEN = """
import json
import numpy as np
from threadpoolctl import threadpool_info
from tuisim import (Experiment, Network, Plan, draw, jacobian_singular_values, lyapunov_exponents,
                    predict, simulate, sweep, train)
from tuisim.engine.diagnosis import jacobian, measures
from tuisim.engine.diagnosis.modes import modes
from tuisim.engine.maths.exchanged import with_eigenvalues
from tuisim.engine.reservoirs.echo import state_distance
from tuisim.engine.reservoirs.reservoir import Protocol, memory_capacity, narma10

seen = set()
def noting(function):
    def noted(*args, **options):
        for one in threadpool_info():
            if one["user_api"] == "blas" and "numpy" in one["filepath"]:
                seen.add(one["num_threads"])
        return function(*args, **options)
    return noted
for name in ("qr", "svd", "eig", "eigh", "eigvals", "eigvalsh", "inv", "solve", "slogdet"):
    setattr(np.linalg, name, noting(getattr(np.linalg, name)))
norm = noting(np.linalg.norm)
np.linalg.norm = norm
# Of products by @ alone.
jacobian.pulled_back = noting(jacobian.pulled_back)

net = Experiment(width=6, depth=8, spectrum="gaussian")
run, reservoir = simulate(net), Experiment(width=6, spectrum="reservoir", drive="noise")
protocol = Protocol(washout=10, train=40, test=20)
own = draw(net)
mine = Network(weights=own.weights.copy(), bias=own.bias, drive=own.drive, start=own.start,
               probe=own.probe)
step = next(iter(train(Experiment(width=6, depth=8), Plan(steps=1))))
done = {
    "lyapunov": lambda: lyapunov_exponents(net),
    "jacobian": lambda: jacobian_singular_values(run),
    "predict": lambda: predict(net),
    "predict for a net of one's own": lambda: predict(net, [mine]),
    "modes": lambda: modes(run),
    "spectrum": lambda: measures.spectrum(run),
    "eigenvalues": lambda: mine.eigenvalues,
    "stretch": lambda: mine.largest_singular_value,
    "sweep": lambda: sweep(net, "radius=0.9,1.1", "depth=3,4", "lyapunov"),
    "state distance": lambda: state_distance(reservoir),
    "memory": lambda: memory_capacity(reservoir, protocol=protocol, delays=5),
    "narma": lambda: narma10(reservoir, protocol=protocol),
    "exchanged eigenvalues": lambda: with_eigenvalues(own.weights, [0.1 * k for k in range(6)]),
    "trained eigenvalues": lambda: step.eigenvalues,
    "trained stretch": lambda: step.largest_singular_value,
}
found = {}
for name, do in done.items():
    seen.clear()
    do()
    found[name] = sorted(seen)
print(json.dumps(found))
"""


def test_every_function_holds_it_to_one_thread() -> None:
    environment = {name: "4" if name in _COUNTS else value for name, value in os.environ.items()}
    done = subprocess.run(
        [sys.executable, "-c", SEEN], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    if all(found[name] == [] for name in found):
        pytest.skip("NumPy's linear algebra is of no library that tells its threads")
    # Not each of them needs any: what is known is not computed.
    assert {name: threads for name, threads in found.items() if threads not in ([], [1])} == {}
    for name in ("lyapunov", "jacobian", "eigenvalues", "stretch", "memory", "trained stretch",
                 "exchanged eigenvalues"):  # fmt: skip
        assert found[name] == [1], name


def test_the_program_s_own_process_has_one_from_the_start() -> None:
    code = """
import os, sys
from tuisim import cli
cli.run_program = lambda main: None
cli.console()
assert "numpy" not in sys.modules
import numpy
from threadpoolctl import threadpool_info
print([one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"])
"""
    environment = {name: "4" if name in _COUNTS else value for name, value in os.environ.items()}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout in ("[1]\n", "[]\n"), done.stderr
