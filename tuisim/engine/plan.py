"""Plan: the one frozen value that says how a net is trained. Imports attrs and the fields only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs

from tuisim.fields import choice, number

TASKS = ("recall", "adding", "copy")


@attrs.frozen(kw_only=True)
class Plan:
    """How a net is trained; what net, its batch, its clipping and its seed say the Experiment.

    Stochastic gradient descent on θ, all parameters together, as torch.optim.SGD has it: with the
    gradient g after clipping, v ← momentum·v + g + l2·θ and θ ← θ − learning_rate·v.

    Every field is checked when the value is made (also by `attrs.evolve`).

    Raises:
        ValueError: names the field, what it got and what it allows.
    """

    task: str = choice("task", TASKS, "what is learned: recall, adding or copy")
    learning_rate: float = number(
        "learning_rate", 0.1, "size of a step", "> 0", lambda x: x > 0, limits=(0, math.inf)
    )
    momentum: float = number(
        "momentum",
        0.0,
        "share of the step before that is kept",
        "[0, 1)",
        lambda x: 0 <= x < 1,
        limits=(0, math.nextafter(1, 0)),
    )
    l2: float = number(
        "l2", 0.0, "weight decay: l2·θ is added to the gradient", "≥ 0", lambda x: x >= 0,
        limits=(0, math.inf),
    )  # fmt: skip
    steps: int = number(
        "steps",
        2000,
        "updates of the parameters",
        "1…1000000",
        lambda n: 1 <= n <= 1_000_000,
        whole=True,
        limits=(1, 1_000_000),
    )


PLAN_FIELDS: Mapping[str, attrs.Attribute[Any]] = attrs.fields_dict(Plan)
