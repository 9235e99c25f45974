#!/usr/bin/env bash
# pyreco 2.0.1 (scikit-learn 1.9.1, NumPy 2.4.6): RidgeSK(alpha=...), the regression of the readout, throws
# its alpha away and takes 1.0. For 1e-9, 1 and 1e4 the weights are the same to the last bit, those of
# alpha = 1 by the closed form (A'A + alpha I)^-1 A'b, and a reservoir of 100 units that is to recall its
# input of two steps ago has the same error, 0.13 (root mean square over standard deviation). By
# set_alpha, or set_hp on the model, the value counts: 0.004 for 1e-9 and 0.99 for 1e4. A search over
# RidgeSK(alpha=...) finds that regularisation does not matter.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    pyreco==2.0.1 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 networkx==3.6.1
cd "$folder"
MPLBACKEND=agg timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from pyreco.custom_models import RC
from pyreco.layers import InputLayer, RandomReservoirLayer, ReadoutLayer
from pyreco.optimizers import RidgeSK

rng = np.random.default_rng(0)
steps, units = 1000, 100
alphas = (1e-9, 1.0, 1e4)
a, b = rng.normal(size=(50, 4)), rng.normal(size=(50, 2))


def closed(alpha):
    return np.linalg.solve(a.T @ a + alpha * np.eye(4), a.T @ b)


u = rng.uniform(-1.0, 1.0, size=(1, steps, 1))
target = np.roll(u, 2, axis=1)


def error(optimizer, **later):
    np.random.seed(1)
    net = RC()
    net.add(InputLayer(input_shape=(steps, 1)))
    net.add(RandomReservoirLayer(nodes=units, leakage_rate=1.0, fraction_input=1.0, seed=1))
    net.add(ReadoutLayer(output_shape=(steps, 1)))
    net.compile(optimizer=optimizer)
    net.set_hp(**later)
    net.fit(u, target)
    return np.sqrt(((net.predict(u) - target) ** 2).mean() / target.var())


for alpha in alphas:
    made, told = RidgeSK(alpha=alpha), RidgeSK()
    told.set_alpha(alpha)
    by_1 = np.abs(made.solve(a, b) - closed(1.0)).max()
    by_alpha = np.abs(made.solve(a, b) - closed(alpha)).max()
    set_later = np.abs(told.solve(a, b) - closed(alpha)).max()
    recall, recall_later = error(RidgeSK(alpha=alpha)), error("ridge", alpha=alpha)
    print(f"RidgeSK(alpha={alpha:g}): weights off those of {alpha:g} by {by_alpha:.0e}, of 1 by "
          f"{by_1:.0e}, by set_alpha {set_later:.0e}; error {recall:.4f}, by set_hp {recall_later:.4f}")
    assert set_later < 1e-9
    assert by_1 < 1e-9 and np.array_equal(made.solve(a, b), RidgeSK().solve(a, b)), "alpha counts"
    assert abs(recall - error("ridge")) < 1e-9, "alpha counts"
    if alpha != 1.0:
        assert by_alpha > 1e-3 and abs(recall - recall_later) > 0.1
PY
