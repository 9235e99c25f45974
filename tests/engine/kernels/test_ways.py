"""A function is compiled where that is worth it, and has one source whichever way it is run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuisim.engine.base.memo import Array
from tuisim.engine.kernels import ieee, jit
from tuisim.engine.kernels.compiler import door
from tuisim.engine.kernels.lanes import AT_ONCE, load_some, store_some


@jit.part
def _root(x: float) -> float:
    return math.sqrt(x)


def _seconds(x: Array, out: Array) -> float:
    return float(x.size)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> jit.Kernel:
    """A kernel that takes a second for each number."""
    monkeypatch.setattr(jit, "_kernels", [])
    monkeypatch.setattr(jit, "_parts", [])
    monkeypatch.setattr(jit._choice, "left", 3.0)
    # Kept on no disk.
    monkeypatch.setattr(door, "_readable", False)
    monkeypatch.setattr(door, "_dispatchers", [])

    @jit.plainly(seconds=_seconds)
    def inverse_roots(x: Array, out: Array) -> None:
        for i in range(0, x.size, AT_ONCE):
            count = min(x.size - i, AT_ONCE)
            store_some(1.0 / load_some(x, i, count), out, i, count)
        for i in range(x.size):
            out[i] = _root(out[i])

    made: jit.Kernel = jit.Kernel(inverse_roots)
    return made


def called(kernel: jit.Kernel, *x: float) -> list[float]:
    out = np.empty(len(x))
    kernel(np.array(x), out)
    return out.tolist()


def test_it_runs_plainly_as_long_as_there_is_patience(kernel: jit.Kernel) -> None:
    assert called(kernel, 4.0, 0.0) == [0.5, math.inf]
    assert not kernel.loaded
    assert jit._choice.left == 1.0
    assert called(kernel, 4.0, 0.0) == [0.5, math.inf]
    assert kernel.loaded
    # And from then on compiled.
    assert jit._choice.left == 1.0
    assert called(kernel, 4.0) == [0.5]
    assert jit._choice.left == 1.0


def test_who_insists_has_it_compiled(kernel: jit.Kernel) -> None:
    with jit.insisting():
        assert called(kernel, 0.25) == [2.0]
    assert kernel.loaded
    assert jit._choice.left == 3.0


def test_it_begins_anew_compiled_where_patience_ends_midway(
    kernel: jit.Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plain(x: Array, out: Array) -> None:
        out[0] = 7.0
        jit.charge.plain(2.5)  # type: ignore[attr-defined]

    monkeypatch.setitem(kernel._ways, jit.PLAIN, plain)
    assert called(kernel, 4.0) == [0.5]
    assert kernel.loaded


def test_whoever_is_to_wait_is_asked_before_it_is_compiled(
    kernel: jit.Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[jit.Kernel, bool]] = []
    monkeypatch.setattr(jit._choice, "wait", lambda one: asked.append((one, one.loaded)))
    called(kernel, 1.0)
    assert asked == []
    called(kernel, 1.0, 1.0, 1.0, 1.0)
    called(kernel, 1.0, 1.0, 1.0, 1.0)
    assert asked == [(kernel, False)]


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (ieee.log2, (0.0,), -math.inf),
        (ieee.log2, (-1.0,), math.nan),
        (ieee.log2, (math.inf,), math.inf),
        (ieee.log2, (math.nan,), math.nan),
        (ieee.log2, (8.0,), 3.0),
        (ieee.sqrt, (2.25,), 1.5),
        (ieee.exp, (800.0,), math.inf),
        (ieee.exp, (0.0,), 1.0),
        (ieee.ldexp, (-1.5, 5000), -math.inf),
        (ieee.ldexp, (1.5, -5000), 0.0),
        (ieee.ldexp, (3.0, -1), 1.5),
        (ieee.log1p, (0.0,), 0.0),
    ],
)
def test_numbers_where_python_raises(
    function: object, arguments: tuple[float, ...], expected: float
) -> None:
    found = function(*arguments)  # type: ignore[operator]
    assert found == expected or (math.isnan(found) and math.isnan(expected))
