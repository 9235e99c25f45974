"""Plan: the one frozen value that says how a net is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import attrs

from tuisim.values.experiment import Experiment
from tuisim.values.fields import choice, number

TASKS = ("recall", "adding", "copy")

#: What a net must have to be trained, and why.
NEEDED = (
    ("tied", True, "what is trained is one W for all steps"),
    ("drive", "none", "the input is the task's"),
    ("members", 1, "one net is trained at a time; another seed is another net"),
)


@attrs.frozen(kw_only=True)
class Plan:
    """How a net is trained; what net, its batch, its clipping and its seed say the Experiment.

    Stochastic gradient descent on θ, all parameters together, as torch.optim.SGD has it: with the
    gradient g after clipping, v ← momentum·v + g + l2·θ and θ ← θ − learning_rate·v.

    Every field is checked when the value is made (also by `attrs.evolve`).

    Raises:
        ValueError: names the field, what it got and what it allows.
    """

    task: str = choice("task", TASKS, "what is learned")
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


def read_plan(name: str, text: str) -> Any:
    """A field's value from what was typed for it.

    Raises:
        ValueError: names the field, what was typed, what is allowed.
    """
    field = PLAN_FIELDS[name]
    numbers: dict[str | None, Callable[[str], Any]] = {"whole": int, "real": float}
    value: Any = text
    with suppress(ValueError):
        # The field refuses a text, in its own words.
        value = numbers.get(field.metadata.get("kind"), str)(text)
    assert callable(field.converter)
    return field.converter(value)


def trainable(experiment: Experiment) -> tuple[Experiment, tuple[str, ...]]:
    """The nearest experiment that can be trained, and a note for each field that was reset."""
    changes: dict[str, Any] = {
        name: value for name, value, _ in NEEDED if getattr(experiment, name) != value
    }
    notes = tuple(f"{name} is {changes[name]}: {why}" for name, _, why in NEEDED if name in changes)
    return attrs.evolve(experiment, **changes), notes
