#!/usr/bin/env bash
# PyRCN 0.1.0 (NumPy 2.4.6, SciPy 1.17.1): base.blocks.HebbianNodeToNode with training_method="hebbian"
# weakens the connections between units that are on together, and "anti_hebbian" strengthens them:
# the two names stand at each other's sign. Five units of twenty are held at 1 for sixty steps, the
# others at 0, one epoch at rate 0.005. Against the other weights (the matrix is scaled to spectral
# radius 1 afterwards, so only the ratio says anything) the weights among the five come out
# x 0.74 with "hebbian" and x 1.34 with "anti_hebbian".
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
from pyrcn.base.blocks import HebbianNodeToNode

units, on = 20, 5
x = np.zeros((60, units))
x[:, :on] = 1.0


def weights(method, rate):
    # With the recurrence off, each unit's state is its input, whatever the weights.
    net = HebbianNodeToNode(
        hidden_layer_size=units, spectral_radius=0.0, reservoir_activation="bounded_relu",
        training_method=method, learning_rate=rate, epochs=1, random_state=0,
    )
    return np.abs(np.asarray(net.fit(x).recurrent_weights))


ratios = {}
for method in ("hebbian", "anti_hebbian"):
    change = weights(method, 0.005) / weights(method, 0.0)
    ratios[method] = change[:on, :on].mean() / change[on:, on:].mean()
    print(f"{method}: weights among units on together x {ratios[method]:.2f} of the others")
assert ratios["hebbian"] < 0.9 < 1.1 < ratios["anti_hebbian"]
PY
