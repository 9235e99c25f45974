#!/usr/bin/env bash
# autoclip 0.2.1 (torch 2.13.0): StandardClip clips a gradient to so many standard deviations of the
# norms seen before. At the second step there is one such norm, and torch.std of a single number is not
# a number, nor then is the threshold, and clipping to it makes every gradient nan, and the weights with
# them. So any training ends after one step, with the defaults, as an optimizer or by itself, for
# each parameter or for all in one: the losses of a linear fit are 4.3, 2.5, nan, nan, where
# QuantileClip of the same library gives 4.3, 2.5, 1.5, 0.9. torch warns once that std has no degrees of
# freedom; nothing else is said. With gradients that do not come from the weights, of norms 1.0, 1.1,
# 0.9, 1.0 and 1.2, the second alone is nan.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    autoclip==0.2.1 torch==2.13.0 numpy==2.4.6
cd "$folder"
timeout 100 "$folder/venv/bin/python" -W ignore - <<'PY'
import math

import torch
from autoclip.torch import QuantileClip, StandardClip

torch.set_num_threads(1)


def losses(kind, everything, steps=8):
    """Of a linear fit by SGD, clipped by a clipper of this kind."""
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    x = torch.randn(64, 3)
    y = x.sum(1, keepdim=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    if kind is not None:
        optimizer = kind.as_optimizer(optimizer, global_threshold=everything)
    found = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


for kind in (None, QuantileClip, StandardClip):
    for everything in (False, True):
        found = losses(kind, everything)
        print(f"{kind.__name__ if kind else 'no clipping'}, one threshold for all {everything}: "
              + " ".join(f"{loss:.3f}" for loss in found))
        if kind is StandardClip:
            assert math.isfinite(found[0]) and math.isfinite(found[1])
            assert all(math.isnan(loss) for loss in found[2:]), "the second step can be taken now"
        else:
            assert all(a > b for a, b in zip(found, found[1:]))

# By itself, on gradients that do not come from the weights.
parameter = torch.nn.Parameter(torch.zeros(4))
clipper = StandardClip([parameter], deviations=2.0)
norms = []
for size in (1.0, 1.1, 0.9, 1.0, 1.2):
    parameter.grad = torch.full((4,), size / 2.0)
    clipper.step()
    norms.append(parameter.grad.norm().item())
print("norms after the clipper:", norms)
assert [math.isnan(norm) for norm in norms] == [False, True, False, False, False]
PY
