#!/usr/bin/env bash
# scikit-rmt 2.1.1 (SciPy 1.12.0, NumPy 1.26.4), ensemble.spectral_law, distributions on SciPy's rv_continuous:
#   MarchenkoPasturDistribution and ManovaSpectrumDistribution
#           rvs(size, random_state=1), of which SciPy says that the seed is that of a new generator, gives
#           other numbers at each call: theirs come from NumPy's global generator. Tracy-Widom's and the
#           semicircle's, beside them, keep to the seed;
#   MarchenkoPasturDistribution(ratio=4)
#           more variables than samples: 3/4 of the eigenvalues are 0. cdf has them from the lower edge of the
#           rest on, 1, and not below it: 0 up to 0.9999 and 0.75 at 1.0001, where it is 0.75 from 0 on.
#           rvs has none of them, so that of its samples 19 % are below 2, and by its cdf 80 %;
#   MarchenkoPasturDistribution(ratio=1)
#           a square matrix: rvs gives nothing but NaN. The log says that a ratio of 1 or more "may cause
#           numerical instability"; the density is right, and only its sum over a grid that begins at 0 is not.
# Text: https://scikit-rmt.readthedocs.io; SciPy's rv_continuous.rvs.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    scikit-rmt==2.1.1 numpy==1.26.4 scipy==1.12.0
cd "$folder"
MPLBACKEND=agg timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from skrmt.ensemble import spectral_law as law

for made, kept in (
    (law.WignerSemicircleDistribution(), True),
    (law.TracyWidomDistribution(beta=2), True),
    (law.MarchenkoPasturDistribution(ratio=0.5), False),
    (law.ManovaSpectrumDistribution(ratio_a=2.0, ratio_b=3.0), False),
):
    first, second = made.rvs(size=3, random_state=1), made.rvs(size=3, random_state=1)
    print(type(made).__name__, first.round(3), second.round(3))
    assert np.array_equal(first, second) == kept

# Eigenvalues themselves: 400 variables, 100 samples, divided by the number of samples.
rng = np.random.default_rng(0)
data = rng.normal(size=(400, 100))
eigenvalues = np.linalg.eigvalsh(data @ data.T / 100.0)
wide = law.MarchenkoPasturDistribution(ratio=4.0)
assert np.isclose(wide.lambda_minus, 1.0) and np.isclose(wide.lambda_plus, 9.0)
np.random.seed(0)
samples = wide.rvs(size=20000)
for x in (0.5, 0.9999, 1.0001, 2.0, 4.0, 8.0):
    measured, drawn = (eigenvalues <= x).mean(), (samples <= x).mean()
    print(f"x = {x}: cdf {wide.cdf(x):.3f}, eigenvalues {measured:.3f}, rvs {drawn:.3f}")
    if x < 1.0:
        assert wide.cdf(x) == 0.0 and abs(measured - 0.75) < 0.01
    else:
        assert abs(wide.cdf(x) - measured) < 0.02
    # The samples are those of the eigenvalues that are not 0.
    assert abs(drawn - (eigenvalues[eigenvalues > 1e-9] <= x).mean()) < 0.06
assert samples.min() > 0.99

square = law.MarchenkoPasturDistribution(ratio=1.0)
print("ratio 1: rvs", square.rvs(size=3), "pdf(1)", square.pdf(1.0))
assert np.isnan(square.rvs(size=1000)).all()
assert np.isclose(square.pdf(1.0), np.sqrt(3.0) / (2.0 * np.pi))
PY
