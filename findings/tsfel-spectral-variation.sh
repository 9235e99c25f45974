#!/usr/bin/env bash
# tsfel 0.2.0 (NumPy 2.4.6, SciPy 1.17.1), three features of a signal:
#   spectral_variation  is documented as "the amount of variation of the spectrum along time", one less the
#                       correlation of two consecutive spectra (Peeters and others, 2011). It takes one
#                       spectrum, of the whole signal, and correlates each line with the next in frequency.
#                       A tone that never changes has 1.00, the most there is, where frames of 0.25 s give
#                       0.00; one that glides from 10 to 400 Hz has 0.0001, where frames give 0.96.
#   average_power       divides the sum of the squares by the duration, without the time step, so it is the
#                       sampling frequency times the mean square: a sine of amplitude 1, whose power is
#                       0.5, has 50, 500 and 5000 at 100, 1000 and 10000 Hz.
#   power_bandwidth     "the width of the frequency band in which 95% of its power is located" goes from the 5 %
#                       point to the 95 % point, which holds 90 %: of white noise up to 500 Hz 450 Hz, not 475.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    tsfel==0.2.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
timeout 110 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import tsfel

fs, length, frame = 1000.0, 4000, 250
t = np.arange(length) / fs
rng = np.random.default_rng(0)


def along_time(x):
    """One less the correlation of the amplitudes of each frame and of the next, on average."""
    a = np.abs(np.fft.rfft(x.reshape(-1, frame) * np.hanning(frame), axis=1))
    both = (a[1:] * a[:-1]).sum(axis=1)
    return np.mean(1.0 - both / np.sqrt((a[1:] ** 2).sum(axis=1) * (a[:-1] ** 2).sum(axis=1)))


def along_frequency(x):
    a = np.abs(np.fft.rfft(x))
    return 1.0 - (a[1:] * a[:-1]).sum() / np.sqrt((a[1:] ** 2).sum() * (a[:-1] ** 2).sum())


tone = np.sin(2.0 * np.pi * 50.0 * t)
glide = np.sin(2.0 * np.pi * (10.0 * t + 0.5 * (400.0 - 10.0) / (length / fs) * t**2))
for name, x, right in (("tone", tone, 0.0), ("glide", glide, 1.0)):
    theirs, frames = tsfel.spectral_variation(x, fs), along_time(x)
    print(f"variation of a {name}: tsfel {theirs:.4f}, frames {frames:.4f}")
    assert abs(frames - right) < 0.1
    assert abs(theirs - along_frequency(x)) < 1e-9
    assert abs(theirs - right) > 0.9, "the variation is along time now"

for rate in (100, 1000, 10000):
    x = np.sin(2.0 * np.pi * 5.0 * np.arange(4 * rate) / rate)
    power = tsfel.average_power(x, rate)
    print(f"average power of a sine at {rate} Hz: tsfel {power:.1f}, mean square {np.mean(x**2):.3f}")
    assert abs(np.mean(x**2) - 0.5) < 1e-9
    assert abs(power / (0.5 * rate) - 1.0) < 0.01, "the power no longer goes with the sampling frequency"

widths = [tsfel.power_bandwidth(rng.standard_normal(length), fs) for _ in range(20)]
print(f"bandwidth of white noise up to {fs / 2:.0f} Hz: tsfel {np.mean(widths):.1f}, "
      f"95 % of it is {0.95 * fs / 2:.1f}")
assert abs(np.mean(widths) - 0.9 * fs / 2) < 5.0, "it is no longer the band of 90 %"
PY
