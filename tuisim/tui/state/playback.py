"""Playback: where playing stands, as pure state over a clock that is passed in.

Playing shows the forward pass left to right, then the gradient right to left. Time comes from a
clock and never from a count of ticks: timers skip ticks when the terminal is slow.
"""

from __future__ import annotations

import math
from typing import Literal

Phase = Literal["forward", "backward", "done"]

#: Steps a second.
SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
# Both passes of the default hundred steps in ten seconds.
_DEFAULT_SPEED = 4
_TOLD_A_SECOND = 4


class Playback:
    """A position on the path 0 → T (forward), T → 0 (backward), or a cursor over whole curves."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.playing = False
        self._speed = _DEFAULT_SPEED
        # On the path while playing or paused in it; else None, and the cursor stands free.
        self._travelled: float | None = None
        self._cursor: int | None = None
        self._time = 0.0

    @property
    def speed(self) -> int:
        """Steps a second."""
        return SPEEDS[self._speed]

    @property
    def phase(self) -> Phase:
        """Which pass is being shown; "done" shows both whole."""
        if self._travelled is None:
            return "done"
        return "forward" if self._travelled < self.depth else "backward"

    @property
    def step(self) -> int | None:
        """The step under the cursor, None where there is no cursor."""
        if self._travelled is None:
            return self._cursor
        whole = math.floor(self._travelled)
        return whole if whole < self.depth else max(2 * self.depth - whole, 0)

    @property
    def told(self) -> tuple[int | None, Phase]:
        """The step and the pass that words speak of: while playing one of several, a few a second.

        Nobody reads numbers that change faster.
        """
        if self._travelled is None or not self.playing:
            return self.step, self.phase
        whole = math.floor(self._travelled)
        whole -= whole % max(self.speed // _TOLD_A_SECOND, 1)
        if whole < self.depth:
            return whole, "forward"
        return max(2 * self.depth - whole, 0), "backward"

    def retarget(self, depth: int) -> None:
        """Another run is shown: keep the step and the pass where they still exist."""
        if depth == self.depth:
            return
        step = min(self.step or 0, depth)
        if self._travelled is not None:
            self._travelled = float(step if self.phase == "forward" else 2 * depth - step)
        elif self._cursor is not None:
            self._cursor = step
        self.depth = depth

    def toggle(self, now: float) -> None:
        """Play, on from where it was paused; or pause."""
        self.playing = not self.playing
        self._time = now
        if self.playing and self._travelled is None:
            self._travelled = 0.0

    def advance(self, now: float) -> bool:
        """Move to where playing stands at this time.

        Returns:
            whether anything that is shown changed.
        """
        if not self.playing or self._travelled is None:
            return False
        before = (self.step, self.phase)
        self._travelled += max(now - self._time, 0.0) * self.speed
        self._time = now
        if self._travelled >= 2 * self.depth:
            self._rest(0)
        return before != (self.step, self.phase)

    def hold(self, now: float) -> None:
        """Let the time up to now pass without moving."""
        self._time = now

    def move(self, steps: int) -> None:
        """Step on or back, pausing: along the path, or the free cursor in time."""
        self.playing = False
        if self._travelled is not None:
            travelled = max(math.floor(self._travelled) + steps, 0)
            if travelled >= 2 * self.depth:
                self._rest(0)
            else:
                self._travelled = float(travelled)
        elif self._cursor is None:
            self._cursor = 0 if steps > 0 else self.depth
        else:
            self._cursor = min(max(self._cursor + steps, 0), self.depth)

    def to_step(self, step: int) -> None:
        """Put the free cursor on a step, both curves whole."""
        self._rest(min(max(step, 0), self.depth))

    def clear(self) -> None:
        """Show both curves whole, without a cursor."""
        self._rest(None)

    def faster(self, by: int) -> int:
        """Change the speed by so many notches; returns the new one."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        return self.speed

    def _rest(self, cursor: int | None) -> None:
        self.playing = False
        self._travelled, self._cursor = None, cursor
