#!/usr/bin/env bash
# EntropyHub 2.0 (NumPy 2.4.6, SciPy 1.17.1): FuzzEn(Fx="gudermannian", r=r) documents the membership
# atan(tanh(r / x)) of two templates at distance x, "normalised to have a maximum value of 1". That
# maximum is pi / 4, at x = 0. It divides instead, template by template, by the largest value among the
# later templates, so that the nearest one is a full match however far it is, and the last two templates
# are one in any series: the same distance has many memberships, and the order of the data matters where
# it must not. 300 points of white noise, r = 0.2, m = 2 have 0.51, read backwards 0.47, and with pi / 4
# 0.61 and 0.60. Fx="default", in the same program, is as documented; XFuzzEn has the same line.
# Text: https://www.entropyhub.xyz and the docstring.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    EntropyHub==2.0 numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2
cd "$folder"
MPLBACKEND=agg timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import EntropyHub
import numpy as np


def membership(distance, rule):
    if rule == "default":
        return np.exp(-(distance**2.0) / 0.2)
    with np.errstate(divide="ignore"):
        value = np.arctan(np.tanh(0.2 / distance))
    if rule == "pi / 4":
        return value / (np.pi / 4.0)
    later = np.triu(np.ones(value.shape, bool), 1)
    return value / np.where(later, value, 0.0).max(axis=1, initial=1e-300, keepdims=True)


def mean(x, length, number, rule):
    """Mean membership of all pairs of the first `number` templates, each less its own mean."""
    all_of_them = len(x) - length + 1
    template = np.array([x[i : i + length] - x[i : i + length].mean() for i in range(all_of_them)])
    distance = np.abs(template[:, None] - template[None]).max(axis=2)
    pairs = np.triu_indices(number, 1)
    return membership(distance, rule)[pairs].sum() / (number * (number - 1) / 2.0)


def fuzzy(x, rule):
    """Fuzzy entropy, m = 2: as many templates of 2 as there are of 3."""
    number = len(x) - 2
    return np.log(mean(x, 2, number, rule)) - np.log(mean(x, 3, number, rule))


x = np.random.default_rng(0).normal(size=1000)[:300]
values = {}
for name, series in (("forwards", x), ("backwards", x[::-1].copy())):
    assert abs(EntropyHub.FuzzEn(series, m=2)[0][1] - fuzzy(series, "default")) < 1e-9
    theirs = EntropyHub.FuzzEn(series, m=2, Fx="gudermannian", r=0.2)[0][1]
    values[name] = theirs, fuzzy(series, "each row"), fuzzy(series, "pi / 4")
    print("{}: EntropyHub {:.4f}, each row by its maximum {:.4f}, by pi / 4 {:.4f}".format(name, *values[name]))
    assert abs(values[name][0] - values[name][1]) < 1e-9, "it is no longer each row's maximum"
    assert abs(values[name][0] - values[name][2]) > 0.05
difference = np.abs(np.subtract(*values.values()))
assert difference[0] > 10.0 * difference[2], difference
PY
