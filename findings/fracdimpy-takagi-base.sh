#!/usr/bin/env bash
# FracDimPy 0.1.5 (NumPy 2.4.6, SciPy 1.17.1): generate_takagi_curve(dimension=D, b=...), with a "base parameter,
# must be > 1" and D from 1 to 2, sums a^k phi(b^k t), phi the distance from whole numbers, and takes
# a = b^D / 4. That is right for b = 2 alone (https://en.wikipedia.org/wiki/Blancmange_curve, H = 2 - D). Such
# a sum has dimension 2 + log a / log b (Falconer, Fractal Geometry, example 11.3), so a is to be b^(D - 2).
# For D = 1.5 and b = 3 it takes a = 1.30, above 1: the sum grows without end, from 4.5 high for 5 terms
# to 4283 for 30. For b = 1.5 it takes 0.46: a b = 0.69 is below 1, where the text says that "this ensures
# that the constraint a*b > 1 is satisfied", slopes stay below 5, and the curve has dimension 1: measured
# 1.01, against 1.46 with b^(D - 2), and 1.48 for b = 2.
# Text: https://github.com/Kecoya/FracDimPy, fracDimPy/generator/curves.py.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    FracDimPy==0.1.5 numpy==2.4.6 scipy==1.17.1
cd "$folder"
MPLBACKEND=agg timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from fracDimPy import generate_takagi_curve

wanted, points = 1.5, 2**16 + 1


def takagi(a, b, level):
    t = b * np.linspace(0.0, 1.0, points)
    return sum(a**k * np.abs(b**k * t - np.round(b**k * t)) for k in range(level))


def measured(y):
    """From how the sum of the ranges over 2^j equal parts grows with their number, 1 + its exponent."""
    parts = 2 ** np.arange(5, 11)
    ranges = [np.ptp(np.lib.stride_tricks.sliding_window_view(y, (points - 1) // n + 1)[:: (points - 1) // n],
                     axis=1).sum() for n in parts]
    return 1.0 + np.polyfit(np.log(parts), np.log(ranges), 1)[0]


for b in (1.5, 2.0, 3.0):
    level = int(np.log(points) / np.log(b))
    right, theirs_a = b ** (wanted - 2.0), b**wanted / 4.0
    curve = generate_takagi_curve(wanted, level=level, length=points, b=b)[1]
    assert np.allclose(curve, takagi(theirs_a, b, level)), "a is no longer b^D / 4"
    theirs, by_formula = measured(curve), measured(takagi(right, b, level))
    print(f"b = {b}: a {theirs_a:.3f}, formula {right:.3f}; "
          f"measured {theirs:.2f}, with the formula's a {by_formula:.2f}")
    assert abs(by_formula - wanted) < 0.1
    assert np.isclose(theirs_a, right) == (b == 2.0)
    if b < 2.0:
        steepest = np.abs(np.diff(curve)).max() * (points - 1)
        assert theirs < 1.15 and theirs_a * b < 1.0 and steepest < b / (1.0 - theirs_a * b) < 5.0
heights = [np.ptp(generate_takagi_curve(wanted, level=level, length=4097, b=3.0)[1]) for level in (5, 10, 20, 30)]
print("b = 3: heights for 5, 10, 20 and 30 terms", np.round(heights, 1))
assert 3.0 ** wanted / 4.0 > 1.0 and heights[0] < 5.0 and heights[-1] > 4000.0
PY
