"""The limit on threads of linear algebra: set by the first to come, lifted by the last to go."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tuisim.engine.blas import one_blas_thread


def threads() -> set[int]:
    # NumPy has brought its own by now.
    assert np.__config__
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_it_nests_and_overlaps() -> None:
    if not threads():
        pytest.skip("a BLAS whose threads nobody can count")
    with threadpool_limits(3, "blas"):
        inside, leave = threading.Event(), threading.Event()

        def other() -> None:
            with one_blas_thread():
                inside.set()
                leave.wait(60)

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
        assert threads() == {3}


def test_it_is_lifted_after_a_failure() -> None:
    before = threads()
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert threads() == before
