#!/usr/bin/env bash
# nolds 0.6.3 (NumPy 2.4.6): lyap_e, which says that positive exponents indicate chaos, gives +inf for
# all exponents of a signal that repeats itself exactly. That has no growth at all: neighbours stay
# where they are. A comment in its code says that -inf is meant, and lyap_r of the same library does
# give -inf. In a scan over the logistic map the fixed point at r = 2.8 and the periods 2, 4, 8 and 3
# at 3.2, 3.5, 3.55 and 3.83, whose exponents, the mean of log |r (1 - 2 x)|, are -0.22, -0.92, -0.87,
# -0.10 and -0.37, get +inf each, and only full chaos at r = 4, log 2 = 0.69, gets a finite number. A
# constant, a square wave and a counter get +inf as well, all without a warning.
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


def logistic(r, length=500, settle=5000):
    x, path = 0.1, []
    for _ in range(settle + length):
        x = r * x * (1 - x)
        path.append(x)
    return np.array(path[settle:])


for r, period in ((2.8, 1), (3.2, 2), (3.5, 4), (3.55, 8), (3.83, 3), (4.0, None)):
    x = logistic(r)
    exponent = np.log(np.abs(r * (1 - 2 * x))).mean()
    theirs = nolds.lyap_e(x, emb_dim=3, matrix_dim=2)
    other = nolds.lyap_r(x, emb_dim=3, lag=1, min_tsep=5, fit="poly")
    print(f"logistic map, r = {r}, period {period}: exponent {exponent:.3f}, "
          f"lyap_e {theirs}, lyap_r {other:.3f}")
    if period is None:
        assert abs(exponent - np.log(2)) < 0.05 and np.all(np.isfinite(theirs))
        continue
    assert np.array_equal(x[period:], x[:-period]), "it does not repeat itself exactly"
    assert exponent < -0.05 and other == -np.inf
    assert np.all(theirs == np.inf), "it is no longer +inf"

signals = {
    "constant": np.ones(400),
    "square wave": np.repeat(np.tile([0.0, 1.0], 40), 5),
    "counter": np.arange(400.0) % 7,
}
for name, x in signals.items():
    theirs = nolds.lyap_e(x)
    print(f"{name}: lyap_e {theirs}")
    assert np.all(theirs == np.inf), "it is no longer +inf"
PY
