#!/usr/bin/env bash
# antropy 0.2.3 (numba 0.68.1, scikit-learn 1.9.1, NumPy 2.4.6): sample_entropy is documented to count
# vectors "less than" the tolerance apart, by one of two ways which "should produce equivalent
# results": its own up to 4999 points, a k-d tree from 5000 on. The first counts distances < r, the
# second <= r. On data that fall on steps (heart beats in ms, counts, an A/D converter's codes) a
# tolerance that is a whole number of steps gives two measures: for random digits 0 to 9 and r = 1,
# 2.303 with 4999 points, which is log 10, and 1.282 with 5000, where the definition of either kind
# gives 2.303 < or 1.282 <= at both lengths.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    antropy==0.2.3 numba==0.68.1 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
cd "$folder"
timeout 150 "$folder/venv/bin/python" - <<'PY'
import operator

import numpy as np
from antropy import sample_entropy


def definition(x, r, within, order=2):
    """Minus the log of pairs alike for order + 1 points over pairs alike for order points."""
    alike, longer = 0, 0
    for shift in range(1, len(x) - order):
        close = within(np.abs(x[shift:] - x[:-shift]), r)
        start = close[:-2] & close[1:-1]
        alike += start.sum()
        longer += (start & close[2:]).sum()
    return -np.log(longer / alike)


digits = np.random.default_rng(0).integers(0, 10, 5000)
for length, within in ((4999, operator.lt), (5000, operator.le)):
    x = digits[:length]
    theirs = sample_entropy(x, order=2, tolerance=1)
    less, less_or_equal = definition(x, 1, operator.lt), definition(x, 1, operator.le)
    print(f"{length} points, r = 1: antropy {theirs:.4f}; "
          f"pairs < r {less:.4f}, pairs <= r {less_or_equal:.4f}")
    assert abs(less - less_or_equal) > 1.0
    assert np.isclose(theirs, definition(x, 1, within), rtol=1e-9), "the two ways have changed"
PY
