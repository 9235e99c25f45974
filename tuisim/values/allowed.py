"""Which of several changes are allowed, where not all of them together are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tuisim.values.toml import with_implied

State = TypeVar("State")

#: What changes make of a state, with notes of what was reset; ValueError where they are refused.
Take = Callable[[State, Mapping[str, Any]], tuple[State, tuple[str, ...]]]


def taken(
    state: State, changes: Mapping[str, Any], take: Take[State]
) -> tuple[State, dict[str, Any], tuple[str, ...]]:
    """All changes together where that is allowed, else each of them that is, in their order.

    Args:
        changes: fields that were chosen each for itself; eigenvalues bring what they imply.

    Returns:
        the state after them, the changes that were made, and notes: what was reset, and which
        change is refused and why.
    """
    try:
        state, notes = take(state, with_implied(changes))
        return state, dict(changes), notes
    except ValueError as error:
        if len(changes) < 2:
            return state, {}, (str(error),)
    made: dict[str, Any] = {}
    said: tuple[str, ...] = ()
    for name, value in changes.items():
        try:
            state, notes = take(state, with_implied({name: value}))
        except ValueError as error:
            notes = (f"{name} is not taken: {error}",)
        else:
            made[name] = value
        said += notes
    return state, made, said
