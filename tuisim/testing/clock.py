"""Clock: seconds that pass when someone says so, and what is to happen when they have."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from textual.message_pump import MessagePump
from textual.timer import Timer


class Clock:
    """Stands still; an app over it waits by it, notices and all."""

    def __init__(self) -> None:
        """A clock at a time that means nothing."""
        # A power of two, so that adding an eighth is exact.
        self.now = 1024.0
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._numbers = itertools.count()

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now

    def after(self, pump: MessagePump, delay: float, call: Callable[[], Any]) -> Timer:
        """Have something called by a screen when so many seconds have passed."""
        alarm = Alarm(pump, delay, call)
        self._alarms.append((self.now + delay, next(self._numbers), alarm))
        return alarm

    @property
    def next_alarm(self) -> float | None:
        """The time at which something is to happen; None where nothing is."""
        self._alarms = [one for one in self._alarms if not one[2].stopped]
        return min((time for time, *_ in self._alarms), default=None)

    def pass_time(self, seconds: float) -> None:
        """Let seconds pass; what is to happen by then is asked for, the earliest first."""
        self.now += seconds
        for time, number, alarm in sorted(self._alarms, key=lambda one: one[:2]):
            if time <= self.now and not alarm.stopped:
                self._alarms.remove((time, number, alarm))
                alarm.ring()

    def set_back(self, now: float) -> None:
        """Be at a time that was; nothing is to happen any more."""
        self.now = now
        self._alarms.clear()


class Alarm(Timer):
    """A timer that no loop runs."""

    def __init__(self, pump: MessagePump, delay: float, call: Callable[[], Any]) -> None:
        """What is to be called by a screen."""
        super().__init__(pump, delay, repeat=0)
        self.stopped = False
        self._pump, self._call = pump, call

    def stop(self) -> None:
        """Let it not ring."""
        self.stopped = True

    def ring(self) -> None:
        """Have it called where its screen does its work."""
        self._pump.call_later(self._call)
