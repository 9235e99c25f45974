#!/usr/bin/env bash
# ewstools 2.1.3 (pandas 3.1.1, SciPy 1.17.1, NumPy 2.4.6): helpers.eval_recon estimates the Jacobian of
# a system from a stationary series, as C(1) C(0)^-1 (Williamson and Lenton, 2015,
# https://doi.org/10.1063/1.4908603), where C(1) has the elements <x_i(t + 1) x_j(t)>, as
# compute_autocov documents. compute_autocov shifts the other of the two: it gives <x_j(t + 1) x_i(t)>,
# the transpose. What comes out is the transposed Jacobian in another basis: its eigenvalues are right,
# its elements and its eigenvectors are not. x(t + 1) = A x(t) + noise with A = [[0.5, 0.4], [-0.1, 0.3]]
# comes back as [[0.43, -1.06], [0.03, 0.37]]: which of two variables drives the other, and with
# what sign, is wrong. Least squares, which is what the formula comes to, finds A to 0.01.
# Text: https://ewstools.readthedocs.io and the docstrings.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    ewstools==2.1.3 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 lmfit==1.3.4
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import pandas as pd
from ewstools import helpers

a = np.array([[0.5, 0.4], [-0.1, 0.3]])
rng = np.random.default_rng(0)
x = np.zeros((40000, 2))
for t in range(1, len(x)):
    x[t] = a @ x[t - 1] + rng.normal(size=2) * (1.0, 0.3)

found = helpers.eval_recon(pd.DataFrame(x, columns=["first", "second"]))
theirs, values, vectors = found["Jacobian"].to_numpy(), found["Eigenvalues"], found["Eigenvectors"]
print("eval_recon:", theirs.round(3).tolist(), "eigenvalues", values.round(3))

least_squares = np.linalg.lstsq(x[:-1], x[1:], rcond=None)[0].T
print("least squares:", least_squares.round(3).tolist(), "A:", a.tolist())
assert np.abs(least_squares - a).max() < 0.015

# In closed form: the covariance s solves s = A s A^T + noise.
noise = np.diag([1.0, 0.09])
s = np.linalg.solve(np.eye(4) - np.kron(a, a), noise.ravel()).reshape(2, 2)
turned = s @ a.T @ np.linalg.inv(s)
print("C(0) A^T C(0)^-1:", turned.round(3).tolist())
assert np.abs(theirs - turned).max() < 0.03, "it is no longer the transpose"
assert np.abs(theirs - a).max() > 1.0
assert np.abs(np.sort_complex(values) - np.sort_complex(np.linalg.eigvals(a))).max() < 0.015
residual = np.linalg.norm(a @ vectors - vectors * values, axis=0)
assert residual.min() > 0.2, "its eigenvectors are those of A"

shifted = helpers.compute_autocov(pd.DataFrame(x))
centred = x - x.mean(axis=0)
documented = centred[1:].T @ centred[:-1] / len(x)
assert np.allclose(shifted, documented.T, atol=1e-3) and not np.allclose(shifted, documented, atol=0.1)
PY
