#!/usr/bin/env bash
# gradientnorm-autoclipper 1.0.0 (torch 2.13.0): AutoClippedOptimizer(SGD, q=0.1, window=200, max_norm=None), after
# AutoClip (https://arxiv.org/abs/2007.14469), documents that "gradients with norms larger than the q-th
# quantile of recent gradient norms are clipped", with two differences from the paper: the window,
# and max_norm. There is a third: the quantile is raised to 1 where it is lower. A net whose gradients
# are smaller is not clipped at all: of nineteen gradients of norm 0.01 and one of 0.9, 90 times as large, every
# one is passed on as it is, where the quantile is 0.01. Multiplying the loss by 1000
# makes it clip. With max_norm below 1 the quantile has no effect, either: everything is clipped at max_norm.
# Text: https://github.com/michaldyczko/gradientnorm-autoclipper, the docstring.
# Ends with 0 while that is so, with 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    gradientnorm-autoclipper==1.0.0 pytorch-optimizer==3.0.0 torch==2.13.0 numpy==2.4.6
cd "$folder"
timeout 300 "$folder/venv/bin/python" -W ignore - <<'PY'
import torch
from autoclipper import AutoClippedOptimizer

torch.set_num_threads(1)


def passed_on(norms, **options):
    """The norms of the steps that SGD at rate 1 makes of gradients of these norms."""
    weights = torch.nn.Parameter(torch.zeros(4, dtype=torch.float64))
    optimizer = AutoClippedOptimizer(torch.optim.SGD, **options)([weights], lr=1.0)
    steps = []
    for norm in norms:
        before = weights.detach().clone()
        weights.grad = torch.full((4,), norm / 2.0, dtype=torch.float64)
        optimizer.step()
        steps.append(float((weights.detach() - before).norm()))
    return torch.tensor(steps)


def documented(norms, q=0.1, window=200, max_norm=None):
    norms = torch.tensor(norms)
    limits = torch.stack([norms[max(0, i + 1 - window) : i + 1].quantile(q) for i in range(len(norms))])
    return torch.minimum(norms, limits.clamp(max=max_norm or float("inf")))


small = [0.01] * 19 + [0.9]
large = [1000.0 * norm for norm in small]
for name, norms in (("norms of 0.01 and 0.9", small), ("1000 times as large", large)):
    theirs, right = passed_on(norms), documented(norms)
    print(f"{name}: the last is passed on as {theirs[-1]:.4f}, documented {right[-1]:.4f}")
    assert torch.allclose(right[-1], torch.tensor(norms[0]))
    if norms is small:
        assert torch.allclose(theirs, torch.tensor(norms), rtol=1e-4), "small gradients are clipped"
    else:
        assert torch.allclose(theirs, right, rtol=1e-4)

low = [0.1, 0.1, 0.1, 0.1, 0.4]
theirs, right = passed_on(low, max_norm=0.5), documented(low, max_norm=0.5)
print("max_norm = 0.5:", theirs.tolist(), "documented", right.tolist())
assert torch.allclose(theirs, torch.tensor(low), rtol=1e-4) and right[-1] < 0.11
PY
