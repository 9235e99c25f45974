"""Plan: the one frozen value that says how a net is trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import attrs

from tuisim.values.experiment import Experiment
from tuisim.values.fields import choice, number, refusal

TASKS = ("recall", "adding", "copy")

OPTIMIZERS = ("sgd", "adam")

#: What each usually takes for a learning rate.
USUAL_RATES = {"sgd": 0.1, "adam": 0.001}

#: What a net must have to be trained, and why.
NEEDED = (
    ("layer", "", "what is trained begins with drawn weights"),
    ("tied", True, "what is trained is one W for all steps"),
    ("drive", "none", "the input is the task's"),
    ("members", 1, "one net is trained at a time; another seed is another net"),
)


_OF_ITS_OWN = "adam averages gradients of its own accord"


@attrs.frozen(kw_only=True)
class Plan:
    """How a net is trained; what net, its batch, its clipping and its seed say the Experiment.

    Stochastic gradient descent on θ, all parameters together, as torch.optim.SGD has it: with the
    gradient g after clipping, v ← momentum·v + g + l2·θ and θ ← θ − learning_rate·v. Or Adam, as
    torch.optim.Adam has it with betas 0.9 and 0.999 and ε = 1e-8: g + l2·θ and its square are
    averaged, and θ ← θ − learning_rate·m̂/(√v̂ + ε). Its usual learning rate is 0.001.

    Every field is checked when the value is made (also by `attrs.evolve`).

    Raises:
        ValueError: names the field, what it got and what it allows.
    """

    task: str = choice("task", TASKS, "what is learned")
    optimizer: str = choice("optimizer", OPTIMIZERS, "how a step is made")
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

    def __attrs_post_init__(self) -> None:
        if self.optimizer == "adam" and self.momentum:
            raise refusal("momentum", self.momentum, f"0 with adam ({_OF_ITS_OWN})")

    @property
    def asked(self) -> dict[str, Any]:
        """The fields that make this plan of Plan() by `adjusted`."""
        begin = Plan().adjusted(optimizer=self.optimizer)[0]
        return {
            name: getattr(self, name)
            for name in PLAN_FIELDS
            if getattr(self, name) != getattr(Plan() if name == "optimizer" else begin, name)
        }

    def adjusted(self, **changes: Any) -> tuple[Plan, tuple[str, ...]]:
        """This plan with the changes, and a note for each field that these reset.

        Another optimizer brings its usual learning rate where the old one's was taken; of adam and
        a momentum the one that is not asked for goes.

        Raises:
            ValueError: a field that there is none of, or a value that one does not allow.
        """
        resets: dict[str, Any] = {}
        notes = []
        optimizer = changes.get("optimizer", self.optimizer)
        momentum = changes.get("momentum", self.momentum)
        if optimizer == "adam" and momentum:
            if "momentum" not in changes:
                resets["momentum"] = 0.0
                notes.append(f"momentum is 0: {_OF_ITS_OWN}")
            elif "optimizer" not in changes:
                resets["optimizer"] = optimizer = "sgd"
                notes.append(f"optimizer is sgd: {_OF_ITS_OWN}")
        usual = USUAL_RATES.get(self.optimizer) == self.learning_rate
        rate = USUAL_RATES.get(optimizer)
        if usual and rate not in (None, self.learning_rate) and "learning_rate" not in changes:
            resets["learning_rate"] = rate
            notes.append(f"learning_rate is {rate:g}: usual with {optimizer}")
        return attrs.evolve(self, **changes, **resets), tuple(notes)


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
    notes = tuple(
        f"{name} is {str(value) or 'none'}: {why}" for name, value, why in NEEDED if name in changes
    )
    return experiment.adjusted(**changes)[0], notes
