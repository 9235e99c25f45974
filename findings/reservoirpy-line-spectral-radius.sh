#!/usr/bin/env bash
# reservoirpy 0.4.2 (SciPy 1.17.1, NumPy 2.4.6): mat_gen.line(N, N, sr=0.9) is documented to rescale
# the spectral radius to 0.9. A line is a shift matrix, nilpotent, and its spectral radius is 0, so no
# factor can do that. reservoirpy divides by what ARPACK returns for it, which is rounding error, and
# answers without a word: every weight is 54.05 at N = 10, 5.08 at N = 50, 5.05 at N = 100 (1 was
# given), and the spectral radius of what comes back is still exactly 0. The norm of the matrix,
# which is what drives a line reservoir, so depends on N and on ARPACK's last digits.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    reservoirpy==0.4.2 scipy==1.17.1 numpy==2.4.6
cd "$folder"
timeout 120 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from reservoirpy.mat_gen import line

factors = []
for n in (10, 50, 100):
    w = line(n, n, sr=0.9).toarray()
    weights = np.unique(w[w != 0])
    radius = np.abs(np.linalg.eigvals(w)).max()
    print(f"N = {n:3}: asked for spectral radius 0.9, got {radius}; every weight {weights}")
    assert weights.size == 1 and radius == 0.0
    factors.append(weights[0])
assert all(factor > 2.0 for factor in factors), "the weights are no longer blown up"
assert max(factors) / min(factors) > 2.0, "the factor no longer depends on N"
PY
