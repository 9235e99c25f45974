#!/usr/bin/env bash
# dysts 0.96 (NumPy 2.4.6): analysis.mutual_information(x, y, bins=64) documents the sum of
# p_xy log(p_xy / (p_x p_y)) over a histogram, and sums densities for probabilities, without the areas
# of the bins: what comes back is (MI + log A) / A, A the area of one bin. It so depends on the unit:
# for x against itself, evenly spread, where MI is log 64 = 4.159 nats, it gives -17041 on 0 to 1,
# 18.27 on 0 to 10, 4.16 on 0 to 64 and 0.0396 on 0 to 1000. Mutual information is never negative and
# does not change with the unit. (metrics.mutual_information is another function.)
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
from dysts.analysis import mutual_information


def definition(x, y, bins=64):
    counts, over_x, over_y = np.histogram2d(x, y, bins=bins)
    p = counts / counts.sum()
    apart = np.outer(p.sum(axis=1), p.sum(axis=0))
    area = (over_x[1] - over_x[0]) * (over_y[1] - over_y[0])
    return (p[p > 0] * np.log(p[p > 0] / apart[p > 0])).sum(), area


values = []
for width in (1.0, 10.0, 64.0, 1000.0):
    x = width * (np.arange(6400) + 0.5) / 6400
    right, area = definition(x, x)
    values.append(mutual_information(x, x))
    print(f"0 to {width:g}: dysts {values[-1]:.4g}, the definition {right:.4f} nats, "
          f"(MI + log A) / A = {(right + np.log(area)) / area:.4g}")
    assert np.isclose(right, np.log(64.0), rtol=1e-3)
    assert np.isclose(values[-1], (right + np.log(area)) / area, rtol=1e-6)
assert values[0] < -1e4 < 0.1 < values[1], "it no longer depends on the unit"

rng = np.random.default_rng(0)
u = rng.normal(size=5000)
v = u + rng.normal(size=5000)
right, area = definition(u, v)
theirs = mutual_information(u, v)
print(f"two Gaussians of correlation 0.7: dysts {theirs:.1f}, the definition {right:.3f}")
assert np.isclose(theirs, (right + np.log(area)) / area, rtol=1e-6) and theirs < 0.0 < right
PY
