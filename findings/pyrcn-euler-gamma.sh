#!/usr/bin/env bash
# PyRCN 0.1.0 (NumPy 2.4.6, SciPy 1.17.1): base.blocks.EulerNodeToNode, the Euler State Network, whose
# documentation calls gamma a "diffusion coefficient used for stabilizing". The published network
# (Gallicchio, Euler State Networks, 2022) steps with W - gamma I, W antisymmetric; PyRCN adds gamma I.
# So more gamma makes it less stable: with the identity and no input after the first step, 400 steps
# of size 0.01 multiply the state's norm by 4.2 at gamma = 0 (the Euler step itself), 6.3 at 0.1,
# 217 at 1 and 1.0e9 at 5, which is exp(epsilon gamma t) on top, where the published sign shrinks it.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    pyrcn==0.1.0 scipy==1.17.1 numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
timeout 200 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from pyrcn.base.blocks import EulerNodeToNode

units, steps, epsilon = 50, 400, 0.01
x = np.zeros((steps, units))
x[0] = np.random.default_rng(0).normal(size=units)
growth = {}
for gamma in (0.0, 0.1, 1.0, 5.0):
    net = EulerNodeToNode(
        hidden_layer_size=units, reservoir_activation="identity", gamma=gamma, epsilon=epsilon,
        random_state=0,
    ).fit(x)
    w = np.asarray(net.recurrent_weights)
    assert np.array_equal(w, -w.T), "W is no longer antisymmetric"
    h = net.transform(x)
    growth[gamma] = np.linalg.norm(h[-1]) / np.linalg.norm(h[0])
    # An independent step of either sign from the same W.
    twins = {}
    for sign in (1.0, -1.0):
        state = h[0]
        for _ in range(steps - 1):
            state = state + epsilon * (state @ w + sign * gamma * state)
        twins[sign] = np.linalg.norm(state) / np.linalg.norm(h[0])
    print(f"gamma {gamma}: norm x {growth[gamma]:.4g}; with + gamma I {twins[1.0]:.4g}, "
          f"with - gamma I {twins[-1.0]:.4g}")
    assert np.isclose(growth[gamma], twins[1.0], rtol=1e-9)
assert growth[0.0] < growth[0.1] < growth[1.0] < growth[5.0], "gamma no longer destabilizes"
PY
