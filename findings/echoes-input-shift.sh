#!/usr/bin/env bash
# echoes 1.0.2 (numba 0.68.1, NumPy 2.4.6, scikit-learn 1.9.1): ESNRegressor takes input_scaling and
# input_shift, each a number or one value per input. With both as arrays it adds the scaling in
# place of the shift: scaling (0.5, 2) and shift (3, -1) drive the reservoir with 0.5 x1 + 0.5 and
# 2 x2 + 2, to the last bit, and what is given as the shift does not matter. No word is said. The
# states are off by up to 2, which is the whole range of tanh. As numbers the two do as they say. (An
# array as the shift alone is refused, with a word on the scaling.)
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    echoes==1.0.2 numba==0.68.1 numpy==2.4.6 scikit-learn==1.9.1
cd "$folder"
MPLBACKEND=agg timeout 150 "$folder/venv/bin/python" - <<'PY'
import numpy as np
from echoes import ESNRegressor

rng = np.random.default_rng(0)
units, steps = 30, 200
x = rng.normal(size=(steps, 2))
y = np.roll(x[:, :1], 1, axis=0)
w = rng.normal(size=(units, units))
w *= 0.9 / np.abs(np.linalg.eigvals(w)).max()
w_in = rng.normal(size=(units, 2))


def theirs(inputs, **asked):
    net = ESNRegressor(
        W=w.copy(),
        W_in=w_in.copy(),
        spectral_radius=0.9,
        bias=0.0,
        fit_only_states=True,
        store_states_train=True,
        random_state=0,
        **asked,
    )
    return net.fit(inputs, y).states_train_


def reservoir(inputs):
    """The states of h = tanh(W h + W_in x), nought at the first step."""
    states = [np.zeros(units)]
    for row in inputs[1:]:
        states.append(np.tanh(w @ states[-1] + w_in @ row))
    return np.array(states)


def off(states, inputs):
    return np.abs(states - reservoir(inputs)).max()


scaling, shift = np.array([0.5, 2.0]), np.array([3.0, -1.0])
plain = theirs(x)
numbers = off(theirs(x, input_scaling=0.5, input_shift=3.0), 0.5 * x + 3.0)
arrays = theirs(x, input_scaling=scaling, input_shift=shift)
asked, added = off(arrays, scaling * x + shift), off(arrays, scaling * x + scaling)
print(f"without either off by {off(plain, x):.0e}; as numbers by {numbers:.0e}")
print(f"as arrays off scaling x + shift by {asked:.2f}, off scaling x + scaling by {added:.0e}")
assert off(plain, x) < 1e-9 and numbers < 1e-9
assert added < 1e-9 < 1.0 < asked, "the shift counts now"
assert np.array_equal(arrays, theirs(scaling * x + scaling))
other = theirs(x, input_scaling=scaling, input_shift=np.array([-7.0, 40.0]))
assert np.array_equal(arrays, other), "the shift counts now"
PY
