#!/usr/bin/env bash
# EntropyHub 2.0 (NumPy 2.4.6, SciPy 1.17.1): CondEn, the corrected conditional entropy of Porta and others
# (1998, https://doi.org/10.1007/s004220050414), is the Shannon entropy E(L) of patterns of L symbols less
# E(L - 1), plus E(1) times the share of patterns of length L that occur once. The correction is there
# because patterns grow rarer with L until nothing more can be foreseen from them, which looks like
# order. CondEn takes the share at L - 1, one step late, so the dip that is to be taken away stays:
# of 300 points of white noise in 6 symbols, whose entropy a symbol is 1.44 whatever came before, it gives
# 1.01 for L = 5, and the formula never less than 1.43. XCondEn, its twin for two series, takes L.
# The probabilities are counts over all points, not over the patterns, and so do not add up to 1.
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

points, symbols, longest = 300, 6, 7
x = np.random.default_rng(0).normal(size=points)
borders = np.linspace(x.min(), x.max(), symbols + 1)[1:-1]
word = tuple(np.searchsorted(borders, x, side="right"))


def shares(length, number):
    """Counts of patterns among the first `number`, and those that occur once."""
    counts = np.array(list(Counter(word[i : i + length] for i in range(number)).values()))
    return counts, (counts == 1).sum() / number


def entropy(counts, number):
    return -(counts / number * np.log(counts / number)).sum()


alone = entropy(shares(1, points)[0], points)
theirs = EntropyHub.CondEn(x, m=longest, c=symbols)[0]
assert abs(theirs[0] - alone) < 1e-9
right = []
for length in range(2, longest + 1):
    number = points - length + 1
    long, once = shares(length, number)
    short, once_before = shares(length - 1, number)
    right.append(entropy(long, number) - entropy(short, number) + once * alone)
    late = entropy(long, points) - entropy(short, points) + once_before * alone
    print(f"L = {length}: EntropyHub {theirs[length - 1]:.4f}, one step late {late:.4f}, formula {right[-1]:.4f}; "
          f"shares {once:.3f} and {once_before:.3f}")
    assert abs(theirs[length - 1] - late) < 1e-9, "it is no longer the share one step late"
assert min(theirs[1:]) < 0.75 * alone and min(right) > 0.9 * alone

# The same two series: what the cross-entropy corrects with is the longer pattern's share.
y = np.random.default_rng(1).normal(size=points)
cross, before, after = EntropyHub.XCondEn(x, y, m=3, c=symbols)
other = np.searchsorted(np.linspace(y.min(), y.max(), symbols + 1)[1:-1], y, side="right")
pairs = Counter((int(other[i]), word[i]) for i in range(points))
once = sum(count == 1 for count in pairs.values()) / points
assert abs(cross[1] - (after[0] - before[0] + once * cross[0])) < 1e-9
PY
