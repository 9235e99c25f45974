"""Pins: nets that are still to be run are pinned like those that were."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from textual.message import Message

from tuisim.tui.state.bench.pins import Pins
from tuisim.tui.state.laboratory import Laboratory
from tuisim.tui.state.messages import RunComputed
from tuisim.values.experiment import Experiment
from tuisim.values.session import Session

NET, OTHER = Experiment(width=3, depth=5), Experiment(width=4, depth=5)


def test_what_is_due_is_unpinned_not_pinned_twice() -> None:
    pins = Pins()
    pins.want([NET, OTHER])
    shown: Any = SimpleNamespace(experiment=NET)
    assert pins.toggle(shown) == "unpinned"
    assert pins.experiments == (OTHER,)
    assert pins.toggle(shown) == "pinned"
    assert pins.experiments == (NET, OTHER)


def test_the_first_run_comes_before_those_that_are_pinned() -> None:
    posted: list[Message] = []
    laboratory = Laboratory(NET, posted.append, lambda: 0.0)
    laboratory.take_back(Session(NET, pinned=(OTHER,)))
    assert not laboratory._diagnosing.waits("pins")
    laboratory._run(NET)
    assert [type(one) for one in posted] == [RunComputed]
    assert laboratory._diagnosing.waits("pins")
