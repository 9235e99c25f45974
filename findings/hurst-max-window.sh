#!/usr/bin/env bash
# hurst 0.0.5 (NumPy 2.4.6): compute_Hc(series, max_window=...) documents max_window as "the maximal window size for
# R/S calculation". The list of windows ends below it, and then the length of the whole series is put on
# it, whatever max_window is. That one window, a single value of R/S, is far from the others on the
# logarithmic axis, so it turns the line most. Of 20000 points of white noise with a slow swell, which
# windows of up to 100 do not see, H is 0.61 from those windows, and max_window=100 gives 0.94,
# more than no max_window at all, 0.87.
# Text: https://github.com/Mottl/hurst, the docstring.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    hurst==0.0.5 numpy==2.4.6 pandas==3.1.1
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from hurst import compute_Hc

points = 20000
x = np.random.default_rng(0).normal(size=points) + 0.5 * np.sin(2.0 * np.pi * np.arange(points) / points)


def rescaled_range(window):
    walk = np.cumsum(window - window.mean())
    return np.ptp(walk) / window.std(ddof=1)


def exponent(x, sizes):
    mean = [np.mean([rescaled_range(x[i : i + n]) for i in range(0, len(x) - n + 1, n)]) for n in sizes]
    return np.polyfit(np.log(sizes), np.log(mean), 1)[0]


found = {}
for limit in (100, 1000, None):
    theirs, _, (sizes, _) = compute_Hc(x, kind="change", simplified=False, max_window=limit)
    inside = [n for n in sizes if n <= (limit or points)]
    again, right = exponent(x, sizes), exponent(x, inside)
    found[limit] = theirs, right
    print(f"max_window = {limit}: windows {[int(n) for n in sizes]}, H {theirs:.3f}; without those above {right:.3f}")
    assert np.isclose(theirs, again) and sizes[-1] == points, "the longest window is no longer all of it"
assert found[100][0] > found[None][0] > 0.8 and found[100][1] < 0.65
PY
