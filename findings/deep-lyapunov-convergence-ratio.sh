#!/usr/bin/env bash
# deep-lyapunov 0.1.2 (scikit-learn 1.9.1, NumPy 2.4.6): compute_convergence_ratio is documented as the final
# over the initial spread of copies of a net that are trained side by side; under 1 the training counts
# as "convergent", over 1 as "divergent". It takes the standard deviation over copies and axes at once,
# about one mean for all axes. So where the copies are, as a group, counts as spread, and as they move
# much farther than they differ, little else counts. For five copies whose differences shrink by 0.9
# a step for 30 steps, which is a ratio of 0.042, it gives 0.39 if all relax to one point, 1.00 if they
# move on steadily meanwhile and 3.76 if they speed up: "divergent". Copies that differ 17 times as much
# in the end get 1.02. compute_spread_evolution of the same library, about the mean of each axis, gives
# 0.042 and 17, and the Lyapunov exponent, taken from it, is right, -0.105: so one and the same result
# can have a negative exponent and "divergent" as its behavior.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    scikit-learn==1.9.1 numpy==2.4.6
# Without torch, which the analysis of recorded weights does not need.
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check --no-deps deep-lyapunov==0.1.2
cd "$folder"
timeout 100 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from deep_lyapunov.metrics import (
    compute_convergence_ratio,
    compute_lyapunov_exponent,
    compute_spread_evolution,
)

weights, copies, steps = 50, 5, 30
rng = np.random.default_rng(0)
start = 3.0 * rng.normal(size=weights)
end = 3.0 * rng.normal(size=weights)
apart = 0.03 * rng.normal(size=(copies, weights))


def run(rate, centre):
    """Copies about a common centre, their differences times `rate` a step: (steps + 1, copies, weights)."""
    return np.array([centre(t / steps) + rate**t * apart for t in range(steps + 1)])


def relaxing(t):
    return end + 0.9 ** (steps * t) * (start - end)


def steady(t):
    return start + t * (end - start)


def faster(t):
    return start + t**4 * (end - start)


cases = {
    "relaxing": (0.9, relaxing),
    "steady": (0.9, steady),
    "speeding up": (0.9, faster),
    "steady, differences growing": (1.1, steady),
    "at rest": (0.9, lambda t: start),
}
found = {}
for name, (rate, centre) in cases.items():
    nets = run(rate, centre)
    ratio = compute_convergence_ratio(nets)
    spread = compute_spread_evolution(nets)
    exponent = compute_lyapunov_exponent(spread, steps)
    # All weights, about the mean of the copies.
    own = np.sqrt(nets.var(axis=1).sum(axis=1))
    right = own[-1] / own[0]
    print(f"{name}: ratio {ratio:.3f}, of the spreads {spread[-1] / spread[0]:.3f}, right {right:.3f}; "
          f"exponent {exponent:.3f}, right {np.log(rate):.3f}")
    assert abs(right / rate**steps - 1.0) < 1e-6
    assert abs(spread[-1] / spread[0] / right - 1.0) < 1e-6
    assert abs(exponent - np.log(rate)) < 1e-6
    found[name] = ratio / right
assert found["relaxing"] > 5.0, "the motion of all copies no longer counts"
assert found["steady"] > 15.0 and found["speeding up"] > 25.0
assert compute_convergence_ratio(run(*cases["speeding up"])) > 1.0 > 0.9**steps
assert found["steady, differences growing"] < 0.2
PY
