#!/usr/bin/env bash
# automutualinformation 0.1.5 (scikit-learn 1.9.1, NumPy 2.4.6): sequential_mutual_information takes by
# default Grassberger's entropy (2003), log N - sum(n psi(n)) / N. psi goes with the natural logarithm,
# and it takes log2 N. H(X) + H(Y) - H(X, Y) keeps one log N, so that the result is too high by log2 N -
# ln N, that is 0.44 ln N, and grows with the length. For independent symbols of four kinds, whose
# mutual information is 0 and cannot be more than their entropy, 1.39 nats or 2 bits, it gives 2.07 for
# 100 symbols, 3.06 for 1000 and 4.08 for 10000; mi_estimation="naive" of the same function gives 0.08,
# 0.01 and 0.00. The values of the shuffled sequence, which come with it, are as much too high, so that
# the difference of the two is right; either of them alone is not.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    automutualinformation==0.1.5 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 joblib==1.6.0 \
    pandas==3.1.1 lmfit==1.3.4 matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg timeout 200 "$folder/venv/bin/python" - <<'PY'
from collections import Counter

import numpy as np
from automutualinformation import sequential_mutual_information

EULER = 0.57721566490153286


def entropy(symbols):
    """Grassberger's estimate in nats; psi(n) of a whole number is a harmonic sum less a constant."""
    total = sum(n * (sum(1.0 / k for k in range(1, n)) - EULER) for n in Counter(symbols).values())
    return np.log(len(symbols)) - total / len(symbols)


def asked(symbols, **options):
    found, shuffled = sequential_mutual_information(
        [symbols], distances=np.array([1]), n_jobs=1, use_tqdm=False, **options
    )
    return found[0, 0], shuffled[0, 0]


rng = np.random.default_rng(0)
for length in (100, 1000, 10000):
    symbols = rng.integers(0, 4, size=length)
    theirs, shuffled = asked(symbols)
    naive, _ = asked(symbols, mi_estimation="naive")
    a, b = symbols[1:].tolist(), symbols[:-1].tolist()
    right = entropy(a) + entropy(b) - entropy(list(zip(a, b)))
    above = np.log2(length - 1) - np.log(length - 1)
    print(f"{length} symbols: {theirs:.3f}, shuffled {shuffled:.3f}; naive {naive:.3f}, Grassberger's "
          f"in nats {right:.3f}, log2 N - ln N {above:.3f}")
    assert abs(right) < 0.1 and abs(naive) < 0.1
    assert abs(theirs - right - above) < 1e-6, "the logarithms have changed"
    assert theirs > 2.0, "it is no longer above the entropy"
PY
