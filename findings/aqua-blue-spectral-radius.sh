#!/usr/bin/env bash
# aqua-blue 0.2.19 (NumPy 2.4.6): its documentation says that sparsity=0.99 and spectral_radius=1.2 zero
# 99 % of a DynamicalReservoir's weights and force the spectral radius, with a link to what that is, to
# 1.2. They zero 1 %, and the radius is 0.62: the largest singular value is set to 1.2, which in a
# matrix of random entries is about twice the largest modulus of an eigenvalue, and the mask keeps
# what it should drop. The default, 0.95, so gives 0.48, a net that forgets far sooner than asked.
# Weights that the caller gives are scaled as well, where it is said that they are made and normalized
# if not provided: a delay line of weight 3.0 comes back with weight 0.95.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# Without its own bound, NumPy < 2.2, which has no wheels for the newest Pythons.
"$folder/venv/bin/pip" install -q --disable-pip-version-check --no-deps \
    aqua-blue==0.2.19 numpy==2.4.6 python-dateutil==2.9.0.post0 six==1.17.0
cd "$folder"
timeout 120 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from aqua_blue.reservoirs import DynamicalReservoir


def made(**kwargs):
    w = DynamicalReservoir(
        input_dimensionality=1,
        reservoir_dimensionality=300,
        generator=np.random.default_rng(0),
        **kwargs,
    ).w_res
    radius = np.abs(np.linalg.eigvals(w)).max()
    largest = np.sqrt(np.linalg.eigvalsh(w.T @ w).max())
    zeros = (w == 0.0).mean()
    print(f"{kwargs or 'the default'}: spectral radius {radius:.3f}, "
          f"largest singular value {largest:.3f}, zeros {100 * zeros:.0f} %")
    return radius, largest, zeros


radius, largest, zeros = made(sparsity=0.99, spectral_radius=1.2)
assert abs(largest - 1.2) < 1e-9 and 0.5 < radius < 0.75 and zeros < 0.05
radius, largest, _ = made()
assert abs(largest - 0.95) < 1e-9 and 0.4 < radius < 0.6

line = 3.0 * np.eye(300, k=-1)
given = DynamicalReservoir(input_dimensionality=1, reservoir_dimensionality=300, w_res=line).w_res
print("a given delay line of weight 3.0 has weights", np.unique(given[given != 0.0]))
assert np.allclose(given, 0.95 / 3.0 * line)
PY
