"""How many kernels there are is one number, whoever says it."""

from __future__ import annotations

import numpy as np
import pytest

from tuisim.engine import warming
from tuisim.engine.base.compiling import telling
from tuisim.engine.base.memo import Array
from tuisim.engine.kernels import jit
from tuisim.engine.kernels.compiler import door


def test_warming_up_counts_the_kernels_that_doctor_counts() -> None:
    told: list[tuple[int, int, str]] = []
    warming.warm_up(lambda *at: told.append(at))
    _, all = warming.kept()
    assert {total for _, total, _ in told} == {all}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert all - 1 >= told[-2][0]
    assert told[-1] == (all, all, "ready")
    # Those that were loaded are there as those that were compiled are.
    assert jit.progress() == (all, all)
    assert sum(door.cache_statistics()) >= all


def twice(x: Array, out: Array) -> None:
    for at in range(x.size):
        out[at] = 2 * x[at]


def _doubled(x: Array, out: Array) -> None:
    twice(x, out)


def test_a_kernel_is_told_of_once_with_all_that_it_contains(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jit, "_kernels", [])
    monkeypatch.setattr(jit, "_parts", [])
    monkeypatch.setattr(door, "_dispatchers", [])
    monkeypatch.setattr(door, "_readable", False)
    monkeypatch.setattr(door, "obstacle", None)

    # A part is found by a global name, as all are.
    monkeypatch.setitem(globals(), "twice", jit.aside(twice))
    kernel = jit.kernel(_doubled)

    told: list[tuple[int, str]] = []
    out = np.zeros(2)
    with telling(lambda *at: told.append(at)):
        kernel(np.ones(2), out)
    assert told == [(0, "doubled"), (1, "")]
    assert out.tolist() == [2, 2]
