"""The loss of outputs beside what was wanted, and its gradient, compiled."""

from __future__ import annotations

import math

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.activations import exponential
from tuisim.engine.kernels.jit import aside
from tuisim.engine.kernels.lanes import load_some, store_some


@aside
def judge(
    within: float, outputs: Array, targets: Array, u: int, errors: Array
) -> tuple[float, float]:
    """The mean loss and the share of outputs that are right; nan where an output is not finite.

    Args:
        within: how near a right number lies, the loss being the mean square of the errors; 0
            where outputs are logits, the loss being the mean cross-entropy.
        outputs: (rows, outputs); errors: the same, becomes ∂loss/∂outputs.
        targets: (any, rows), read in row u: numbers, or classes as numbers.
    """
    rows, n = outputs.shape
    loss = right = 0.0
    for r in range(rows):
        if within > 0.0:
            off = outputs[r, 0] - targets[u, r]
            errors[r, 0] = 2.0 * off / rows
            loss += off * off
            right += abs(off) < within
            continue
        chosen = int(targets[u, r])
        largest = outputs[r, 0]
        first = 0
        for j in range(1, n):
            if outputs[r, j] > largest:
                largest, first = outputs[r, j], j
        for j in range(0, n, LANES):
            count = min(n - j, LANES)
            shifted = load_some(outputs, r * n + j, count) - largest
            store_some(exponential(shifted)[0], errors, r * n + j, count)
        total = 0.0
        for j in range(n):
            total += errors[r, j]
            # What is not finite is nan now.
            loss += outputs[r, j] - outputs[r, j]
        for j in range(n):
            errors[r, j] /= total
        errors[r, chosen] -= 1.0
        for j in range(n):
            errors[r, j] /= rows
        loss += math.log(total) - (outputs[r, chosen] - largest)
        right += first == chosen
    return loss / rows, right / rows
