#!/usr/bin/env bash
# infomeasure 0.6.3 (SciPy 1.17.1, NumPy 2.4.6): cross_entropy(p, q, approach="kl") takes samples of two
# lengths, sums the log distances over the points of p and divides by the number of those of q. It is a
# mean over p, as it is in the formula of the estimator's own text; so the term is off by the factor
# len(p) / len(q), which is 1 only for equal lengths, and the result depends on the unit. For two
# samples of one normal distribution, whose cross-entropy is its entropy, log(2 pi e) / 2 = 1.42 nats,
# it gives 5.10 for 500 against 2000 points and -9.32 for 2000 against 500, where the mean over p gives
# 1.37 and 1.39 and approach="renyi" with alpha=1 the same. In a unit a thousand times smaller, by which
# each should rise by log 1000 = 6.91, it gives 6.83 and 18.31. kld(p, q), the divergence that is made
# of it, is 3.70 and -10.73, and 0 is right.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    infomeasure==0.6.3 numpy==2.4.6 scipy==1.17.1 numba==0.68.1 sparse==0.19.3
cd "$folder"
timeout 150 "$folder/venv/bin/python" - <<'PY'
import infomeasure
import numpy as np

K = 4


def harmonic(n):
    """psi(n) of a whole number, less the constant that drops out of a difference."""
    return (1.0 / np.arange(1, n)).sum()


def definition(p, q):
    """psi(len(q)) - psi(K) + the mean over p of log(2 distance to the K-th nearest of q)."""
    logs = np.log([2.0 * np.sort(np.abs(q - value))[K - 1] for value in p])
    return harmonic(len(q)) - harmonic(K) + logs.mean(), logs


rng = np.random.default_rng(1)
entropy = 0.5 * np.log(2.0 * np.pi * np.e)
for n, m in ((2000, 2000), (500, 2000), (2000, 500)):
    first, second = rng.standard_normal(n), rng.standard_normal(m)
    for unit in (1.0, 1000.0):
        p, q = unit * first, unit * second
        theirs = infomeasure.cross_entropy(p, q, approach="kl", k=K, noise_level=0)
        renyi = infomeasure.cross_entropy(p, q, approach="renyi", k=K, alpha=1)
        apart = infomeasure.kld(p, q, approach="kl", k=K, noise_level=0)
        right, logs = definition(p, q)
        print(f"{n} against {m} points, unit {unit:g}: kl {theirs:.3f}, mean over p {right:.3f}, "
              f"renyi {renyi:.3f}, closed form {entropy + np.log(unit):.3f}; kld {apart:.3f}")
        assert abs(right - entropy - np.log(unit)) < 0.1 and abs(renyi - right) < 0.01
        over_q = right - logs.mean() + logs.sum() / m
        assert abs(theirs - over_q) < 1e-6, "it no longer divides by the length of q"
        assert (abs(theirs - right) < 1e-6) == (n == m)
PY
