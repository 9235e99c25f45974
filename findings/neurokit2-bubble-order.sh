#!/usr/bin/env bash
# neurokit2 0.3.0 (NumPy 2.4.6, SciPy 1.17.1): entropy_bubble(signal, alpha=2) documents alpha as the order of the
# Renyi entropy of the numbers of swaps that sort each vector, as in Manis and others (2017,
# https://doi.org/10.1109/TBME.2017.2664105), who take order 2. alpha goes nowhere: 0, 1, 2 and 5
# give the same to the last bit, and that is order 1, Shannon's. 500 points of white noise, m = 3, have
# 0.679, and 0.619 by the definition, which EntropyHub's BubbEn has as well.
# Text: https://neuropsychology.github.io/NeuroKit, entropy_bubble.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    neurokit2==0.3.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from neurokit2 import entropy_bubble

m = 3
x = np.random.default_rng(0).normal(size=4000)[:500]


def swaps(x, m):
    """Shares of the numbers of swaps: as many as there are pairs in the wrong order."""
    vectors = np.lib.stride_tricks.sliding_window_view(x, m)
    first, second = np.triu_indices(m, 1)
    return np.bincount((vectors[:, first] > vectors[:, second]).sum(axis=1)) / len(vectors)


def renyi(p, order):
    p = p[p > 0.0]
    return -(p * np.log(p)).sum() if order == 1 else np.log((p**order).sum()) / (1.0 - order)


right = {}
for alpha in (1, 0, 2, 5):
    theirs = entropy_bubble(x, dimension=m, alpha=alpha)[0]
    right[alpha] = (renyi(swaps(x, m + 1), alpha) - renyi(swaps(x, m), alpha)) / np.log((m + 1) / (m - 1))
    print(f"alpha = {alpha}: neurokit2 {theirs:.4f}, definition {right[alpha]:.4f}")
    assert theirs == entropy_bubble(x, dimension=m)[0], "alpha has an effect"
    assert np.isclose(theirs, right[1]), "it is no longer Shannon's"
assert right[1] - right[2] > 0.05
PY
