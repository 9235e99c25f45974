"""What the keys of the training screen change, as pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from tuisim.values.allowed import taken
from tuisim.values.experiment import CLIPS, FIELDS, Experiment
from tuisim.values.plan import OPTIMIZERS, PLAN_FIELDS, Plan

if TYPE_CHECKING:
    from tuisim.engine.training.course import Look

#: What weight decay goes through.
DECAYS = (0.0, 1e-5, 1e-4, 1e-3, 1e-2)

Changed = tuple[Experiment, Plan, str]


def rate_by(factor: float) -> Callable[[Experiment, Plan], Changed]:
    """The learning rate times a factor."""

    def change(experiment: Experiment, plan: Plan) -> Changed:
        plan = attrs.evolve(plan, learning_rate=plan.learning_rate * factor)
        return experiment, plan, f"learning rate {plan.learning_rate:g}"

    return change


def clip_next(experiment: Experiment, plan: Plan) -> Changed:
    """The next kind of clipping."""
    clip = CLIPS[(CLIPS.index(experiment.clip) + 1) % len(CLIPS)]
    experiment = attrs.evolve(experiment, clip=clip)
    limit = f"{experiment.clip_threshold:g}"
    words = {
        "none": "no clipping",
        "norm": f"clip: the gradient of all parameters together is at most {limit} long",
        "value": f"clip: every entry of the gradient stays within ±{limit}",
    }
    return experiment, plan, words[clip]


def decay_next(experiment: Experiment, plan: Plan) -> Changed:
    """The next weight decay; off again after the strongest."""
    stronger = [one for one in DECAYS if one > plan.l2 * (1 + 1e-9)]
    l2 = stronger[0] if stronger else 0.0
    return experiment, attrs.evolve(plan, l2=l2), f"L2 {l2:g}" if l2 else "L2 off"


def optimizer_next(experiment: Experiment, plan: Plan) -> Changed:
    """The next optimizer, with the learning rate that it usually has."""
    following = OPTIMIZERS[(OPTIMIZERS.index(plan.optimizer) + 1) % len(OPTIMIZERS)]
    plan, notes = plan.adjusted(optimizer=following)
    return experiment, plan, "; ".join([f"optimizer {plan.optimizer}", *notes])


#: What a key leads to the next of.
NEXT: Mapping[str, Callable[[Experiment, Plan], Changed]] = {
    "clip": clip_next,
    "decay": decay_next,
    "optimizer": optimizer_next,
}


def filled_in(changes: Mapping[str, Any]) -> Callable[[Experiment, Plan], Changed]:
    """Fields of both as the form gave them; what they conflict with is reset and named.

    Where they cannot be trained together, those that can be are taken and the others named.
    """

    def change(experiment: Experiment, plan: Plan) -> Changed:
        (e, p), made, notes = taken((experiment, plan), changes, _trained_with)
        named = ", ".join(f"{name} {_word(value)}" for name, value in made.items())
        return e, p, "; ".join(one for one in (named, *notes) if one)

    return change


def _trained_with(
    now: tuple[Experiment, Plan], changes: Mapping[str, Any]
) -> tuple[tuple[Experiment, Plan], tuple[str, ...]]:
    from tuisim.engine.training.training import check_trainable

    experiment, notes = now[0].adjusted(**{one: changes[one] for one in changes if one in FIELDS})
    plan, more = now[1].adjusted(**{one: changes[one] for one in changes if one in PLAN_FIELDS})
    check_trainable(experiment, plan)
    return (experiment, plan), (*notes, *more)


def turned_to(
    experiment: Experiment,
    plan: Plan,
    notes: tuple[str, ...],
    updates: int,
    left_out: tuple[str, ...] = (),
) -> Callable[[Experiment, Plan], Changed]:
    """What a course that was left after so many updates goes on with, where that is another net.

    Args:
        notes: what was reset to train it.
        left_out: what is said whether or not it is another net.
    """

    def change(e: Experiment, p: Plan) -> Changed:
        if (e, p) == (experiment, plan):
            on = (f"on from update {updates}",) if updates else notes
            return e, p, "; ".join((*on, *left_out))
        named = [
            f"{name} {_word(getattr(new, name))}"
            for fields, old, new in ((PLAN_FIELDS, p, plan), (FIELDS, e, experiment))
            for name in fields
            if getattr(old, name) != getattr(new, name)
        ]
        back = f"u goes back to update {updates}" if updates else ""
        said = (", ".join(named), back, *notes, *left_out)
        return experiment, plan, "; ".join(one for one in said if one)

    return change


def why_over(look: Look) -> str:
    """Why no update follows, and what to do about it."""
    if look.trouble is not None:
        back = "u goes back, " if look.updates else ""
        return f"it failed: {back}0 begins anew"
    return f"all {look.plan.steps} updates are made: o asks for more, 0 begins anew"


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} values" if value else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
