#!/usr/bin/env bash
# ewstools 2.1.3 (pandas 3.1.1, SciPy 1.17.1, NumPy 2.4.6), the spectra of TimeSeries:
#   compute_spec_type  stores "fitted power spectra in TimeSeries.pspec_fits", with their frequencies. The
#     fits are evaluated not from the lowest to the highest frequency of the spectrum that was fitted, -pi
#     to pi for a time step of 1, but from its first row's number to its last, 0 to 40. Drawn over one
#     another, fit and data meet between 0 and pi only, and where there is data 8 of 100 points are fit;
#   compute_spectrum   documents ham_length, "length of the Hamming window". The window is Hann's, the default
#     of the function that it calls. Hamming's is nowhere in it; the values differ by up to 27 %;
#   pspec_welch        with scaling="density" documents "normalised (such that the area underneath equals
#     one)". The area is 2 pi times the variance, to a few hundredths: 12.6 for a series of variance 2.
# Text: https://ewstools.readthedocs.io and the docstrings.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    ewstools==2.1.3 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 lmfit==1.3.4
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import pandas as pd
from ewstools import TimeSeries, helpers
from scipy import signal

rng = np.random.default_rng(0)
x = np.zeros(1000)
for t in range(1, len(x)):
    x[t] = 0.8 * x[t - 1] + rng.normal()
series = TimeSeries(pd.Series(x))
series.compute_spectrum(rolling_window=0.5)
series.compute_spec_type()
for time in series.pspec["time"].unique():
    data = series.pspec[series.pspec["time"] == time]["frequency"]
    fit = series.pspec_fits[series.pspec_fits["time"] == time]["frequency"]
    assert np.allclose([data.min(), data.max()], [-np.pi, np.pi])
    assert (fit.min(), fit.max()) == (0.0, len(data) - 1.0), "the fits have the spectrum's frequencies"
print(f"spectrum: frequencies {data.min():.3f} to {data.max():.3f}; fits: {fit.min():.0f} to {fit.max():.0f}")

window = x[:500]
theirs = helpers.pspec_welch(window, 1.0).to_numpy()[:40]
welch = {
    name: np.fft.fftshift(
        signal.welch(window, 1.0, window=name, nperseg=40, noverlap=20, return_onesided=False, scaling="spectrum")[1]
    )
    for name in ("hann", "hamming")
}
far = np.abs(welch["hamming"] / theirs - 1.0).max()
print(f"largest difference from Hann's {np.abs(welch['hann'] / theirs - 1.0).max():.1e}, from Hamming's {far:.2f}")
assert np.allclose(theirs, welch["hann"]) and far > 0.1
assert np.allclose(series.pspec.head(40)["power"], theirs)

white = rng.normal(size=100000) * np.sqrt(2.0)
density = helpers.pspec_welch(white, 1.0, scaling="density")
area = np.trapezoid(density.to_numpy(), density.index.to_numpy())
print(f"area under the density {area:.3f}, 2 pi times the variance {2.0 * np.pi * white.var():.3f}")
assert abs(area / (2.0 * np.pi * white.var()) - 1.0) < 0.05
PY
