"""The limit on threads of linear algebra: set by the first to come, lifted by the last to go."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tuisim.engine.base import blas
from tuisim.engine.base.blas import one_blas_thread


def threads() -> set[int]:
    """How many threads each library has now."""
    # NumPy has brought its own by now.
    assert np.__config__
    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    # SciPy, which compiling kernels loads, brings another one along, that does none of our work.
    found = [one for one in found if "numpy" in one["filepath"]] or found
    return {one["num_threads"] for one in found}


BEFORE = threads()
counted = pytest.mark.skipif(not BEFORE, reason="a BLAS whose threads nobody can count")


@counted
def test_it_nests_and_overlaps() -> None:
    inside, leave = threading.Event(), threading.Event()
    seen: list[set[int]] = []

    def other() -> None:
        with one_blas_thread():
            inside.set()
            leave.wait(60)
            seen.append(threads())

    with one_blas_thread():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(60)
        with one_blas_thread():
            assert threads() == {1}
        assert threads() == {1}
    # The other is still at it.
    assert threads() == {1}
    leave.set()
    thread.join(60)
    assert seen == [{1}]
    assert threads() == BEFORE


@counted
def test_any_thread_can_set_it_after_any_other() -> None:
    def within() -> set[int]:
        with one_blas_thread():
            return threads()

    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            assert [*pool.map(lambda _: within(), range(20))] == [{1}] * 20
        assert within() == {1}
        assert threads() == BEFORE


@counted
def test_others_can_limit_it_again_afterwards() -> None:
    with one_blas_thread():
        pass
    with threadpool_limits(3, "blas"):
        assert threads() == {3}
    assert threads() == BEFORE


@counted
def test_it_is_lifted_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert threads() == BEFORE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_has_a_limit_of_its_own() -> None:
    with one_blas_thread():
        child = os.fork()
        if not child:
            with one_blas_thread():
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0


def test_what_is_within_another_sets_no_limit_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """To set one takes as long as to draw a small matrix, of which there may be thousands."""
    controller = blas._controller()
    made: list[dict[str, object]] = []

    class Counted:
        def limit(self, **options: object) -> object:
            made.append(options)
            return controller.limit(**options)

    monkeypatch.setattr(blas, "_controller", Counted)
    for _ in range(2):
        made.clear()
        with one_blas_thread(), one_blas_thread(), one_blas_thread():
            pass
        # The process's, and this thread's.
        assert len(made) == 2
