#!/usr/bin/env bash
# EntropyHub 2.0 (NumPy 2.4.6, SciPy 1.17.1): SlopEn, slope entropy, documents Norm=True, the default, as
# "normalises w.r.t. the number of patterns found" and Norm=False as "no normalisation". It is the other
# way round: True gives the plain Shannon entropy of the patterns, and False divides their counts by the
# number of patterns found. The published SlopEn does the latter ("SlpEn uses the actual number of unique
# patterns found", https://doi.org/10.3390/e25010066), so the default is another quantity, and "no
# normalisation" goes to minus infinity with the length: white noise, m = 2, gives 2.2 bits with True
# for 200, 1000 and 4000 points, and -124, -1094 and -5966 with False.
# tau, the time delay, is in the slopes and not in the embedding: with m = 3 and tau = 2 a pattern is of
# x(3) - x(1) and x(4) - x(2), two slopes that overlap, and not of x(3) - x(1) and x(5) - x(3).
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    EntropyHub==2.0 numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
from collections import Counter

import EntropyHub
import numpy as np


def counts(x, slopes, tau, step):
    """How often each pattern of so many slopes over tau points occurs, `step` points apart."""
    angle = np.degrees(np.arctan(x[tau:] - x[:-tau]))
    symbol = np.sign(angle) * ((np.abs(angle) > 5.0).astype(int) + (np.abs(angle) > 45.0))
    last = len(symbol) - (slopes - 1) * step
    return np.array(list(Counter(tuple(symbol[i : i + slopes * step : step]) for i in range(last)).values()))


def bits(p):
    return -(p * np.log2(p)).sum()


for points in (200, 1000, 4000):
    x = np.random.default_rng(points).normal(size=points)
    found = counts(x, 1, 1, 1)
    plain, by_patterns = bits(found / found.sum()), bits(found / len(found))
    default, true, false = (EntropyHub.SlopEn(x, m=2, **k)[0] for k in ({}, {"Norm": True}, {"Norm": False}))
    print(f"{points} points: Norm=True {true:.4f}, Shannon {plain:.4f}; "
          f"Norm=False {false:.2f}, by patterns found {by_patterns:.2f}")
    assert default == true and abs(true - plain) < 1e-9 and abs(false - by_patterns) < 1e-9
    assert 0.0 < true < np.log2(5) and false < -100.0

x = np.random.default_rng(0).normal(size=20000)
theirs = EntropyHub.SlopEn(x, m=3, tau=2)[1]
overlap, delayed = (bits(c / c.sum()) for c in (counts(x, 2, 2, 1), counts(x, 2, 2, 2)))
print(f"tau = 2: EntropyHub {theirs:.4f}, slopes one point apart {overlap:.4f}, tau apart {delayed:.4f}")
assert abs(theirs - overlap) < 1e-9 < 0.1 < overlap - delayed
PY
