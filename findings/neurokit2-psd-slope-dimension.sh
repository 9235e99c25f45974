#!/usr/bin/env bash
# neurokit2 0.3.0 (NumPy 2.4.6, SciPy 1.17.1): fractal_psdslope, whose default is Voss's formula (1988),
# D = (5 - beta) / 2 for power that falls as 1 / f^beta. It puts in the fitted slope, which is -beta,
# so it computes (5 + beta) / 2. A random walk, a curve of dimension 1.5, gets 3.5, where no curve
# in the plane can have more than 2, and the smoother the signal, the higher: over signals with
# beta = 1.2, 1.4, 1.6, 1.8 and 2.0, made from a spectrum of exactly that slope, it gives 3.1, 3.2, 3.3,
# 3.4 and 3.5, and the formula 1.9, 1.8, 1.7, 1.6 and 1.5. The slope that comes with it is right.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    neurokit2==0.3.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
timeout 150 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from neurokit2 import fractal_psdslope

rng = np.random.default_rng(0)
n = 4096


def coloured(beta):
    """A periodic signal whose power is exactly f^-beta, phases at random."""
    frequency = np.arange(n // 2 + 1.0)
    size = np.zeros(n // 2 + 1)
    size[1:] = frequency[1:] ** (-beta / 2.0)
    phase = np.exp(2j * np.pi * rng.uniform(size=n // 2 + 1))
    phase[-1] = 1.0
    return np.fft.irfft(size * phase, n)


signals = {f"beta = {beta}": (coloured(beta), beta) for beta in (1.2, 1.4, 1.6, 1.8, 2.0)}
signals["random walk"] = np.cumsum(rng.normal(size=n)), 2.0
values = []
for name, (signal, beta) in signals.items():
    theirs, info = fractal_psdslope(signal)
    # The slope once more, from the periodogram's lowest quarter.
    power = np.abs(np.fft.rfft(signal))[1 : n // 8] ** 2
    slope = np.polyfit(np.log(np.arange(1, n // 8)), np.log(power), 1)[0]
    print(f"{name}: slope {info['Slope']:.2f} (again {slope:.2f}), dimension {theirs:.2f}, "
          f"Voss's formula {(5.0 - beta) / 2.0:.2f}")
    assert abs(info["Slope"] + beta) < 0.15 and abs(slope + beta) < 0.15
    assert np.isclose(theirs, (5.0 - info["Slope"]) / 2.0), "the sign has changed"
    assert theirs > 2.5
    values.append(theirs)
assert values[:5] == sorted(values[:5]), "a smoother signal no longer has the higher value"
PY
