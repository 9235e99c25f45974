#!/usr/bin/env bash
# optax 0.2.8 (jax 0.10.2, NumPy 2.4.6): adaptive_grad_clip clips each unit's gradient to a share of the unit's weights.
# unitwise_norm, which it takes the norms from, documents what a unit is: of an array of rank 2 what one
# column holds ("axis 0"), of "rank-3 or 4: axes (0, 1, 2)". Of rank 3 it sums over axis 0 alone. Of a
# matrix with one row, the kernel of a layer with one input, it sums over everything: all units of a
# recurrent net that is driven by one number are one unit, so a unit's gradient that is as large as it may be
# is clipped because of another unit's, to 0.0014 of the allowed 0.01 of its weight, though
# with a second row of 1e-9 beside it is not touched. Ranks 1 and 4, and 2 with more rows, are as documented.
# Text: https://optax.readthedocs.io and the docstring of unitwise_norm.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import jax.numpy as jnp
import numpy as np
import optax
from optax.transforms import unitwise_norm

rng = np.random.default_rng(0)
documented = {1: (0,), 2: (0,), 3: (0, 1, 2), 4: (0, 1, 2), 5: (0, 1, 2, 3)}
for shape, as_documented, really in (
    ((6,), True, (0,)),
    ((3, 6), True, (0,)),
    ((1, 6), False, (0, 1)),
    ((3, 4, 5), False, (0,)),
    ((3, 4, 5, 6), True, (0, 1, 2)),
    ((2, 3, 4, 5, 6), True, (0, 1, 2, 3)),
):
    x = rng.normal(size=shape).astype(np.float32)
    theirs = np.asarray(unitwise_norm(jnp.asarray(x)))

    def norm(axes):
        return np.broadcast_to(np.sqrt((x**2).sum(axis=axes, keepdims=True)), shape)

    text = documented[x.ndim]
    print(f"shape {shape}: documented axes {text}, norms are over {really}, {len(np.unique(theirs.round(4)))} of them")
    assert np.allclose(theirs, norm(really), rtol=1e-5), "it is no longer over these axes"
    assert np.allclose(theirs, norm(text), rtol=1e-5) == as_documented


def clipped(weights, gradient):
    rule = optax.adaptive_grad_clip(clipping=0.01)
    out, _ = rule.update(jnp.asarray(gradient), rule.init(jnp.asarray(weights)), jnp.asarray(weights))
    return np.asarray(out)


# Unit 0 is at what it may have, 0.01 of its weight; unit 1 is ten times over.
weights, gradient = np.ones((1, 2), np.float32), np.array([[0.0099, 0.1]], np.float32)
tiny = np.full((1, 2), 1e-9, np.float32)
alone = clipped(weights, gradient)
beside = clipped(np.vstack([weights, tiny]), np.vstack([gradient, tiny]))
print("one row:", alone[0], "two rows:", beside[0])
assert np.allclose(beside[0], [0.0099, 0.01], rtol=1e-3)
assert np.allclose(alone[0], gradient[0] * 0.01 * np.sqrt(2.0) / np.hypot(*gradient[0]), rtol=1e-3)
assert alone[0, 0] < 0.2 * gradient[0, 0]
PY
