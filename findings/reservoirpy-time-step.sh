#!/usr/bin/env bash
# reservoirpy 0.4.2 (SciPy 1.17.1, NumPy 2.4.6): datasets.mackey_glass and datasets.lorenz96 document h
# as the "time delta between two discrete timesteps"; it is not. Mackey-Glass, dx/dt =
# a x(t-tau) / (1 + x(t-tau)^n) - b x: only the decay is multiplied by h. With h = 0.1 the series
# solves the equation for a = 2, not 0.2, and runs from 0.3 to 8.0 about a mean of 3.4, where the
# equation keeps it from 0.4 to 1.3 about 0.93. Nor is the step the RK4 that it is called: for a constant
# delayed value and h = 1 it moves x by 0.9215 k1, RK4 and exp by 0.9516 k1. Lorenz 96: h is multiplied
# in twice, the delta is h squared (times n / (n - 1)). With h = 0.01, its default, 1001 steps cover 0.1
# units of time, not 10: the last is 0.007 from the fixed point x = F, where the equation is 13 away.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    reservoirpy==0.4.2 scipy==1.17.1 numpy==2.4.6
cd "$folder"
timeout 120 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from reservoirpy.datasets import lorenz96, mackey_glass

a, b, n, tau = 0.2, 0.1, 10, 17


def solve(h, steps, start, production):
    """Mackey-Glass, exact in the decay, the delayed value held over a step."""
    lag = int(tau / h)
    x = np.concatenate((start, np.full(steps, 1.2)))
    for t in range(lag, lag + steps - 1):
        late = production * x[t - lag] / (1.0 + x[t - lag] ** n)
        x[t + 1] = late / b + (x[t] - late / b) * np.exp(-b * h)
    return x[lag:]


h, steps = 0.1, 30000
history = np.full(int(tau / h), 1.2)
series = {
    "reservoirpy": mackey_glass(steps, h=h, history=history)[:, 0],
    "a = 0.2": solve(h, steps, history, a),
    "a = 0.2 / h": solve(h, steps, history, a / h),
}
mean, top = {}, {}
for name, x in series.items():
    settled = x[5000:]
    mean[name], top[name] = settled.mean(), settled.max()
    print(f"Mackey-Glass, h = {h}, {name}: mean {mean[name]:.3f}, "
          f"from {settled.min():.3f} to {top[name]:.3f}")
assert top["a = 0.2"] < 1.5 and abs(mean["a = 0.2"] - 0.93) < 0.05
assert top["reservoirpy"] > 7.0 and abs(mean["reservoirpy"] - mean["a = 0.2 / h"]) < 0.1
# Over the first delay nothing is chaotic yet, and the series can be compared point by point.
wrong, right = (
    np.abs(series["reservoirpy"] - series[name])[:100].max() for name in ("a = 0.2 / h", "a = 0.2")
)
print(f"first 100 steps: off a = 0.2 / h by at most {wrong:.3f}, off a = 0.2 by {right:.3f}")
assert wrong < 0.1 and right > 1.5

late = a * 0.5 / (1.0 + 0.5**n)
two = mackey_glass(2, h=1.0, history=np.full(tau, 0.5))[:, 0]
moved, exact = (two[1] - two[0]) / (late - b * two[0]), (1.0 - np.exp(-b)) / b
rk4 = 1.0 - b / 2.0 + b**2 / 6.0 - b**3 / 24.0
print(f"one step of h = 1 in units of k1: reservoirpy {moved:.4f}, exact {exact:.4f}, RK4 {rk4:.4f}")
assert abs(rk4 - exact) < 1e-5 and abs(moved - 0.9215) < 1e-3

rows, force, units, h = 1001, 8.0, 8, 0.01


def slope(x):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + force


def path(delta):
    x = np.full(units, force)
    x[0] += 0.01
    out = [x]
    for _ in range(rows - 1):
        k1 = slope(x)
        k2 = slope(x + delta / 2 * k1)
        k3 = slope(x + delta / 2 * k2)
        k4 = slope(x + delta * k3)
        x = x + delta / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        out.append(x)
    return np.array(out)


theirs = lorenz96(rows, N=units, F=force, h=h)
documented, squared = path(h), path(h**2 * rows / (rows - 1))
for name, x in (("reservoirpy", theirs), ("step h", documented), ("step h squared", squared)):
    print(f"Lorenz 96, h = {h}, {name}: last row {np.abs(x[-1] - force).max():.4f} from x = F")
assert np.abs(theirs - squared).max() < 1e-3
assert np.abs(theirs[-1] - force).max() < 0.02 and np.abs(documented[-1] - force).max() > 5.0
PY
