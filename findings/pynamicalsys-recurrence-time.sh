#!/usr/bin/env bash
# pynamicalsys 1.7.0 (numba 0.68.1, NumPy 2.4.6): TimeSeriesMetrics.recurrence_time_entropy is documented
# to count white vertical lines of the recurrence matrix from lmin on, 1 by default. It cuts off the
# head of the counts twice, so that lines from lmin + 1 on count: the shortest recurrence is never
# seen. For a turn by the golden mean and an arc of 0.3 of the circle, whose points come back after
# 2, 3 and 5 steps in shares known by Slater's theorem (0.21, 0.51, 0.27), it gives 0.646 where that is
# 1.026. DiscreteDynamicalSystem of the same library gives 1.026 for the same trajectory. A wave of
# period 3 with two values has lines of length 1 and 2, two to one: 0.000 where it is 0.637.
# recurrence_matrix(compute_white_vert_distr=True) cuts twice as well.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    pynamicalsys==1.7.0 numba==0.68.1 numpy==2.4.6
cd "$folder"
MPLBACKEND=agg NUMBA_NUM_THREADS=1 timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from numba import njit
from pynamicalsys import DiscreteDynamicalSystem, TimeSeriesMetrics

golden, arc, steps = (5**0.5 - 1) / 2, 0.3, 1500
asked = {
    "metric": "euclidean",
    "threshold_mode": "direct",
    "threshold": 2 * np.sin(np.pi * arc / 2),
}


def entropy(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return float(-(p / p.sum() * np.log(p / p.sum())).sum())


def counted(points, threshold, shortest):
    """The lengths of white lines between two recurrences, shares of each."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    gaps = np.concatenate([np.diff(np.flatnonzero(row < threshold)) for row in apart]) - 1
    return np.bincount(gaps[gaps >= shortest])


@njit
def turn(u, parameters):
    c, s = np.cos(parameters[0]), np.sin(parameters[0])
    return np.array([c * u[0] - s * u[1], s * u[0] + c * u[1]])


system = DiscreteDynamicalSystem(mapping=turn, system_dimension=2, number_of_parameters=1)
start, parameters = np.array([1.0, 0.0]), np.array([2 * np.pi * golden])
points = system.trajectory(start, steps, parameters=parameters)
series = TimeSeriesMetrics(points)

theirs = series.recurrence_time_entropy(lmin=1, **asked)
maps = system.recurrence_time_entropy(start, steps, parameters=parameters, lmin=1, **asked)
# Two steps move a point by 0.236 of the circle, three by 0.146 the other way; the rest takes both.
two, three = abs(2 * golden - 1), abs(3 * golden - 2)
slater = entropy([arc - two, arc - three, two + three - arc])
from_1 = entropy(counted(points, asked["threshold"], 1))
from_2 = entropy(counted(points, asked["threshold"], 2))
print(f"golden mean, lmin = 1: time series {theirs:.4f}, map {maps:.4f}; "
      f"Slater {slater:.4f}, counted from 1 {from_1:.4f}, from 2 {from_2:.4f}")
assert abs(slater - from_1) < 5e-3 and abs(maps - from_1) < 5e-3
assert abs(theirs - from_2) < 5e-3 < 0.3 < slater - theirs, "the first length counts now"
_, kept = series.recurrence_matrix(compute_white_vert_distr=True, lmin=1, **asked)
lengths = counted(points, asked["threshold"], 1)
print("lines of length 1, 2, 3, 4: counted", lengths[1:5], "and what theirs begin with", kept[:4])
assert kept[0] > 0.95 * lengths[2] and kept[2] > 0.95 * lengths[4]

# 0 1 0 0 1 0 0 ...: a row of a nought has lines of length 1, one of a one, half as many, of length 2.
wave = np.array([0.0, 1.0, 0.0] * 200)[:, None]
asked["threshold"] = 0.5
theirs = TimeSeriesMetrics(wave).recurrence_time_entropy(lmin=1, **asked)
right = entropy(counted(wave, 0.5, 1))
print(f"wave of period 3: {theirs + 0.0:.4f}, counted {right:.4f}, shares of 2 : 1 {entropy([2, 1]):.4f}")
assert theirs == 0.0 and abs(right - entropy([2, 1])) < 1e-3
PY
