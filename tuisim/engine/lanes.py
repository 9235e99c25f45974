"""Eight float64 side by side, for kernels whose speed must not hang on a compiler's guess.

LLVM turns an operation on them into as many machine instructions as the processor's vectors
need, lane by lane and in the order written: the result is the same on every machine. Left to
itself the compiler asks at run time whether arrays overlap, and vectorises nothing at all where
a sum would have to be reordered. May import numba.
"""

from __future__ import annotations

import operator
from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 8

_vector = ir.VectorType(ir.DoubleType(), LANES)
_first_lane = ir.Constant(ir.IntType(32), 0)


class _Lanes(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Lanes")


_lanes = _Lanes()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _vector)


@infer_global(operator.add)
class _Add(ConcreteTemplate):  # type: ignore[misc]
    cases = (signature(_lanes, _lanes, _lanes),)


@infer_global(operator.mul)
class _Multiply(ConcreteTemplate):  # type: ignore[misc]
    cases = (signature(_lanes, _lanes, _lanes), signature(_lanes, types.float64, _lanes))


@lower_builtin(operator.add, _lanes, _lanes)  # type: ignore[untyped-decorator]
def _add(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.fadd(*args)


@lower_builtin(operator.mul, _lanes, _lanes)  # type: ignore[untyped-decorator]
def _multiply(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.fmul(*args)


@lower_builtin(operator.mul, types.float64, _lanes)  # type: ignore[untyped-decorator]
def _scale(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    nothing = ir.Constant(_vector, ir.Undefined)
    one = builder.insert_element(nothing, args[0], _first_lane)
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.fmul(builder.shuffle_vector(one, nothing, everywhere), args[1])


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), _vector.as_pointer())


def _flat(array: Any) -> bool:
    return isinstance(array, types.Array) and array.layout == "C" and array.dtype == types.float64


@intrinsic  # type: ignore[untyped-decorator]
def load(typingctx: Any, array: Any, at: Any) -> Any:
    """array.ravel()[at : at + LANES] of a C-contiguous float64 array; nothing checks the end."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, signature.args[0], *args), align=8)

    return (_lanes(array, types.intp), generate) if _flat(array) else None


@intrinsic  # type: ignore[untyped-decorator]
def store(typingctx: Any, lanes: Any, array: Any, at: Any) -> Any:
    """array.ravel()[at : at + LANES] = lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[1], *args[1:])
        builder.store(args[0], place, align=8)
        return context.get_dummy_value()

    return (types.void(lanes, array, types.intp), generate) if _flat(array) else None


@intrinsic  # type: ignore[untyped-decorator]
def zeros(typingctx: Any) -> Any:
    """Eight zeros."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(_vector, [0.0] * LANES)

    return _lanes(), generate


@intrinsic  # type: ignore[untyped-decorator]
def total(typingctx: Any, lanes: Any) -> Any:
    """The sum of the lanes, always in the same order: neighbours first."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        parts = [
            builder.extract_element(args[0], ir.Constant(ir.IntType(32), lane))
            for lane in range(LANES)
        ]
        while len(parts) > 1:
            parts = [builder.fadd(*parts[i : i + 2]) for i in range(0, len(parts), 2)]
        return parts[0]

    return types.float64(lanes), generate
