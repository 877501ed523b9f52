"""Vectors of `LANES` numbers, one of each image, as a type that compiled code computes with.

numba has none. An image has a lane of its own, so that the width of a processor's registers changes no order of a sum.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic, models, register_model

LANES = 16
"""Images side by side: the innermost axis of every activation."""

cgutils: Any = _cgutils
_intrinsic: Callable[..., Any] = intrinsic
_types: Any = types
_Type: Any = types.Type
_Model: Any = models.PrimitiveModel
INDEX = ir.IntType(64)


class Lanes(_Type):  # type: ignore[misc]
    """`LANES` numbers of one type."""

    def __init__(self, dtype: Any) -> None:
        super().__init__(name=f"lanes({dtype})")
        self.dtype = dtype


@register_model(Lanes)
class _LanesModel(_Model):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.VectorType(manager.lookup(kind.dtype).get_value_type(), LANES))


class Elements:
    """The elements of an array of numba's, whose last axis is contiguous, in LLVM's language."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        self._builder = builder
        array = context.make_array(kind)(context, builder, value)
        self._data, self._strides = array.data, cgutils.unpack_tuple(builder, array.strides)
        self.shape = cgutils.unpack_tuple(builder, array.shape)
        self._bytes = max(1, kind.dtype.bitwidth // 8)
        self._vector = ir.VectorType(context.get_data_type(kind.dtype), LANES).as_pointer()

    def at(self, indices: Any) -> Any:
        """The pointer to an element."""
        products = [self._builder.mul(index, stride) for index, stride in zip(indices, self._strides, strict=True)]
        offset = products[0]
        for more in products[1:]:
            offset = self._builder.add(offset, more)
        return cgutils.pointer_add(self._builder, self._data, offset)

    def load(self, indices: Any) -> Any:
        """`LANES` elements from there on."""
        value = self._builder.load(self._builder.bitcast(self.at(indices), self._vector))
        value.align = self._bytes
        return value

    def store(self, value: Any, indices: Any) -> None:
        self._builder.store(value, self._builder.bitcast(self.at(indices), self._vector)).align = self._bytes


def spread_number(builder: Any, number: Any) -> Any:
    """A vector with one number in all lanes."""
    empty = ir.Constant(ir.VectorType(number.type, LANES), ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def fused_multiply_add(builder: Any, one: Any, other: Any, more: Any) -> Any:
    """one·other + more, rounded once."""
    width = 32 if isinstance(one.type.element, ir.FloatType) else 64
    kind = ir.FunctionType(one.type, [one.type] * 3)
    return builder.call(
        cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f{width}"), [one, other, more]
    )


def _indices(context: Any, builder: Any, kind: Any, value: Any) -> list[Any]:
    return [
        context.cast(builder, index, of, types.intp)
        for index, of in zip(cgutils.unpack_tuple(builder, value), kind.types, strict=True)
    ]


@_intrinsic
def load(typing: Any, array: Any, at: Any) -> Any:
    """The lanes that begin at the index `at`, a tuple."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        elements = Elements(context, builder, signature.args[0], arguments[0])
        return elements.load(_indices(context, builder, signature.args[1], arguments[1]))

    return Lanes(array.dtype)(array, at), generate


@_intrinsic
def store(typing: Any, value: Any, array: Any, at: Any) -> Any:
    """Put lanes where the index `at`, a tuple, begins."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        elements = Elements(context, builder, signature.args[1], arguments[1])
        elements.store(arguments[0], _indices(context, builder, signature.args[2], arguments[2]))
        return context.get_dummy_value()

    return types.none(value, array, at), generate


@_intrinsic
def spread(typing: Any, number: Any) -> Any:
    """One number in all lanes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return spread_number(builder, arguments[0])

    return Lanes(number)(number), generate


@_intrinsic
def add(typing: Any, one: Any, other: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments)

    return one(one, other), generate


@_intrinsic
def multiply(typing: Any, one: Any, other: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fmul(*arguments)

    return one(one, other), generate


@_intrinsic
def multiply_add(typing: Any, one: Any, other: Any, more: Any) -> Any:
    """one·other + more, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return fused_multiply_add(builder, *arguments)

    return one(one, other, more), generate


@_intrinsic
def rectify(typing: Any, value: Any) -> Any:
    """ReLU; NaN stays."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        nothing = ir.Constant(arguments[0].type, None)
        return builder.select(builder.fcmp_ordered("<", arguments[0], nothing), nothing, arguments[0])

    return value(value), generate


@_intrinsic
def where_not_zero(typing: Any, value: Any, wanted: Any) -> Any:
    """`wanted` where `value` is not 0, else 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        nothing = ir.Constant(arguments[0].type, None)
        return builder.select(builder.fcmp_ordered("==", arguments[0], nothing), nothing, arguments[1])

    return value(value, wanted), generate


@_intrinsic
def where_equal(typing: Any, value: Any, places: Any, place: Any) -> Any:
    """`value` where `places` (lanes of bytes) are `place`, else 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, places, place = arguments
        wanted = spread_number(builder, builder.trunc(place, ir.IntType(8)))
        return builder.select(builder.icmp_unsigned("==", places, wanted), value, ir.Constant(value.type, None))

    return value(value, places, types.int64), generate


@_intrinsic
def largest(typing: Any, first: Any, second: Any, third: Any, fourth: Any) -> Any:
    """The largest of four and its place, 0 to 3, the first of equal ones; NaN is larger than all."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        best, byte = arguments[0], ir.VectorType(ir.IntType(8), LANES)
        where = ir.Constant(byte, None)
        for place, value in enumerate(arguments[1:], 1):
            is_larger = builder.or_(builder.fcmp_ordered(">", value, best), builder.fcmp_unordered("uno", value, value))
            best = builder.select(is_larger, value, best)
            where = builder.select(is_larger, ir.Constant(byte, [place] * LANES), where)
        return context.make_tuple(builder, signature.return_type, (best, where))

    return _types.Tuple((first, Lanes(types.uint8)))(first, second, third, fourth), generate


@_intrinsic
def widen(typing: Any, value: Any) -> Any:
    """In double precision."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if signature.args[0].dtype == types.float64:
            return arguments[0]
        return builder.fpext(arguments[0], ir.VectorType(ir.DoubleType(), LANES))

    return Lanes(types.float64)(value), generate


@_intrinsic
def total(typing: Any, value: Any) -> Any:
    """The sum over lanes: halves are added until one number is left."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (vector,), width = arguments, LANES
        while width > 1:
            width //= 2
            halves = [
                builder.shuffle_vector(
                    vector, vector, ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(at, at + width)))
                )
                for at in (0, width)
            ]
            vector = builder.fadd(*halves)
        return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    return value.dtype(value), generate


@_intrinsic
def dropped(typing: Any, value: Any, first: Any, key: Any, threshold: Any, scale: Any) -> Any:
    """value·scale where 32 random bits reach `threshold`, else 0.

    The bits are Chris Wellons' `lowbias32` hash (see layers.py) of a key and of a place: `first` and those after it.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, first, key, threshold, scale = arguments
        words = ir.VectorType(ir.IntType(32), LANES)

        def number(word: int) -> Any:
            return ir.Constant(words, [word] * LANES)

        index = spread_number(builder, builder.trunc(first, ir.IntType(32)))
        word = builder.xor(builder.add(index, ir.Constant(words, list(range(LANES)))), spread_number(builder, key))
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            word = builder.mul(builder.xor(word, builder.lshr(word, number(shift))), number(factor))
        word = builder.xor(word, builder.lshr(word, number(16)))
        is_kept = builder.icmp_unsigned(">=", word, spread_number(builder, threshold))
        scaled = builder.fmul(value, spread_number(builder, scale))
        return builder.select(is_kept, scaled, ir.Constant(value.type, None))

    return value(value, types.int64, types.uint32, types.uint32, value.dtype), generate


def number(value: int) -> Any:
    """An index in LLVM's language."""
    return ir.Constant(INDEX, value)
