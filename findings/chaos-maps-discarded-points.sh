#!/usr/bin/env bash
# chaos-maps 0.4.0 (NumPy 2.4.6): ChaoticMap.approximate_lyapunov_exponents(point, pams,
# num_points=1000, discard=100) leaves out the first points, as documented, sums the logs over those
# that remain and divides by num_points, the discarded ones included. Every exponent is too small by the
# factor (num_points - discard) / num_points: for the logistic map at r = 4, where it is log 2 = 0.693,
# the defaults give 0.624, a discard of 500 gives 0.347 and one of 900 gives 0.069. The longer the
# transient, the less the chaos. For the Henon map the two exponents add up to -1.084, log |det J| is
# log 0.3 = -1.204. Its argument step, the size of the finite difference, is replaced by 1e-6 whatever
# is given.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    chaos-maps==0.4.0 numpy==2.4.6 matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from chaos_maps import ChaoticMap

logistic = ChaoticMap(lambda point, pams: (pams[0] * point[0] * (1.0 - point[0]),))
henon = ChaoticMap(
    lambda point, pams: (1.0 - pams[0] * point[0] ** 2 + point[1], pams[1] * point[0])
)


def mean_log(x, points, discard):
    """The mean of log |4 (1 - 2 x)| over the points that are not discarded."""
    logs = []
    for number in range(points):
        if number >= discard:
            logs.append(np.log(abs(4.0 * (1.0 - 2.0 * x))))
        x = 4.0 * x * (1.0 - x)
    return np.mean(logs)


for points, discard in ((1000, 0), (1000, 100), (1000, 500), (1000, 900)):
    (theirs,) = logistic.approximate_lyapunov_exponents(
        (0.3,), (4.0,), num_points=points, discard=discard
    )
    right = mean_log(0.3, points, discard)
    print(f"logistic map, {discard} of {points} discarded: chaos-maps {theirs:.4f}, mean {right:.4f}, "
          f"log 2 = {np.log(2.0):.4f}")
    assert abs(right - np.log(2.0)) < 0.02
    assert abs(theirs - right * (points - discard) / points) < 1e-3, "it divides by another number"

(plain,) = logistic.approximate_lyapunov_exponents((0.3,), (4.0,))
(coarse,) = logistic.approximate_lyapunov_exponents((0.3,), (4.0,), step=0.5)
print(f"logistic map, by default {plain:.4f}, with a step of 0.5 {coarse:.4f}")
assert plain == coarse, "step counts now"

both = henon.approximate_lyapunov_exponents((0.1, 0.1), (1.4, 0.3))
print(f"Henon map: {both[0]:.3f} and {both[1]:.3f}, together {both.sum():.4f}; "
      f"log 0.3 = {np.log(0.3):.4f}")
assert abs(both.sum() - 0.9 * np.log(0.3)) < 1e-3
PY
