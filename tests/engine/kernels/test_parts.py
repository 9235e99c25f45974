"""Functions inside kernels count no references to arrays, and so must hand none over."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import numba
import numpy as np

import tuisim.engine
from tuisim.engine.base.memo import Array
from tuisim.engine.kernels import jit

SIGNATURE = "(UniTuple(float64[:, ::1], 2), int64)"


def chosen(arrays: tuple[Array, Array], first: int) -> float:
    """A sum over rows of one array or the other."""
    total = 0.0
    for row in range(arrays[0].shape[0]):
        a, b = arrays
        rows = a if row < first else b
        total += rows[row, 0]
    return total


def test_a_part_counts_no_reference() -> None:
    part, counted = jit.part(chosen), jit.maker(chosen)
    jit._parts[-2:] = []
    compiled = []
    for one in (part, counted):
        dispatcher = one.compiled  # type: ignore[attr-defined]
        dispatcher.compile(SIGNATURE)
        compiled += dispatcher.inspect_llvm().values()
    assert "NRT_incref" not in compiled[0]
    assert "NRT_incref" in compiled[1]
    assert part((np.ones((3, 2)), np.zeros((3, 2))), 2) == 2.0


def test_only_a_maker_hands_over_arrays() -> None:
    """Whoever calls another part would give back a reference that was never taken."""
    for module in pkgutil.walk_packages(tuisim.engine.__path__, "tuisim.engine."):
        importlib.import_module(module.name)
    makers = []
    for part in jit._parts:
        returned = inspect.get_annotations(part.py_func).get("return", "Any")
        if part.compiled.targetoptions["_nrt"]:
            makers.append(part)
        else:
            assert not {"Array", "Any"} & set(re.findall(r"\w+", returned)), part.__name__
    assert makers


def test_a_part_is_optimised_in_its_kernels_alone() -> None:
    """numba would optimise it, and all that it contains in turn, once for itself as well."""
    part = jit.part(chosen)
    jit._parts[-1:] = []
    found = []
    for dispatcher in (part.compiled, numba.njit(chosen)):  # type: ignore[attr-defined]
        dispatcher.compile(SIGNATURE)
        (compiled,) = dispatcher.overloads.values()
        engine = compiled.library.codegen._engine
        found.append(engine.is_symbol_defined(compiled.fndesc.llvm_func_name))
    assert found == [False, True]
