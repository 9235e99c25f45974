#!/usr/bin/env bash
# whittlehurst 1.4 (numba 0.64.0, NumPy 2.4.6, SciPy 1.17.1): variogram, the Hurst exponent from
# the mean of |x(i) - x(i - l)|^p over a path for l = 1 and 2, lets i start at 0, where x[-1] and x[-2]
# are the path's other end. So the sums hold the distance of the two ends, once for l = 1 and twice for
# l = 2, as if it were a step. For p = 2, "the classical variogram", and H > 1/2 that one term, N^2H,
# outweighs the N others, and the exponent comes out as log2(2) / 2 = 0.50: for fractional Brownian
# motion of 4000 points with H = 0.6, 0.8 and 0.9 it gives 0.52, 0.51 and 0.50 (median of 40), and 0.60,
# 0.80 and 0.89 without that term. A straight line, whose H is 1, gets 0.50. Under H = 1/2 the term
# is small, and for p = 1, the default, it is at most about N^H in N: 0.83 and 0.80 for H = 0.8.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check --no-deps \
    whittlehurst==1.4 stochastic==0.6.0 numba==0.64.0 llvmlite==0.46.0 numpy==2.4.6 scipy==1.17.1 \
    threadpoolctl==3.8.0 tqdm==4.70.1
cd "$folder"
timeout 100 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from whittlehurst import variogram

length = 4000
rng = np.random.default_rng(0)


def motion(h):
    """Fractional Brownian motion: sums of Gaussian noise made on a circle of twice the length."""
    k = np.arange(length + 1.0)
    covariance = 0.5 * (abs(k - 1) ** (2 * h) - 2 * k ** (2 * h) + (k + 1) ** (2 * h))
    power = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    normal = rng.standard_normal(len(power)) + 1j * rng.standard_normal(len(power))
    return np.cumsum(np.fft.fft(np.sqrt(power / len(power)) * normal).real[:length])


def slope(x, p, ends):
    """log2 of the ratio of the two means over p; with or without the differences of the ends."""
    sums = [np.sum(np.abs(x[lag:] - x[:-lag]) ** p) for lag in (1, 2)]
    if ends:
        sums[0] += np.abs(x[0] - x[-1]) ** p
        sums[1] += np.abs(x[0] - x[-2]) ** p + np.abs(x[1] - x[-1]) ** p
    return np.log2(sums[1] / (len(x) - 2) / (sums[0] / (len(x) - 1))) / p


for h in (0.3, 0.6, 0.8, 0.9):
    for p in (1, 2):
        paths = [motion(h) for _ in range(40)]
        theirs = [variogram(x, p) for x in paths]
        assert np.allclose(theirs, [slope(x, p, True) for x in paths]), "the ends are left out now"
        median, right = np.median(theirs), np.median([slope(x, p, False) for x in paths])
        print(f"H = {h}, p = {p}: whittlehurst {median:.3f}, without the ends {right:.3f}")
        assert abs(right - h) < 0.02
        if p == 2 and h > 0.7:
            assert h - median > 0.2

line = np.arange(float(length))
print(f"a line, p = 2: whittlehurst {variogram(line, 2):.3f}, without the ends {slope(line, 2, False):.3f}")
assert abs(slope(line, 2, False) - 1.0) < 1e-9
assert abs(variogram(line, 2) - 0.5) < 0.01
PY
