#!/usr/bin/env bash
# agc-optims 0.0.2 (torch 2.13.0): AGC and the optimizers beside it say that they clip as in the paper
# on normalizer-free nets, arXiv 2102.06171: a gradient larger than clipping times its weights' norm
# is scaled down to that, and a smaller one is left as it is. It is not: the scaling is done in place,
# in the tensor from which the small ones are then taken, so every gradient gets the norm of the
# threshold. One of 0.001 times the weights' norm comes out 10 times as large with clipping=0.01, one of
# 1e-5 a thousand times, one of 100 as it should. Near a minimum steps no longer shrink: SGD at rate 0.1 on
# half a squared distance stays 0.02 from it with clipping=0.16, where SGD alone and the rule of the
# paper end at 0, to rounding.
# The paper takes the norms over a unit's fan-in, a row of a Linear layer in torch; it takes columns.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    agc-optims==0.0.2 torch==2.13.0 numpy==2.4.6
cd "$folder"
timeout 100 "$folder/venv/bin/python" - <<'PY'
import torch
from agc_optims.clipper import AGC

torch.set_num_threads(1)
generator = torch.Generator().manual_seed(0)


def paper(gradient, weights, clipping, dim):
    """G where ||G|| <= clipping ||W||, else G scaled to that norm; weights' norms of at least 0.001."""
    limit = clipping * weights.norm(dim=dim, keepdim=True).clamp(min=1e-3)
    return gradient * (limit / gradient.norm(dim=dim, keepdim=True)).clamp(max=1.0)


weights = torch.randn(3, 4, generator=generator)
direction = torch.randn(3, 4, generator=generator)
for share in (1e-5, 1e-3, 0.1, 100.0):
    # Each column of the gradient with this share of the norm of the weights' column.
    gradient = direction * share * weights.norm(dim=0) / direction.norm(dim=0)
    parameter = torch.nn.Parameter(weights.clone())
    parameter.grad = gradient.clone()
    AGC(torch.optim.SGD([parameter], lr=0.0), clipping=0.01).step()
    grown = (parameter.grad.norm(dim=0) / gradient.norm(dim=0)).numpy()
    right = (paper(gradient, weights, 0.01, 0).norm(dim=0) / gradient.norm(dim=0)).numpy()
    print(f"gradient of {share:g} times the weights: times {grown}, by the rule times {right}")
    assert abs(right / min(1.0, 0.01 / share) - 1.0).max() < 1e-4
    assert abs(grown * share / 0.01 - 1.0).max() < 1e-4, "it is no longer scaled to the threshold"

# Columns are the inputs' weights of a Linear layer: a unit's own norm, a row's, is not the threshold's.
by_row = parameter.grad.norm(dim=1) / weights.norm(dim=1)
print(f"gradient of 100 times the weights: rows are left with {by_row.numpy()} of the weights' norms")
assert (by_row - 0.01).abs().max() > 1e-3, "the norms are taken over a unit's fan-in now"

target = torch.tensor([1.0, 1.0])
ends = {}
for name in ("SGD", "AGC", "rule"):
    w = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    optimizer = torch.optim.SGD([w], lr=0.1)
    if name == "AGC":
        optimizer = AGC(optimizer, clipping=0.16)
    apart = []
    for _ in range(1000):
        optimizer.zero_grad()
        ((w - target) ** 2).sum().div(2).backward()
        if name == "rule":
            w.grad.copy_(paper(w.grad, w.detach(), 0.16, 0))
        optimizer.step()
        apart.append((w - target).norm().item())
    ends[name] = max(apart[-100:])
    print(f"{name}: after 1000 steps within {ends[name]:.1e} of the minimum")
assert ends["SGD"] < 1e-5 and ends["rule"] < 1e-5
assert 0.005 < ends["AGC"] < 0.03, "it ends at the minimum now"
PY
