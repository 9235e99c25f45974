"""Eigenvalues that are found while other threads run."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tuisim.engine.maths.eigenvalues import eigenvalues_of


@pytest.mark.parametrize("n", [1, 2, 63, 64, 250, 256, 500, 501])
def test_they_are_numpys_to_the_last_bit(n: int) -> None:
    for matrix in (
        np.random.default_rng(n).standard_normal((n, n)),
        np.diag(np.arange(float(n))),
        np.zeros((n, n)),
        np.eye(n)[::-1].T,
    ):
        found = eigenvalues_of(matrix)
        assert found.shape == (n,)
        assert found.dtype == np.complex128
        assert found.tobytes() == np.linalg.eigvals(matrix).astype(np.complex128).tobytes()


@pytest.fixture
def undivided() -> Iterator[None]:
    """A thread has the interpreter until it gives it up by itself."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000.0)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@pytest.mark.usefixtures("undivided")
@pytest.mark.parametrize("n", [128, 256, 500])
def test_other_threads_run_meanwhile(n: int) -> None:
    matrix = np.random.default_rng(0).standard_normal((n, n))
    ended = threading.Event()
    ticks = [time.perf_counter()]

    def tick() -> None:
        while not ended.wait(1e-4):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    # On a busy machine the other one is woken late now and then.
    share = 1.0
    for _ in range(50):
        ticks[:] = [begun := time.perf_counter()]
        eigenvalues_of(matrix)
        done = time.perf_counter()
        share = min(share, float(np.diff([*ticks, done]).max()) / (done - begun))
        if share < 0.5:
            break
    ended.set()
    thread.join(60)
    assert share < 0.5


@pytest.mark.parametrize("n", [2, 64])
def test_what_is_no_number_raises_as_numpy_does(n: int) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        eigenvalues_of(np.full((n, n), np.nan))
