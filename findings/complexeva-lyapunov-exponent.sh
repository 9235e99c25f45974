#!/usr/bin/env bash
# complexeva 0.2.3 (NumPy 2.4.6, SciPy 1.17.1): lyapunov_exponent, documented to be the largest Lyapunov
# exponent of a series, looks for the nearest neighbour of each point and takes minus the mean log of
# how far the two are apart one step later. How far they were apart before, by which a growth is
# divided, does not come in, and the sign is turned. So it depends on the unit and rises with the length,
# as the neighbours come closer. For the logistic map at r = 4, exponent log 2 = 0.69, it gives 6.22
# for 250 points, 7.64 for 1000 and 8.33 for 2000, and in a unit a thousand times smaller -0.69, 0.73
# and 1.43, each log 1000 = 6.91 less; the mean log of the growth is 0.69 or 0.70 for all six. r = 3.9,
# less chaotic, exponent 0.45 to 0.46, gets more in every case.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    complexeva==0.2.3 numpy==2.4.6 scipy==1.17.1 numba==0.68.1
cd "$folder"
timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from complexeva.sequence import lyapunov_exponent


def logistic(length, r):
    """The map's series, less its first hundred points, and the mean log of its slope."""
    x = [0.3]
    for _ in range(length + 99):
        x.append(r * x[-1] * (1.0 - x[-1]))
    x = np.array(x[100:])
    return x, np.log(np.abs(r * (1.0 - 2.0 * x))).mean()


def neighbours(x):
    """Mean log growth of the distance to the nearest neighbour in two dimensions, and of the later one."""
    points = np.stack([x[:-1], x[1:]], axis=1)
    growth, later = [], []
    for i in range(len(points) - 1):
        apart = np.hypot(*(points - points[i]).T)
        apart[i] = np.inf
        j = int(apart.argmin())
        later.append(np.log(abs(x[i + 1] - x[j + 1])))
        if j + 1 < len(points):
            growth.append(np.log(np.hypot(*(points[i + 1] - points[j + 1])) / apart[j]))
    return np.mean(growth), np.mean(later)


for r in (4.0, 3.9):
    for length in (250, 1000, 2000):
        x, exponent = logistic(length, r)
        for unit in (1.0, 1000.0):
            theirs = lyapunov_exponent(unit * x)
            growth, later = neighbours(unit * x)
            print(f"r = {r}, {length} points, unit {unit:g}: complexeva {theirs:.3f}, minus the mean log "
                  f"distance {-later:.3f}, growth {growth:.3f}, mean log slope {exponent:.3f}")
            assert abs(growth - exponent) < 0.1
            assert abs(theirs + later) < 1e-6, "it is no longer minus the mean log distance"
        lower = lyapunov_exponent(x) - lyapunov_exponent(1000.0 * x)
        assert abs(lower - np.log(1000.0)) < 1e-6, "it no longer depends on the unit"
PY
