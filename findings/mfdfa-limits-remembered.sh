#!/usr/bin/env bash
# MFDFA 0.4.3 (NumPy 2.4.6): hurst_exponents and scaling_exponents fit by default, says their text, the
# lags from lag.size // 8 to lag.size // 1.5 of those they are given. They write these limits into the
# default argument itself, a list, so that those of the first call stay for all later ones of the
# process, whatever the number of lags. A signal that is smooth over short times and noise over long
# ones has, on lags 15 to 79 of its 120, an exponent of 0.55; after a call on another signal with 20
# lags it is 1.03, the slope over lags 2 to 12. What is said of one signal depends on which one came
# before. lim=[False, False], as the default is written, gives 0.55 at any time.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check MFDFA==0.4.3 numpy==2.4.6
cd "$folder"
timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from MFDFA import MFDFA
from MFDFA.singspect import hurst_exponents, scaling_exponents

Q = np.array([2.0])


def slope(lag, fluctuation, low, high):
    x, y = np.log(lag[low:high]), np.log(fluctuation[low:high, 0])
    return ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()


rng = np.random.default_rng(0)
noise = rng.standard_normal(20000)
smooth = np.zeros(20000)
for step in range(1, 20000):
    smooth[step] = 0.95 * smooth[step - 1] + noise[step]

few = MFDFA(rng.standard_normal(20000), np.round(np.geomspace(6, 1000, 20)).astype(int), q=Q)
many = MFDFA(smooth, np.arange(6, 4 * 120 * 5, 20)[:120], q=Q)
assert len(few[0]) == 20 and len(many[0]) == 120
right, wrong = slope(*many, 120 // 8, int(120 // 1.5)), slope(*many, 20 // 8, int(20 // 1.5))

for function, made in ((hurst_exponents, lambda h: h), (scaling_exponents, lambda h: 2.0 * h - 1.0)):
    fresh = function(*many, Q, lim=[False, False])[1][0]
    first = function(*few, Q)[1][0]
    after = function(*many, Q)[1][0]
    again = function(*many, Q, lim=[False, False])[1][0]
    print(f"{function.__name__}: {after:.4f} after a call with 20 lags, {fresh:.4f} with limits of its "
          f"own; lags 15 to 79 give {made(right):.4f}, 2 to 12 {made(wrong):.4f}")
    assert np.isclose(first, made(slope(*few, 20 // 8, int(20 // 1.5))))
    assert np.isclose(fresh, made(right)) and np.isclose(again, made(right))
    assert np.isclose(after, made(wrong)), "it forgets the limits of the call before"
    assert abs(after - fresh) > 0.1
PY
