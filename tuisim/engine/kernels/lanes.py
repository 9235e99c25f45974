"""Eight float64 side by side, for kernels whose speed must not hang on a compiler's guess.

Compiled they are instructions of LLVM's, in tuisim.engine.kernels.compiler.instructions. Plainly
they are NumPy's arrays: what stands here says what each instruction does, lane by lane.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from tuisim.engine.base.memo import Array
from tuisim.engine.base.panels import LANES
from tuisim.engine.kernels.jit import Both, Function

#: Lanes, or with some operations of NumPy's own numbers of any count.
Lanes = Any

_INSTRUCTIONS = f"{__name__.rpartition('.')[0]}.compiler.instructions"


def _found(name: str) -> Any:
    return getattr(import_module(_INSTRUCTIONS), name)


def _instruction(function: Function) -> Function:
    return Both(partial(_found, function.__name__), function)  # type: ignore[return-value]


#: Numbers that a loop over single entries takes at a time: with load_some and store_some a whole
#: row will do plainly. What adds entries up takes LANES.
AT_ONCE: int = Both(lambda: LANES, 1 << 40)  # type: ignore[assignment]


@_instruction
def load(array: Array, at: int) -> Lanes:
    """array.ravel()[at : at + LANES] of a C-contiguous float64 array; nothing checks the end."""
    return array.reshape(-1)[at : at + LANES].copy()


@_instruction
def load_narrow(array: Array, at: int) -> Lanes:
    """array.ravel().view(float32)[at : at + LANES] as float64; nothing checks the end."""
    return array.reshape(-1).view(np.float32)[at : at + LANES].astype(np.float64)


@_instruction
def store(lanes: Lanes, array: Array, at: int) -> None:
    """array.ravel()[at : at + LANES] = lanes."""
    array.reshape(-1)[at : at + LANES] = lanes


@_instruction
def load_some(array: Array, at: int, count: int) -> Lanes:
    """As load for the first `count` lanes, zeros in the others, whose memory is not touched."""
    some = array.reshape(-1)[at : at + count]
    if count >= LANES:
        return some.copy()
    lanes = np.zeros(LANES)
    lanes[:count] = some
    return lanes


@_instruction
def store_some(lanes: Lanes, array: Array, at: int, count: int) -> None:
    """As store for the first `count` lanes."""
    array.reshape(-1)[at : at + count] = lanes[:count]


@_instruction
def magnitude(x: Lanes) -> Lanes:
    """|x|."""
    return np.abs(x)


@_instruction
def root(x: Lanes) -> Lanes:
    """√x."""
    return np.sqrt(x)


@_instruction
def with_sign(x: Lanes, sign: Lanes) -> Lanes:
    """|x| with the sign of `sign`."""
    return np.copysign(x, sign)


@_instruction
def where_less(x: Lanes, limit: Lanes, yes: Lanes, no: Lanes) -> Lanes:
    """`yes` where x < limit, `no` elsewhere and where x is nan."""
    return np.where(x < limit, yes, no)


@_instruction
def any_less(x: Lanes, limit: Lanes) -> bool:
    """Whether any lane is under the limit, as no nan is."""
    return bool(np.any(x < limit))


@_instruction
def power_of_low_bits(x: Lanes, bias: int) -> Lanes:
    """2**(k + bias − 1023), k being the whole number in the low bits of x."""
    return ((x.view(np.int64) + bias) << 52).view(np.float64)


@_instruction
def zeros() -> Lanes:
    """Eight zeros, or one for all of them."""
    return np.float64(0.0)


def _folded(lanes: Lanes, combine: Callable[[float, float], float]) -> float:
    # Of eight numbers Python is through before NumPy has begun.
    parts = np.atleast_1d(lanes).tolist()
    while len(parts) > 1:
        parts = [*map(combine, parts[0::2], parts[1::2])]
    found: float = parts[0]
    return found


@_instruction
def total(lanes: Lanes) -> float:
    """The sum of the lanes, always in the same order: neighbours first."""
    return _folded(lanes, operator.add)


@_instruction
def largest_lane(lanes: Lanes) -> float:
    """The largest of the lanes, none of which is nan."""
    return _folded(lanes, max)


#: array.ravel()[at] in every lane, (array, at): in compiled code alone.
everywhere: Any = Both(partial(_found, "everywhere"), None)
#: x·y + added, rounded once, (x, y, added): in compiled code alone, and there in training's own.
fused: Any = Both(partial(_found, "fused"), None)
