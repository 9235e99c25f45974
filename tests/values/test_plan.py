"""Plans: what is refused, and what another optimizer brings."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from tuisim.values.plan import Plan


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("task", "parity", "recall, adding, copy"),
        ("optimizer", "rmsprop", "sgd, adam"),
        ("learning_rate", 0.0, "> 0"),
        ("momentum", 1.0, "[0, 1)"),
        ("l2", -0.1, "≥ 0"),
        ("steps", 0, "1…1000000"),
        ("steps", 2.5, "1…1000000 (a whole number)"),
    ],
)
def test_a_plan_is_checked(field: str, value: object, allowed: str) -> None:
    words = re.escape(f"{field}: got {value!r}, allowed: {allowed}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        attrs.evolve(Plan(), **{field: value})


def test_adam_takes_no_momentum() -> None:
    words = (
        r"^momentum: got 0.9, allowed: 0 with adam \(adam averages gradients of its own accord\)$"
    )
    with pytest.raises(ValueError, match=words):
        Plan(optimizer="adam", momentum=0.9)


@pytest.mark.parametrize(
    ("plan", "changes", "expected", "names"),
    [
        ({}, {"optimizer": "adam"}, {"optimizer": "adam", "learning_rate": 0.001},
         ["learning_rate"]),
        ({"momentum": 0.9}, {"optimizer": "adam", "learning_rate": 0.1}, {"optimizer": "adam"},
         ["momentum"]),
        ({"optimizer": "adam", "learning_rate": 0.001}, {"momentum": 0.9}, {"momentum": 0.9},
         ["optimizer", "learning_rate"]),
        ({"optimizer": "adam", "learning_rate": 0.02}, {"optimizer": "sgd"},
         {"learning_rate": 0.02}, []),
        ({"learning_rate": 0.5}, {"optimizer": "adam"},
         {"optimizer": "adam", "learning_rate": 0.5}, []),
        ({}, {"l2": 0.1, "optimizer": "sgd"}, {"l2": 0.1}, []),
    ],
)  # fmt: skip
def test_what_another_optimizer_resets_is_named(
    plan: dict[str, Any], changes: dict[str, Any], expected: dict[str, Any], names: list[str]
) -> None:
    found, notes = Plan(**plan).adjusted(**changes)
    assert found == Plan(**expected)
    assert [one.split()[0] for one in notes] == names


def test_a_plan_is_asked_for_by_what_makes_it() -> None:
    for plan in (
        Plan(),
        Plan(optimizer="adam"),
        Plan(optimizer="adam", learning_rate=0.001, l2=0.1),
        Plan(learning_rate=0.001, momentum=0.5, task="copy", steps=3),
    ):
        assert Plan().adjusted(**plan.asked)[0] == plan
    assert Plan(optimizer="adam", learning_rate=0.001).asked == {"optimizer": "adam"}
    assert Plan(optimizer="adam").asked == {"optimizer": "adam", "learning_rate": 0.1}
