#!/usr/bin/env bash
# dcca 0.3.0 (NumPy 2.4.6): detrended_correlation, the detrended cross-correlation coefficient. Podobnik and
# Stanley (2008), whom it names, sum each series up first and detrend the sums in boxes. Its "integrated
# series" is the series less its mean; it is not summed up. So it is the coefficient of the increments,
# in which the fast part outweighs the slow one at every scale. For a + e and a - e, a slow and e white
# noise of about the same spread, together in what is slow and opposed in what is fast, it gives
# -0.92, -0.67, -0.38 and -0.18 for boxes of 4, 30, 100 and 300 steps, where the method gives -0.83, 0.35,
# 0.79 and 0.90: the sign is the wrong one. For series that are summed up beforehand it gives the latter.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check dcca==0.3.0 numpy==2.4.6
cd "$folder"
timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from dcca import detrended_correlation


def summed(x):
    return np.cumsum(x - x.mean())


def coefficient(x, y, n):
    """Of what a line leaves of each box of n + 1 points, over all boxes."""
    time = np.arange(n + 1.0)
    products = np.zeros(3)
    for start in range(len(x) - n):
        a, b = (s[start : start + n + 1] for s in (x, y))
        a, b = (s - np.polyval(np.polyfit(time, s, 1), time) for s in (a, b))
        products += (a * b).sum(), (a * a).sum(), (b * b).sum()
    return products[0] / np.sqrt(products[1] * products[2])


rng = np.random.default_rng(0)
length = 4000
slow = np.zeros(length)
for t in range(1, length):
    slow[t] = 0.95 * slow[t - 1] + 0.3 * rng.standard_normal()
fast = rng.standard_normal(length)
x, y = slow + fast, slow - fast
for n in (4, 30, 100, 300):
    theirs = detrended_correlation(x, y, n, 0)
    before = detrended_correlation(summed(x), summed(y), n, 0)
    right, unsummed = coefficient(summed(x), summed(y), n), coefficient(x, y, n)
    print(f"boxes of {n}: dcca {theirs:.3f}, not summed up {unsummed:.3f}, summed up {right:.3f}; "
          f"dcca of the sums {before:.3f}")
    assert abs(theirs - unsummed) < 1e-6, "it is no longer that of the series not summed up"
    assert abs(before - right) < 1e-6
    assert theirs < 0.0 and (right > 0.3) == (n > 4)
PY
