"""An activation that is added is an entry beside those of its kind: written, known, compiled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tuisim

#: File, a line of the last activation there is, and what is put before it.
ENTRIES = [
    ("values/activations.py", '    "hard_tanh": (', '    "arctan": ("atan a", "1/(1 + a²)"),\n'),
    (
        "engine/base/facts.py",
        '        Facts(\n            "hard_tanh"',
        '        Facts("arctan", 1.0, 1.0, 1.0, 0.0, (), False, 0.0, 0.0, '
        "np.arctan, lambda x: 1 / (1 + x * x)),\n",
    ),
    (
        "engine/kernels/activations.py",
        "    else:\n        _hard_tanh_into(",
        "    elif code == ARCTAN:\n        arctan_into(a, row, states, t, slopes, s)\n",
    ),
    (
        "engine/kernels/activations.py",
        "@aside\ndef activate(",
        """ARCTAN = CODES["arctan"]


@aside
def arctan_into(a: Array, row: int, states: Array, t: int, slopes: Array, s: int) -> None:
    for i in range(a.shape[1]):
        states[t, i] = math.atan(a[row, i])
        slopes[s, i] = 1.0 / (1.0 + a[row, i] * a[row, i])


""",
    ),
]

PROGRAM = """
import contextlib, io, json
import numpy as np
from tuisim import Experiment, cli, draw, predict, simulate
from tuisim.engine.kernels import jit
from tuisim.engine.kernels.activations import evaluate
from tuisim.engine.theory.theory import predictions
from tuisim.tui.explain import explanation
from tuisim.tui.state.computing import Computed

with jit.insisting():
    values, slopes = evaluate("arctan", x := np.linspace(-4, 4, 41))
compiled = [abs(values - np.arctan(x)).max(), abs(slopes - 1 / (1 + x * x)).max()]
# What contains it runs from the same entries, and need not be compiled for this.
jit.have_patience(600.0)
e = Experiment(activation="arctan", width=5, depth=30, radius=1.3, bias=0.2)
run, net = simulate(e), draw(e)
h, a = [net.start[0]], []
for t in range(e.depth):
    a.append(net.weights @ h[t] + net.bias)
    h.append(np.arctan(a[t]))
g = [net.probe[0]]
for t in reversed(range(e.depth)):
    g.append(net.weights.T @ (g[-1] / (1 + a[t] ** 2)))
off = [*compiled, abs(run.states[0, :, 0] - h).max(), abs(run.gradients[0, ::-1, 0] - g).max()]
theories = [one.name for one in predictions(Experiment(activation="arctan", spectrum="gaussian"))
            if one.applies]
words = explanation("activation", Computed(run, None), {})
said = []
for command in (["plot", "--view", "activation"], ["run", "--csv"],
                ["sweep", "--x", "activation=tanh,arctan", "--y", "depth=3,5", "--quiet"]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        options = [] if command[0] == "sweep" else ["--activation", "arctan"]
        assert cli.main([*command, *options]) == 0
    said.append(out.getvalue())
print(json.dumps({"off": off, "theories": theories, "words": words, "said": said}))
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with the package in it, and the entries."""
    package = tmp_path / "tuisim"
    shutil.copytree(Path(tuisim.__file__).parent, package)
    for name, before, entry in ENTRIES:
        path = package / name
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, entry + before), encoding="utf-8")
    return tmp_path


def test_an_entry_of_each_kind_is_an_activation_everywhere(house: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": str(house), "NUMBA_CACHE_DIR": str(house / "kernels")},
        cwd=house,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert max(seen["off"]) < 1e-13
    assert {"mean field", "linearised", "bound"} <= {*seen["theories"]}
    assert "φ(a) = atan a" in seen["words"]
    plot, run, sweep = seen["said"]
    assert "= arctan over a_t" in plot
    assert run.count("\n") == 102
    assert "\narctan,3," in sweep
