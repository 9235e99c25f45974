"""What a piece of work may take, in however many threads."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tuisim import simulate
from tuisim.engine.base.budget import bounded
from tuisim.engine.base.stopping import (
    TooLongError,
    check_stop,
    piece_of_work,
    stop_asked,
    stoppable,
    working_within,
)
from tuisim.values.experiment import Experiment


def spin(seconds: float, step: Callable[[], object] = check_stop) -> None:
    """Compute for so long, and ask now and then."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        step()


def test_a_piece_of_work_is_given_up_once_it_took_what_it_may() -> None:
    with working_within(0.05), piece_of_work():
        begun = time.thread_time()
        with pytest.raises(TooLongError, match=r"more than 0\.05 s of computing"):
            spin(1.0)
        assert time.thread_time() - begun < 0.2


def test_what_a_part_of_it_asks_lifts_no_limit_and_each_piece_has_its_own() -> None:
    with working_within(0.05):
        for _ in range(3):
            with piece_of_work():
                spin(0.03)
        with piece_of_work(), pytest.raises(TooLongError), stoppable(lambda: False):
            spin(1.0)
        # What is no piece of work, as what makes kernels ready.
        spin(0.06)
    with piece_of_work():
        spin(0.06)


def test_threads_that_work_for_it_share_what_it_may_take() -> None:
    with working_within(0.2), piece_of_work(), ThreadPoolExecutor(2) as pool:
        asked = stop_asked()
        parts = [pool.submit(spin, 0.15, asked) for _ in range(2)]
        assert {type(one.exception()) for one in parts} >= {TooLongError}


def test_a_run_asks_often_enough() -> None:
    with working_within(0.1), piece_of_work():
        begun = time.thread_time()
        with pytest.raises(TooLongError):
            simulate(Experiment(width=256, depth=2000, tied=False))
        assert time.thread_time() - begun < 1.0


def test_nothing_runs_past_the_bounds_of_a_process() -> None:
    def check(experiment: Experiment) -> None:
        if experiment.width > 4:
            raise ValueError("width: too many here")

    with bounded(check):
        simulate(Experiment(width=4, depth=5))
        with pytest.raises(ValueError, match="too many here"):
            simulate(Experiment(width=5, depth=5))
    simulate(Experiment(width=5, depth=5))
