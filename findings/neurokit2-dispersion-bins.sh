#!/usr/bin/env bash
# neurokit2 0.3.0 (NumPy 2.4.6, SciPy 1.17.1): fractal_sda, standardised dispersion analysis, is
# documented to cut a signal into bins of growing size and to take the spread of their means; 1.5 is
# to be the dimension of white noise. It hands the size of a bin to numpy.split, which takes the
# *number* of bins. So the line is fitted against the number of bins, and rises where it should fall:
# over 20 draws of white noise of 4096 points it gives 0.44 to 0.75, less than the dimension 1 that a
# line has, where bins of those sizes give 1.5 to 1.9; and 0.93 for a random walk, so that what is
# smoother counts as rougher.
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
from scipy.signal import detrend

scales = 2 ** np.arange(12)


def dimension(x, bins_of):
    """One minus the slope of log spread against log scale, over bins of means."""
    x = detrend(x)
    x = (x - x.mean()) / x.std()
    spreads = [x.reshape(bins_of(scale)).mean(axis=1).std() for scale in scales]
    return 1 - np.polyfit(np.log10(scales), np.log10(spreads), 1)[0]


theirs, by_size = [], []
for seed in range(20):
    x = np.random.default_rng(seed).standard_normal(4096)
    found, info = neurokit2.fractal_sda(x)
    assert np.array_equal(info["Scale"], scales)
    theirs.append(found)
    by_size.append(dimension(x, lambda size: (-1, size)))
    by_number = dimension(x, lambda number: (number if number > 1 else -1, -1 if number > 1 else 1))
    assert np.isclose(found, by_number, rtol=1e-6), "it is no longer the number of bins"
walk, _ = neurokit2.fractal_sda(np.cumsum(x))
print(f"white noise, 20 draws: neurokit2 {min(theirs):.2f} to {max(theirs):.2f}, "
      f"bins of these sizes {min(by_size):.2f} to {max(by_size):.2f}; random walk: {walk:.2f}")
assert max(theirs) < 0.8 < 1.3 < min(by_size) < max(by_size) < 2.0 and walk > max(theirs)
PY
