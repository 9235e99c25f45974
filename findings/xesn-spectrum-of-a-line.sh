#!/usr/bin/env bash
# xesn 0.2.2 (xarray 2026.9.0, NumPy 2.4.6, SciPy 1.17.1): psd(field) is documented to compute "the 1D power
# spectral density of a 1D, 2D, or 3D array", varying in time. It multiplies the mean power of each wave
# number k by the area of a ring, 2 pi k, which is right in two dimensions and not in one, where k has two
# waves, k and -k. White noise along a line, whose spectrum is flat, gets one that rises with k: 31 times
# as much at k = 31 as at k = 1, and the modes add up to 49 times the variance that there is.
# The highest mode of an even number of points is NaN: it is asked for at k = n / 2, and stands at
# -n / 2. PSD_NRMSE, a term of the cost that networks are chosen by, is made of both.
# Text: https://xesn.readthedocs.io, psd.
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
from xesn import psd

points, times = 64, 4000
noise = np.random.default_rng(0).normal(size=(points, times))
field = xr.DataArray(noise, dims=("x", "time"), coords={"time": np.arange(times)})
spectrum = psd(field)
k, theirs = spectrum["k1d"].to_numpy(), spectrum.mean("time", skipna=False).to_numpy()
assert np.array_equal(k, np.arange(1, points // 2 + 1))

# One-sided, by the transform: waves k and -k, of which the highest is its own other.
power = (np.abs(np.fft.rfft(noise, axis=0)) ** 2).mean(axis=1)[1:]
right = power * np.where(k < points // 2, 2.0, 1.0)
variance = (noise**2).sum(axis=0).mean() * points - (noise.sum(axis=0) ** 2).mean()
assert np.isclose(right.sum(), variance), "Parseval"

inner = slice(0, points // 2 - 1)
some = [0, 15, 30, 31]
print("xesn at k = 1, 16, 31, 32:", theirs[some].round(0), "by the transform:", right[some].round(0))
print(f"sum over variance: xesn {np.nansum(theirs) / variance:.1f}, by the transform {right.sum() / variance:.3f}")
assert np.allclose(theirs[inner], np.pi * k[inner] * right[inner]), "it is no longer a ring"
assert 29.0 < theirs[30] / theirs[0] < 33.0 and 0.9 < right[30] / right[0] < 1.1
assert np.isnan(theirs[-1]) and np.nansum(theirs) > 40.0 * variance
PY
