#!/usr/bin/env bash
# EntropyHub 2.0 (NumPy 2.4.6, SciPy 1.17.1): GridEn returns with the gridded entropy four indices of
# asymmetry of the Poincare plot, among them AIx, after Yan and others (2017,
# https://doi.org/10.1186/s12938-017-0402-3): "ratio of the cumulative area of sectors of points above
# the LI", the line of identity, in the text of its Julia version
# (https://github.com/MattWillFlood/EntropyHub.jl, src/_GridEn.jl). A sector of angle theta and radius r
# has the area theta r^2 / 2; AIx adds up theta r, its arc. That is about the distance from the line,
# which GIx, another of the four, counts already. For a saw that climbs from 0 to 9 in single steps
# and falls at once, AIx is 47.8 %, and by area 39.3 %, as NeuroKit2's HRV_AI has it on the same plot.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    EntropyHub==2.0 numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import EntropyHub
import numpy as np

teeth = 50
saw = np.resize(np.arange(10.0), 10 * teeth + 1)
index = EntropyHub.GridEn(saw)[2]

# Scaled to [0, 1] as GridEn does: every point of the plot once a tooth, and the line itself is not hit.
before, after = saw[:-1] / 9.0, saw[1:] / 9.0
angle = np.arctan2(after, before) - np.pi / 4.0
radius = np.hypot(before, after)
above = angle > 0.0


def share(weights):
    return 100.0 * weights[above].sum() / weights.sum()


arc, area = share(np.abs(angle) * radius), share(np.abs(angle) * radius**2 / 2.0)
distance = share(np.abs(after - before) / np.sqrt(2.0))
print(f"AIx {index['AIx']:.2f} %, by arc {arc:.2f} %, by area {area:.2f} %; "
      f"GIx {index['GIx']:.2f} %, by distance {distance:.2f} %")
assert abs(index["AIx"] - arc) < 1e-6, "it is no longer the arc"
assert abs(index["GIx"] - distance) < 1e-6 and abs(index["SIx"] - share(np.abs(angle))) < 1e-6
assert abs(arc - area) > 4.0
PY
