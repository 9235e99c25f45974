#!/usr/bin/env bash
# clvlib 0.1.5 (NumPy 2.4.6, SciPy 1.17.1): lyap_analysis returns "the associated CLVs", covariant
# Lyapunov vectors by Ginelli's algorithm. Covariant means that the Jacobian takes the vector of one
# step to that of the next. The second one it returns is not: for the Henon map, J v2(t) and v2(t+1)
# are 68 degrees apart (median of 200 steps), and vectors grow along it by a mean log of -0.08 a step,
# where the second exponent is -1.62, which it does return right. R_history[t+1] is the R of the step
# from t to t+1, and the pass back takes R_history[t]: one step off. A flow with a small step hides it.
# The same Q and R, taken with the right index, and a vector pulled back through the inverse
# Jacobians, which needs neither, agree with each other.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    clvlib==0.1.5 numpy==2.4.6 scipy==1.17.1 tqdm
cd "$folder"
TQDM_DISABLE=1 timeout 120 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from clvlib import lyap_analysis

a, b, steps = 1.4, 0.3, 400


def henon(t, x):
    return np.array([1.0 - a * x[0] ** 2 + x[1], b * x[0]])


def jacobian(t, x):
    return np.array([[-2.0 * a * x[0], 1.0], [b, 0.0]])


path = [np.array([0.1, 0.1])]
for _ in range(steps - 1):
    path.append(henon(0, path[-1]))
path = np.array(path)
exponents, _, q, r, theirs, _ = lyap_analysis(
    henon, jacobian, path, np.arange(steps) * 1.0, stepper="discrete"
)
print("exponents:", exponents)
assert np.allclose(exponents, [0.42, -1.62], atol=0.02)
jacobians = np.array([jacobian(0, x) for x in path])

# The second vector, from the definition alone: whatever is pulled back from the far future.
pulled = np.empty((steps, 2))
vector = np.array([1.0, 1.0])
for t in range(steps - 1, -1, -1):
    vector = np.linalg.solve(jacobians[t], vector)
    vector = vector / np.linalg.norm(vector)
    pulled[t] = vector

# Ginelli's pass back with the R of the step from t to t + 1.
right = np.empty((steps, 2))
c = np.array([0.3, 0.7])
for t in range(steps - 2, -1, -1):
    c = np.linalg.solve(r[t + 1], c)
    c = c / np.linalg.norm(c)
    right[t] = q[t] @ c


def degrees(u, v):
    cosine = np.abs((u * v).sum(1)) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    return np.degrees(np.arccos(np.minimum(cosine, 1.0)))


def judge(name, v):
    image = np.einsum("tij,tj->ti", jacobians[100:300], v[100:300])
    apart = np.median(degrees(image, v[101:301]))
    growth = np.log(np.linalg.norm(image, axis=1)).mean()
    print(f"{name}: J v(t) and v(t+1) {apart:.4f} degrees apart, mean log growth {growth:.3f}")
    return apart, growth


first, growth_first = judge("clvlib, first ", theirs[..., 0])
second, growth_second = judge("clvlib, second", theirs[..., 1])
back, growth_back = judge("pulled back   ", pulled)
same = degrees(right[100:300], pulled[100:300]).max()
print(f"right index against pulled back: at most {same:.1e} degrees")
assert first < 1e-4 and back < 1e-4 and same < 1e-4
assert abs(growth_back + 1.62) < 0.1
assert second > 45.0 and growth_second > -0.5, "the second vector has changed"
PY
