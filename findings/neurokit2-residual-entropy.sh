#!/usr/bin/env bash
# neurokit2 0.3.0 (NumPy 2.4.6, SciPy 1.17.1): entropy_cumulativeresidual documents the cumulative
# residual entropy of Rao and others (2004), minus the integral of P(X > x) log2 P(X > x). It
# integrates P(X <= x) log2 P(X <= x), which is the measure of the mirrored values. The two differ
# wherever a distribution leans: for counts of which nine in ten are 0 and the rest 1 it gives 0.137,
# right is 0.332, and for the opposite counts it is the other way round; for geometric counts 3.1,
# where the definition and the closed form give 5.0. A signal of a rare event and one of a
# rare rest change places.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    neurokit2==0.3.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
MPLBACKEND=agg timeout 150 "$folder/venv/bin/python" - <<'PY'
import neurokit2
import numpy as np


def residual(counts, of):
    """Minus the sum of p log2 p over the unit steps between the smallest and the largest count."""
    p = np.array([of(counts, x).mean() for x in range(counts.min(), counts.max())])
    return -np.sum(p * np.log2(p))


rare = np.repeat([0, 1], [90, 10])
q = 0.75
geometric = np.random.default_rng(0).geometric(1 - q, 20000) - 1
# P(X > x) is q ** (x + 1): a sum over x of minus (x + 1) log2(q) q ** (x + 1).
closed = -np.log2(q) * q / (1 - q) ** 2
for name, counts in (("rare events", rare), ("rare rests", 1 - rare), ("geometric", geometric)):
    theirs, _ = neurokit2.entropy_cumulativeresidual(counts)
    right = residual(counts, lambda c, x: c > x)
    print(f"{name}: neurokit2 {theirs:.3f}, by the definition {right:.3f}")
    assert abs(theirs - right) > 0.1
    assert np.isclose(theirs, residual(counts, lambda c, x: c <= x), rtol=1e-9), "changed"
print(f"geometric, closed form: {closed:.3f}")
assert abs(right / closed - 1) < 0.05
PY
