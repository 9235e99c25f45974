"""Eight float64 side by side, for kernels whose speed must not hang on a compiler's guess.

LLVM turns an operation on them into as many machine instructions as the processor's vectors need,
lane by lane and in the order written: the result is the same on every machine. Left to itself the
compiler asks at run time whether arrays overlap, and vectorises nothing at all where a sum would
have to be reordered.
"""

from __future__ import annotations

import operator
from typing import Any

import llvmlite.ir as ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from tuisim.engine.base.panels import LANES

_vector = ir.VectorType(ir.DoubleType(), LANES)
_narrow = ir.VectorType(ir.FloatType(), LANES)
_whole = ir.VectorType(ir.IntType(64), LANES)
_mask = ir.VectorType(ir.IntType(1), LANES)


class Lanes(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Lanes")


_lanes = Lanes()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _vector)


def _spread(builder: Any, number: Any) -> Any:
    """All lanes a number; lanes as they are."""
    if isinstance(number.type, ir.VectorType):
        return number
    nothing = ir.Constant(ir.VectorType(number.type, LANES), ir.Undefined)
    one = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, nothing, everywhere)


def _define(operation: Any, instruction: str) -> None:
    """Let an operator of Python's take lanes, and lanes with a number."""
    kinds = [(_lanes, _lanes), (_lanes, types.float64), (types.float64, _lanes)]

    class Template(ConcreteTemplate):  # type: ignore[misc]
        cases = tuple(signature(_lanes, *kind) for kind in kinds)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*(_spread(builder, arg) for arg in args))

    infer_global(operation)(Template)
    for kind in kinds:
        lower_builtin(operation, *kind)(generate)


_define(operator.add, "fadd")
_define(operator.sub, "fsub")
_define(operator.mul, "fmul")
_define(operator.truediv, "fdiv")


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
def load_narrow(typingctx: Any, array: Any, at: Any) -> Any:
    """array.ravel().view(float32)[at : at + LANES] as float64; nothing checks the end."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        floats = builder.bitcast(data, ir.FloatType().as_pointer())
        place = builder.bitcast(builder.gep(floats, [args[1]]), _narrow.as_pointer())
        return builder.fpext(builder.load(place, align=4), _vector)

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
def everywhere(typingctx: Any, array: Any, at: Any) -> Any:
    """array.ravel()[at] in every lane."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return _spread(builder, builder.load(builder.gep(data, [args[1]])))

    return (_lanes(array, types.intp), generate) if _flat(array) else None


def _first_lanes(builder: Any, count: Any) -> Any:
    """The mask of the first `count` lanes."""
    numbers = ir.Constant(_whole, list(range(LANES)))
    return builder.icmp_signed("<", numbers, _spread(builder, count))


@intrinsic  # type: ignore[untyped-decorator]
def load_some(typingctx: Any, array: Any, at: Any, count: Any) -> Any:
    """As load for the first `count` lanes, zeros in the others, whose memory is not touched."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[0], args[0], args[1])
        kinds = [place.type, ir.IntType(32), _mask, _vector]
        read = get_or_insert_function(
            builder.module, ir.FunctionType(_vector, kinds), "llvm.masked.load.v8f64.p0"
        )
        mask = _first_lanes(builder, args[2])
        zero = ir.Constant(_vector, [0.0] * LANES)
        return builder.call(read, [place, ir.Constant(ir.IntType(32), 8), mask, zero])

    return (_lanes(array, types.intp, types.intp), generate) if _flat(array) else None


@intrinsic  # type: ignore[untyped-decorator]
def store_some(typingctx: Any, lanes: Any, array: Any, at: Any, count: Any) -> Any:
    """As store for the first `count` lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[1], args[1], args[2])
        kinds = [_vector, place.type, ir.IntType(32), _mask]
        write = get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), kinds), "llvm.masked.store.v8f64.p0"
        )
        mask = _first_lanes(builder, args[3])
        builder.call(write, [args[0], place, ir.Constant(ir.IntType(32), 8), mask])
        return context.get_dummy_value()

    return (types.void(lanes, array, types.intp, types.intp), generate) if _flat(array) else None


def _calling(name: str) -> Any:
    """A generator that calls an operation of LLVM's own on lanes."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_vector, [_vector] * len(args))
        operation = get_or_insert_function(builder.module, kind, f"llvm.{name}.v8f64")
        return builder.call(operation, args)

    return generate


@intrinsic  # type: ignore[untyped-decorator]
def magnitude(typingctx: Any, x: Any) -> Any:
    """|x|."""
    return _lanes(x), _calling("fabs")


@intrinsic  # type: ignore[untyped-decorator]
def root(typingctx: Any, x: Any) -> Any:
    """√x."""
    return _lanes(x), _calling("sqrt")


@intrinsic  # type: ignore[untyped-decorator]
def fused(typingctx: Any, x: Any, y: Any, added: Any) -> Any:
    """x·y + added, rounded once; for training's own kernels alone."""
    return _lanes(x, y, added), _calling("fma")


@intrinsic  # type: ignore[untyped-decorator]
def with_sign(typingctx: Any, x: Any, sign: Any) -> Any:
    """|x| with the sign of `sign`."""
    return _lanes(x, sign), _calling("copysign")


@intrinsic  # type: ignore[untyped-decorator]
def where_less(typingctx: Any, x: Any, limit: Any, yes: Any, no: Any) -> Any:
    """`yes` where x < limit, `no` elsewhere and where x is nan."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        x, limit, yes, no = (_spread(builder, arg) for arg in args)
        return builder.select(builder.fcmp_ordered("<", x, limit), yes, no)

    return _lanes(x, limit, yes, no), generate


@intrinsic  # type: ignore[untyped-decorator]
def any_less(typingctx: Any, x: Any, limit: Any) -> Any:
    """Whether any lane is under the limit, as no nan is."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        mask = builder.fcmp_ordered("<", args[0], _spread(builder, args[1]))
        bits = builder.bitcast(mask, ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))

    return types.boolean(x, types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def power_of_low_bits(typingctx: Any, x: Any, bias: Any) -> Any:
    """2**(k + bias − 1023), k being the whole number in the low bits of x."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _whole)
        bits = builder.add(bits, _spread(builder, args[1]))
        return builder.bitcast(builder.shl(bits, ir.Constant(_whole, [52] * LANES)), _vector)

    return _lanes(x, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def zeros(typingctx: Any) -> Any:
    """Eight zeros."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(_vector, [0.0] * LANES)

    return _lanes(), generate


def _folded(combine: Any) -> Any:
    """A generator that makes one number of the lanes: neighbours first."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        parts = [
            builder.extract_element(args[0], ir.Constant(ir.IntType(32), lane))
            for lane in range(LANES)
        ]
        while len(parts) > 1:
            parts = [combine(builder, *parts[i : i + 2]) for i in range(0, len(parts), 2)]
        return parts[0]

    return generate


@intrinsic  # type: ignore[untyped-decorator]
def total(typingctx: Any, lanes: Any) -> Any:
    """The sum of the lanes, always in the same order: neighbours first."""
    return types.float64(lanes), _folded(lambda builder, x, y: builder.fadd(x, y))


@intrinsic  # type: ignore[untyped-decorator]
def largest_lane(typingctx: Any, lanes: Any) -> Any:
    """The largest of the lanes, none of which is nan."""

    def larger(builder: Any, x: Any, y: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", x, y), y, x)

    return types.float64(lanes), _folded(larger)
