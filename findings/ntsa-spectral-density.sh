#!/usr/bin/env bash
# ntsa 0.3.1 (NumPy 2.4.6, SciPy 1.17.1): tools.fun_PSD, and signal_stats, which calls it, document a power
# spectral density and its frequencies. What comes back is 2 |X| / N, amplitudes: not squared, and
# without the time step. So a signal of twice the size has twice the "power", a spectrum that falls as
# 1 / f^2 falls as 1 / f, and that of white noise goes down with the root of the length, where a density
# stays. Over 4096 points the slope of a random walk comes out as -0.99 and the power of noise of variance
# 1 as 0.03, where the periodogram gives -1.99 and 1.00. The frequencies are N / 2 even steps from
# 0 to 1 / (2 dt), where line k of the transform is at k / (N dt): each is N / (N - 2) times too large. In
# 100 samples of 20 whole periods per unit of time the peak is at 20.4.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# Without dependencies: its models and pictures, which the tools for series do without.
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check --no-deps \
    ntsa==0.3.1 numpy==2.4.6 scipy==1.17.1
cd "$folder"
timeout 100 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from ntsa.tools import fun_PSD, signal_stats
from scipy.signal import periodogram

rng = np.random.default_rng(0)
dt = 0.01


def of_ntsa(x):
    f, (power,) = fun_PSD(dt, x)
    return f, power


def of_scipy(x):
    """The density on both sides of 0, its mean is the variance times dt; the frequencies from 0 on."""
    f, power = periodogram(x, fs=1.0 / dt, detrend=False, return_onesided=False)
    return f[: len(x) // 2], power[: len(x) // 2]


t = dt * np.arange(100)
wave = np.sin(2.0 * np.pi * 20.0 * t)
assert np.array_equal(of_ntsa(wave)[1], signal_stats(wave, dt)["psd"])
peaks = [f[np.argmax(power)] for f, power in (of_ntsa(wave), of_scipy(wave))]
print(f"a wave of frequency 20: peak at {peaks[0]:.3f}, periodogram at {peaks[1]:.3f}")
assert abs(peaks[1] - 20.0) < 1e-9
assert abs(peaks[0] - 20.0 * 100.0 / 98.0) < 1e-9, "the frequencies are right now"

sizes = [of_ntsa(3.0 * wave)[1].max() / of_ntsa(wave)[1].max(),
         of_scipy(3.0 * wave)[1].max() / of_scipy(wave)[1].max()]
print(f"three times the signal: {sizes[0]:.2f} times the power, periodogram {sizes[1]:.2f} times")
assert abs(sizes[1] - 9.0) < 1e-9 and abs(sizes[0] - 3.0) < 1e-9, "amplitudes are squared now"

for length in (1024, 4096, 16384):
    noise = rng.standard_normal((40, length))
    theirs = np.mean([of_ntsa(x)[1][1:].mean() for x in noise])
    right = np.mean([of_scipy(x)[1][1:].mean() for x in noise]) / dt
    print(f"noise of {length} points and variance 1: {theirs:.4f}, periodogram over dt {right:.3f}")
    assert abs(right - 1.0) < 0.02
    assert abs(theirs * np.sqrt(length / np.pi) - 1.0) < 0.02

walks = np.cumsum(rng.standard_normal((200, 4096)), axis=1)
walks -= np.linspace(0.0, 1.0, 4096) * walks[:, -1:]  # back to 0 at the end, so that the ends join
slopes = {}
for name, spectrum in (("ntsa", of_ntsa), ("periodogram", of_scipy)):
    f = spectrum(walks[0])[0]
    mean = np.mean([spectrum(x)[1] for x in walks], axis=0)
    low = slice(2, 400)
    slopes[name] = np.polyfit(np.log(f[low]), np.log(mean[low]), 1)[0]
print(f"random walk: slope {slopes['ntsa']:.2f}, periodogram {slopes['periodogram']:.2f}")
assert abs(slopes["periodogram"] + 2.0) < 0.1 and abs(slopes["ntsa"] + 1.0) < 0.1
PY
