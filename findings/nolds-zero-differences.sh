#!/usr/bin/env bash
# nolds 0.6.3 (NumPy 2.4.6): mfhurst_b, the generalized Hurst exponent, documents c_q(d) as the mean of
# |x(t + d) - x(t)|^q, and leaves out the differences that are zero. In data that stand still now and
# then (prices, counts, readings of few digits) there are the more of them, the smaller d, so that
# c_q rises less steeply and the exponent comes out too low. For a random walk that moves by 1 in one of
# twenty steps, c_2(d) is d / 20 and H_2 = 0.5: it gives 0.20, and 0.13 for one in fifty, where the
# mean over all differences gives 0.50 and 0.51 and mfhurst_dm of the same library 0.50 and 0.50. A
# walk without memory so counts as one that turns back. For Gaussian steps all agree.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check --no-deps \
    nolds==0.6.3 numpy==2.4.6
cd "$folder"
timeout 150 "$folder/venv/bin/python" -W error::RuntimeWarning - <<'PY'
import importlib.util
from pathlib import Path

import numpy as np

# By its file: the package loads data sets first, in a way that only Python >= 3.12 knows.
path = Path(importlib.util.find_spec("nolds").origin).with_name("measures.py")
spec = importlib.util.spec_from_file_location("measures", path)
nolds = importlib.util.module_from_spec(spec)
spec.loader.exec_module(nolds)

length, q = 20000, 2
distances = [1, 2, 4, 8, 16, 32, 64, 128]


def exponent(x, zeros):
    moments = []
    for d in distances:
        moved = np.abs(x[d:] - x[:-d])
        moments.append((moved[zeros | (moved > 0)] ** q).mean())
    return np.polyfit(np.log(distances), np.log(moments), 1)[0] / q


rng = np.random.default_rng(0)
walks = {f"moves in {p:g} of its steps": (p, [-1.0, 0.0, 1.0]) for p in (0.02, 0.05)}
for name, (p, values) in walks.items():
    steps = rng.choice(values, p=[p / 2, 1 - p, p / 2], size=length)
    walks[name] = np.cumsum(steps)
walks["Gaussian steps"] = np.cumsum(rng.normal(size=length))
for name, x in walks.items():
    theirs = nolds.mfhurst_b(x, qvals=[q], dists=distances)[0]
    other = nolds.mfhurst_dm(x, qvals=[q])[0][0]
    definition, without = exponent(x, True), exponent(x, False)
    print(f"{name}: mfhurst_b {theirs:.3f}, mfhurst_dm {other:.3f}; "
          f"all differences {definition:.3f}, those above zero {without:.3f}")
    assert abs(definition - 0.5) < 0.03 and abs(other - 0.5) < 0.05
    assert np.isclose(theirs, without, rtol=1e-9), "zeros count now"
    assert (theirs < 0.35) == (name != "Gaussian steps")
PY
