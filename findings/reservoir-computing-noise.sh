#!/usr/bin/env bash
# reservoir-computing 1.0.2 (NumPy 2.4.6, SciPy 1.17.1): Reservoir(noise_level=...) is documented as "standard
# deviation of the Gaussian noise injected in the state update". The noise is numpy.random.rand times
# noise_level: spread evenly over 0 to noise_level, so never negative. Its mean is half of noise_level
# and its standard deviation 0.29 of it: for the most part it is no noise but a constant bias of
# every unit. At noise_level = 0.5 without input, units that are hardly connected are at 0.24 on average
# and spread by 0.13, where Gaussian noise leaves them at 0.00 and spreads them by 0.42; at spectral radius
# 0.9 they spread by 0.20, not 0.51, and rest at up to 0.76 in place of 0.03.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# Without dependencies: its other modules' scikit-learn, tqdm and requests.
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check --no-deps \
    reservoir-computing==1.0.2 numpy==2.4.6 scipy==1.17.1
cd "$folder"
timeout 100 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from reservoir_computing.reservoir import Reservoir

level, steps, units = 0.5, 2000, 100
silence = np.zeros((1, steps, 1))
normal = np.random.default_rng(0).standard_normal((steps, units))


def states(radius):
    """States without input, of one draw of the weights; shape (steps, units)."""
    np.random.seed(0)
    net = Reservoir(units, spectral_radius=radius, noise_level=level)
    return net.get_states(silence, bidir=False)[0], np.asarray(net._internal_weights)


def gaussian(weights):
    """The same net with the noise that is documented."""
    state, found = np.zeros(units), []
    for noise in normal:
        state = np.tanh(weights @ state + level * noise)
        found.append(state)
    return np.array(found)


for radius in (0.01, 0.9):
    theirs, weights = states(radius)
    right = gaussian(weights)
    for name, found in (("reservoir-computing", theirs), ("Gaussian noise", right)):
        print(f"spectral radius {radius}, {name}: mean {found.mean():.3f}, spread of a unit in time "
              f"{found.std(axis=0).mean():.3f}, largest mean of a unit {abs(found.mean(axis=0)).max():.3f}")
    assert abs(right.mean(axis=0)).max() < 0.06
    assert abs(theirs.mean(axis=0)).max() > 0.15, "no unit is drawn to one side now"
    # What was added before the tanh.
    noise = (np.arctanh(theirs[1:]) - theirs[:-1] @ weights.T) / level
    print(f"    its noise over noise_level: {noise.min():.4f} to {noise.max():.4f}, mean {noise.mean():.4f}, "
          f"standard deviation {noise.std():.4f}")
    assert noise.min() > -1e-6 and noise.max() < 1.0 + 1e-6, "the noise is on both sides of 0 now"
    assert abs(noise.mean() - 0.5) < 0.01 and abs(noise.std() - 12**-0.5) < 0.01
PY
