#!/usr/bin/env bash
# xesn 0.2.2 (xarray 2026.9.0, NumPy 2.4.6, SciPy 1.17.1): CostFunction, by which an echo state network's
# parameters are chosen, documents NRMSE as the root mean square of (prediction - truth) / SD, with one SD
# of the truth over space and time about one mean. The code divides each place by its own deviation in
# time, and the mean over places drops out. Where something hardly moves, a small error is a large
# one: of a field of 64 places whose amplitudes go from 0.1 to 5, each with an error of 0.5 everywhere, the
# cost is 1.21, and 0.24 by the formula; the three quietest places make 78 % of its square. For a field
# as loud everywhere the two agree to 1 %. A deviation of each mode by itself is what the text says of the
# other term, PSD_NRMSE.
# Text: https://xesn.readthedocs.io, CostFunction.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    xesn==0.2.2 numpy==2.4.6 scipy==1.17.1 xarray==2026.9.0 dask==2026.8.0
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import xarray as xr
from xesn.cost import nrmse

places, steps = 64, 400
rng = np.random.default_rng(0)


def wrap(values):
    return xr.DataArray(values, dims=("x", "time"), coords={"time": np.arange(values.shape[1])})


def documented(prediction, truth):
    """The two lines of CostFunction's text."""
    spread = np.sqrt(((truth - truth.mean()) ** 2).sum() / ((steps - 1) * (places - 1)))
    return np.sqrt(np.mean(((prediction - truth) / spread) ** 2))


def each_place(prediction, truth):
    return np.sqrt(np.mean(((prediction - truth) / truth.std(axis=1, keepdims=True)) ** 2))


waves = np.sin(0.1 * np.arange(steps) + 2.0 * np.pi * rng.uniform(size=(places, 1)))
loud = np.linspace(0.1, 5.0, places)[:, None]
for name, truth in (("amplitudes 0.1 to 5", loud * waves), ("one amplitude", waves)):
    prediction = truth + 0.5 * rng.choice([-1.0, 1.0], truth.shape)
    theirs = float(nrmse({"prediction": wrap(prediction), "truth": wrap(truth)}))
    right, place = documented(prediction, truth), each_place(prediction, truth)
    print(f"{name}: xesn {theirs:.3f}, each place by itself {place:.3f}, documented {right:.3f}")
    assert np.isclose(theirs, place), "it is no longer each place's own deviation"
    assert np.isclose(theirs, right, rtol=0.02) == (name == "one amplitude")
share = (1.0 / (loud * waves).std(axis=1) ** 2)[:3].sum() / (1.0 / (loud * waves).std(axis=1) ** 2).sum()
print(f"share of the three quietest places {share:.2f}")
assert share > 0.7
PY
