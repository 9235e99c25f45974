#!/usr/bin/env bash
# neurokit2 0.3.0 (NumPy 2.4.6, SciPy 1.17.1): complexity_lempelziv(permutation=True) numbers the
# ordinal patterns and counts the Lempel-Ziv words of the numbers written one after the other in
# decimal digits. From dimension 4 on there are more than ten patterns, so one pattern is one digit
# or two: "1, 1" and "11" are the same, and the length that the result is divided by is that of the
# digits. For white noise of 2000 points it counts 479 words of dimension 4 where the sequence of
# patterns has 459, and the normalised complexity is 0.386 instead of 0.550; of dimension 5, 784, 701,
# 0.330 and 0.557. Dimension 3 is right.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    neurokit2==0.3.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
MPLBACKEND=agg timeout 150 "$folder/venv/bin/python" - <<'PY'
import math

import neurokit2
import numpy as np


def words(symbols):
    """The words of Lempel and Ziv's parsing (1976): each the shortest not to be found before its end."""
    text = "".join(chr(0x100 + symbol) for symbol in symbols)
    count = start = 0
    while start < len(text):
        length = 1
        while start + length <= len(text) and text[start:start + length] in text[:start + length - 1]:
            length += 1
        count, start = count + 1, start + length
    return count


x = np.random.default_rng(0).standard_normal(2000)
for dimension in (3, 4, 5):
    theirs, info = neurokit2.complexity_lempelziv(x, permutation=True, dimension=dimension, delay=1)
    patterns = np.lib.stride_tricks.sliding_window_view(x, dimension).argsort(axis=1)
    symbols = np.unique(patterns, axis=0, return_inverse=True)[1].ravel()
    right = words(symbols)
    n = len(symbols)
    normalised = right * math.log(n, math.factorial(dimension)) / n
    print(f"dimension {dimension}: neurokit2 {info['Complexity_Kolmogorov']} words, {theirs:.3f}; "
          f"of the {n} patterns {right} words, {normalised:.3f}")
    digits = words([int(digit) for symbol in symbols for digit in str(symbol)])
    assert info["Complexity_Kolmogorov"] == digits, "it is no longer of the digits"
    assert (digits == right) == (dimension == 3)
PY
