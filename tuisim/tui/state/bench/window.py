"""Window: the part of the time axis that is shown, as pure state over steps.

It moves in pages: one that followed every step would be drawn anew with every step.
"""

from __future__ import annotations

#: The fewest steps shown: each has room to be told from the next.
_LEAST = 20


class Window:
    """A span of steps of 0…depth, or all of them."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        #: The first and the last step shown; None shows all.
        self.span: tuple[int, int] | None = None

    @property
    def steps(self) -> int:
        """How many steps are shown."""
        low, high = self.span or (0, self._depth)
        return high - low

    def whole(self) -> None:
        """Show all steps."""
        self.span = None

    def zoom(self, factor: float, at: float | None = None, *, centred: bool = True) -> bool:
        """Show fewer steps by this factor, or more where it is under 1.

        Args:
            at: the step to zoom about; the middle of what is shown without.
            centred: whether that comes to the middle, or stays at its place.

        Returns:
            whether anything changed.
        """
        before, steps = self.span, max(round(self.steps / factor), _LEAST)
        if steps >= self._depth:
            self.span = None
            return before is not None
        low, high = before or (0, self._depth)
        at = (low + high) / 2 if at is None else at
        share = 0.5 if centred else (at - low) / (high - low)
        self._begin(round(at - share * steps), steps)
        return self.span != before

    def follow(self, step: int | None, backward: bool) -> None:
        """Turn the page where the step has left it."""
        if self.span is None or step is None or self.span[0] <= step <= self.span[1]:
            return
        self._begin(step - self.steps if backward else step, self.steps)

    def retarget(self, depth: int) -> None:
        """Another run is shown: keep the steps where they still exist."""
        self._depth = depth
        if self.span is not None:
            self._begin(self.span[0], self.steps)

    def page(self, now: int) -> tuple[int, int] | None:
        """The page of a run without end on which this step lies."""
        if self.span is None:
            return None
        first = now // self.steps * self.steps
        return first, first + self.steps

    def _begin(self, low: int, steps: int) -> None:
        low = max(min(low, self._depth - steps), 0)
        self.span = (low, low + steps) if steps < self._depth else None
