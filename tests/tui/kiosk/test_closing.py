"""When a guest's session ends, and what is said before."""

from __future__ import annotations

import attrs
import pytest

from tuisim.tui.kiosk.closing import Closing
from tuisim.values.kiosk import Limits


@attrs.define
class Time:
    """Both clocks."""

    now: float = 100.0
    computed: float = 0.0
    said: list[str] = attrs.field(factory=list)
    closing: Closing = attrs.field(init=False)

    def pass_to(self, second: float) -> None:
        """Go on by seconds until so many have passed, and keep what is said."""
        while self.now < 100.0 + second and not self.closing.ended:
            self.now += 1.0
            if words := self.closing.warning():
                self.said.append(words)


def begun(**limits: float) -> Time:
    time = Time()
    time.closing = Closing(Limits(**limits), lambda: time.now, lambda: time.computed)
    return time


def test_without_a_key_it_ends_and_says_so_a_minute_and_ten_seconds_before() -> None:
    time = begun()
    time.pass_to(599.0)
    assert time.closing.ended == ""
    assert time.said == [
        "ends in 60 s: 10 min without a key; any key goes on",
        "ends in 10 s: 10 min without a key; any key goes on",
    ]
    time.pass_to(600.0)
    assert time.closing.ended == "10 min without a key"


def test_a_key_puts_that_off_and_it_is_said_anew() -> None:
    time = begun()
    time.pass_to(550.0)
    time.closing.touch()
    time.pass_to(550.0 + 599.0)
    assert time.closing.ended == ""
    assert [one[:12] for one in time.said] == ["ends in 60 s", "ends in 60 s", "ends in 10 s"]


def test_in_all_it_ends_whatever_is_pressed() -> None:
    time = begun(minutes=1.5)
    for second in range(90):
        time.closing.touch()
        time.pass_to(second)
    assert time.said == ["ends in 10 s: 1.5 min are over"]
    time.pass_to(90.0)
    assert time.closing.ended == "1.5 min are over"


@pytest.mark.parametrize(("used", "said"), [(539.0, ""), (540.0, "ends in 60 s"), (600.0, "")])
def test_computing_is_counted(used: float, said: str) -> None:
    time = begun()
    time.computed = used
    assert time.closing.warning().startswith(said or "") is True
    assert bool(time.closing.warning()) is False
    assert time.closing.ended == ("10 min of computing are used up" if used == 600.0 else "")


def test_each_end_is_said_for_itself() -> None:
    time = begun(minutes=9.5)
    time.computed = 550.0
    time.pass_to(570.0)
    assert time.closing.ended == "9.5 min are over"
    said = [one.partition(": ")[2].partition(";")[0] for one in time.said]
    computing, idle, whole = (
        "10 min of computing are used up",
        "10 min without a key",
        "9.5 min are over",
    )
    assert said == [computing, whole, idle, whole]
