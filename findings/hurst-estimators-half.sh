#!/usr/bin/env bash
# hurst-estimators 0.0.3 (NumPy 2.4.6, SciPy 1.17.1, PyWavelets 1.9.0) draws the exponent H towards 1/2:
#   wavelet_estimator      fits the natural logs of the coefficients against the number of the octave,
#                          which is a log to the base 2: H - 1/2 comes out times log 2 = 0.69;
#   periodogram_estimator  fits the log power against log(4 sin^2(f / 2)), which goes as 2 log f, and turns
#                          the slope into H as for log f: H - 1/2 comes out times 1/2. Besides it takes each
#                          frequency with the power of the one below, the lowest with that of the mean.
# For signals made of coefficients that follow the law exactly with H = 0.2, 0.8 and 0.9 the first gives
# 0.292, 0.708 and 0.777. For fractional Gaussian noise of 16384 points with these H the two give, over
# five draws, 0.272, 0.705, 0.768 and 0.294, 0.681, 0.742; fits with the logs put right give H to 0.04,
# and so does dfa_estimator of the same library. At H = 1/2 nothing is to be seen.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# Without dependencies: the package asks for a NumPy before 2, and does the same with both.
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check --no-deps \
    hurst-estimators==0.0.3 numpy==2.4.6 scipy==1.17.1 pywavelets==1.9.0
cd "$folder"
timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
import pywt
from hurst_estimators import dfa_estimator, periodogram_estimator, wavelet_estimator

length = 2**14
rng = np.random.default_rng(0)


def noise(h):
    """Fractional Gaussian noise, from the spectrum of its covariance on a circle of twice the length."""
    k = np.arange(length + 1.0)
    covariance = 0.5 * (abs(k - 1) ** (2 * h) - 2 * k ** (2 * h) + (k + 1) ** (2 * h))
    power = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    normal = rng.standard_normal(len(power)) + 1j * rng.standard_normal(len(power))
    return np.fft.fft(np.sqrt(power / len(power)) * normal).real[:length]


def coefficients(h):
    """The signal whose coefficients, coarsest first, fall from octave to octave by 2^(h - 1/2)."""
    sizes = [len(c) for c in pywt.wavedec(np.zeros(length), "db1")]
    made = [2.0 ** (-i * (h - 0.5)) * rng.choice([-1.0, 1.0], n) for i, n in enumerate(sizes)]
    return pywt.waverec(made, "db1")


def by_octave(x, log):
    means = [np.abs(c).mean() for c in pywt.wavedec(x, "db1")]
    return 0.5 - np.polyfit(np.arange(len(means)), log(means), 1)[0]


def by_frequency(x, last, shift, share):
    """1/2 less a share of the slope, of the power at each frequency or that `shift` below."""
    k = np.arange(1, last + 1)
    power = np.abs(np.fft.fft(x)) ** 2
    abscissa = np.log(4 * np.sin(np.pi * k / length) ** 2)
    return 0.5 - share * np.polyfit(abscissa, np.log(power[k - shift]), 1)[0]


for h in (0.2, 0.5, 0.8, 0.9):
    exact = coefficients(h)
    theirs, right = wavelet_estimator(exact)[0], by_octave(exact, np.log2)
    print(f"H = {h}, exact coefficients: wavelet {theirs:.3f}, in base 2 {right:.3f}")
    assert abs(right - h) < 1e-6
    assert abs(theirs - 0.5 - np.log(2.0) * (h - 0.5)) < 1e-6, "H - 1/2 is no longer times log 2"

    found = []
    for _ in range(5):
        x = noise(h)
        wavelet, periodogram = wavelet_estimator(x)[0], periodogram_estimator(x)[0]
        assert abs(wavelet - by_octave(x, np.log)) < 1e-6
        assert abs(periodogram - by_frequency(x, length // 2, 1, 0.5)) < 1e-6, "H - 1/2 is no longer halved"
        # The lowest tenth of the frequencies, where the law of the spectrum holds.
        found.append((wavelet, by_octave(x, np.log2), periodogram,
                      by_frequency(x, length // 10, 0, 1.0), dfa_estimator(x, 16)[0]))
    wavelet, octaves, periodogram, frequencies, dfa = np.mean(found, axis=0)
    print(f"H = {h}, noise: wavelet {wavelet:.3f}, in base 2 {octaves:.3f}; periodogram {periodogram:.3f}, "
          f"slope not halved {frequencies:.3f}; dfa {dfa:.3f}")
    assert abs(frequencies - h) < 0.05 and abs(dfa - h) < 0.05
    assert h == 0.5 or abs(periodogram - 0.5) < 0.75 * abs(h - 0.5)
PY
