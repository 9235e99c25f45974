"""Closing: when a guest's session ends, and what is said before. Pure state over two clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from tuisim.values.kiosk import Limits

#: So long before the end it is said, and then once more.
WARNING_SECONDS = (60.0, 10.0)


@attrs.frozen
class Span:
    """How much of something was used, in seconds, and how much there is."""

    limit: float
    used: float
    #: What ended, and how the end is put off where it can be.
    ended: str
    goes_on: str = ""

    @property
    def left(self) -> float:
        """Seconds."""
        return self.limit - self.used


class Closing:
    """A session from its beginning to its end."""

    def __init__(
        self, limits: Limits, clock: Callable[[], float], computing: Callable[[], float]
    ) -> None:
        """It begins now.

        Args:
            clock: seconds.
            computing: seconds of processors that this process took so far.
        """
        self._limits, self._clock, self._computing = limits, clock, computing
        self._begun = self._touched = clock()
        # The least of the warnings that was given, by what it is about.
        self._said: dict[str, float] = {}

    def touch(self) -> None:
        """Note that a guest is there."""
        self._touched = self._clock()

    @property
    def ended(self) -> str:
        """Why it is over, in words; empty until then."""
        return next((span.ended for span in self._spans() if span.left <= 0), "")

    def warning(self) -> str:
        """What is to be said now, since an end comes near; each only once. Empty where nothing."""
        due = ""
        for span in sorted(self._spans(), key=lambda one: one.left):
            # Of a span that is short as a whole the half.
            marks = [one for one in WARNING_SECONDS if one <= span.limit / 2]
            passed = [one for one in marks if span.left <= one]
            if not passed:
                self._said.pop(span.ended, None)
            elif min(passed) < self._said.get(span.ended, float("inf")):
                self._said[span.ended] = min(passed)
                due = due or _warning(span)
        return due

    def _spans(self) -> Iterator[Span]:
        now, limits = self._clock(), self._limits
        of = [60 * limits.minutes, 60 * limits.idle_minutes, 60 * limits.cpu_minutes]
        yield Span(of[0], now - self._begun, f"{_spoken(of[0])} are over")
        yield Span(of[1], now - self._touched, f"{_spoken(of[1])} without a key", "any key goes on")
        yield Span(of[2], self._computing(), f"{_spoken(of[2])} of computing are used up")


def rules(limits: Limits) -> str:
    """What a guest is told first of all."""
    minutes = (limits.minutes, limits.idle_minutes, limits.cpu_minutes)
    whole, idle, computing = (_spoken(60 * one) for one in minutes)
    return (
        f"a kiosk: nothing is kept; it ends after {whole}, {idle} without a key, or {computing} "
        f"of computing; up to width {limits.width}, depth {limits.depth}, "
        f"members {limits.members}, {limits.seconds:g} s of computing a key"
    )


def _warning(span: Span) -> str:
    words = f"ends in {max(round(span.left), 1)} s: {span.ended}"
    return f"{words}; {span.goes_on}" if span.goes_on else words


def _spoken(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
