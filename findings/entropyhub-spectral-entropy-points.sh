#!/usr/bin/env bash
# EntropyHub 2.0 (NumPy 2.4.6, SciPy 1.17.1): SpecEn(Sig, N=...), "Resolution of spectrum (N-point
# FFT)", takes as power the modulus of the N-point transform of Sig convolved with itself, which is
# |fft(Sig, N)|^2 as long as N holds the whole convolution, 2 len(Sig) - 1 points. A smaller N cuts it
# off in the middle, and what is left is no spectrum of Sig. N = len(Sig), the plain periodogram, is
# such an N. For 16 whole periods of a sine in 1024 points, one line, whose entropy is 0 (white is 1),
# it gives 0.735, and 0.748 for N = 512, the first half, one line as well. The default, 2049, and 2048
# agree with |fft(Sig, N)|^2: 0.210. No word is said.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    EntropyHub==2.0 numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg timeout 150 "$folder/venv/bin/python" -W ignore - <<'PY'
import EntropyHub
import numpy as np


def definition(power):
    """Entropy of the powers below the Nyquist frequency, over the log of their number."""
    p = power / power.sum()
    return -(p[p > 1e-20] * np.log(p[p > 1e-20])).sum() / np.log(len(power))


def periodogram(x, n):
    return np.abs(np.fft.fft(x, n))[: -(-n // 2)] ** 2


def convolution(x, n):
    """Of the first n points of x convolved with itself, one sum a frequency and no FFT."""
    twice = np.convolve(x, x)[:n]
    turn = np.exp(-2j * np.pi * np.arange(n) / n)
    index = np.arange(len(twice))
    return np.array([abs((twice * turn[f * index % n]).sum()) for f in range(-(-n // 2))])


length = 1024
x = np.sin(2.0 * np.pi * 16 * np.arange(length) / length)
for n in (2 * length + 1, 2 * length, length, length // 2):
    theirs = EntropyHub.SpecEn(x, N=n)[0]
    right, cut = definition(periodogram(x, n)), definition(convolution(x, n))
    print(f"N = {n}: EntropyHub {theirs:.3f}, |fft|^2 {right:.3f}, cut convolution {cut:.3f}")
    assert abs(theirs - cut) < 1e-6, "it is no longer the cut convolution"
    assert (abs(theirs - right) < 1e-6) == (n >= 2 * length - 1)
    assert n > length or (right < 1e-6 and theirs > 0.7)
assert EntropyHub.SpecEn(x)[0] == EntropyHub.SpecEn(x, N=2 * length + 1)[0]
PY
