#!/usr/bin/env bash
# dysts 0.96 (NumPy 2.4.6, SciPy 1.17.1): analysis.gp_dim says that it estimates the Grassberger-
# Procaccia dimension D, the slope of log C(r) on log r. It returns about 1 + 0.63 D: the distances
# above their 5th percentile and below the median of those go to a Hill estimator, which fits a density
# that falls as r^-alpha, and theirs rises as r^(D - 1). A circle has 1.65 where the slope over the
# same distances is 1.06, a sphere's surface 2.25 where it is 2.00, a cube in ten dimensions 4.9
# where it is 5.7. The two meet near 2.7, so attractors in three dimensions come out plausible.
# (With C = r^D over that range, the mean of D log(r / r5) is log(10.5) / (1 - 1 / 10.5) - 1 = 1.60.)
# The radii that the caller may give, rvals, are thrown away.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    dysts==0.96 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
cd "$folder"
timeout 150 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from dysts.analysis import gp_dim
from scipy.spatial.distance import pdist

rng = np.random.default_rng(0)
angle = 2.0 * np.pi * np.arange(1500) / 1500
sphere = rng.normal(size=(1500, 3))
sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
sets = {
    "circle": np.column_stack((np.cos(angle), np.sin(angle))),
    "sphere": sphere,
    "cube, 10 dimensions": rng.uniform(size=(1500, 10)),
}
factor = 1.0 / (np.log(10.5) / (1.0 - 1.0 / 10.5) - 1.0)
found = {}
for name, points in sets.items():
    # The correlation integral itself, over the same distances.
    distances = np.sort(pdist(points))
    share = np.arange(1, len(distances) + 1) / len(distances)
    kept = (share > 0.05) & (share < 0.525)
    slope = np.polyfit(np.log(distances[kept]), np.log(share[kept]), 1)[0]
    found[name] = gp_dim(points), slope
    print(f"{name}: gp_dim {found[name][0]:.3f}, slope of log C {slope:.3f}, "
          f"1 + {factor:.3f} slope = {1.0 + factor * slope:.3f}")
for name, dimension in (("circle", 1.0), ("sphere", 2.0)):
    theirs, slope = found[name]
    assert abs(slope - dimension) < 0.08
    assert abs(theirs - 1.0 - factor * slope) < 0.03, "no longer 1 + 0.63 times the slope"
theirs, slope = found["cube, 10 dimensions"]
assert theirs < slope - 0.5
assert theirs == gp_dim(sets["cube, 10 dimensions"], rvals=np.array([0.1, 0.2])), "rvals are heeded"
PY
