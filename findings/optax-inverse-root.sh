#!/usr/bin/env bash
# optax 0.2.8 (jax 0.10.2, NumPy 2.4.6): matrix_inverse_pth_root(matrix, p) documents matrix^(-1/p) "for p a positive
# integer". Its iteration takes a power p at each step from a table of the powers 1, 2, 4 and 8, at
# the place nearest to log2(p): 4 for p = 3 and 5, 8 for 6 and 7, and 8 for all above as well. It converges
# all the same, to c matrix^(-1/4) or c matrix^(-1/8), with a factor c that depends on the matrix's norm, and
# reports an error of 1e-6 or less with it. For eigenvalues 0.2, 0.5, 1, 2 and 5 the inverse cube
# root has 1.37, 1.09, 0.92, 0.77 and 0.61, where it is 1.71, 1.26, 1, 0.79 and 0.58, and its cube times
# the matrix is 0.52 to 1.16 for what is 1. p = 1, 2, 4 and 8 are right to 1e-4, in single precision.
# Text: https://optax.readthedocs.io, matrix_inverse_pth_root.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import jax.numpy as jnp
import numpy as np
import optax

rng = np.random.default_rng(0)
basis = np.linalg.qr(rng.normal(size=(5, 5)))[0]
eigenvalues = np.array([0.2, 0.5, 1.0, 2.0, 5.0])
matrix = (basis * eigenvalues) @ basis.T

for p in (1, 2, 3, 4, 5, 6, 7, 8, 16):
    root, reported = optax.matrix_inverse_pth_root(jnp.asarray(matrix, jnp.float32), p)
    root = np.asarray(root, float)
    exact = (basis * eigenvalues ** (-1.0 / p)) @ basis.T
    used = 2 ** min(round(np.log2(p)), 3)
    # With M = (z A) to begin with, H = z^(1/p), the product of the steps is (z A)^(-1/used).
    z = (1.0 + p) / (2.0 * np.linalg.norm(matrix))
    other = z ** (1.0 / p - 1.0 / used) * (basis * eigenvalues ** (-1.0 / used)) @ basis.T
    back = np.linalg.eigvalsh(np.linalg.matrix_power(root, p) @ matrix)
    print(f"p = {p}: error {np.abs(root - exact).max():.1e}, reported {float(reported):.1e}; eigenvalues "
          f"{np.linalg.eigvalsh(root)[::-1].round(2)}, of root^p A {back.min():.2f} to {back.max():.2f}")
    assert float(reported) < 2e-6
    assert np.abs(root - other).max() < 1e-4, "it is no longer the power from the table"
    assert np.allclose(root, exact, atol=1e-4) == (p in (1, 2, 4, 8))
    assert np.abs(root - exact).max() > 0.02 or p in (1, 2, 4, 8)
PY
