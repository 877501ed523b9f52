"""What an instruction works on: arrays in the one memory, and room for what it keeps meanwhile."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from normlab.training.kernels.compile import inline
from normlab.training.kernels.lanes import LANES, number, spread, store

_intrinsic: Callable[..., Any] = intrinsic
_populate: Callable[..., None] = populate_array
_whole = types.int64


@_intrinsic
def row(typing: Any, memory: Any, start: Any, count: Any) -> Any:
    """(count,)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _view(context, builder, signature, arguments, arguments[2:])

    return _array(memory, 1)(memory, _whole, _whole), generate


@_intrinsic
def cube(typing: Any, memory: Any, start: Any, channels: Any, size: Any) -> Any:
    """(C, size, size·LANES): activations of a tile."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        channels, size = arguments[2:]
        shape = channels, size, builder.mul(size, number(LANES))
        return _view(context, builder, signature, arguments, shape)

    return _array(memory, 3)(memory, _whole, _whole, _whole), generate


@_intrinsic
def kernels_of(typing: Any, memory: Any, start: Any, outputs: Any, inputs: Any, taps: Any) -> Any:
    """(O, C, taps, taps): a convolution's weight, or its gradient."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        outputs, inputs, taps = arguments[2:]
        return _view(context, builder, signature, arguments, (outputs, inputs, taps, taps))

    return _array(memory, 4)(memory, *[_whole] * 4), generate


@inline
def room(memory, first, second, third):  # type: ignore[no-untyped-def]
    """(first, second, third·LANES) of numbers like those in memory, whatever they are."""
    return np.empty((first, second, third * LANES), memory.dtype)


@inline
def zeros(memory, first, second, third):  # type: ignore[no-untyped-def]
    """As `room`, of zeros."""
    found, zero = room(memory, first, second, third), spread(memory.dtype.type(0))
    for i in range(first):
        for j in range(second):
            for at in range(0, third * LANES, LANES):
                store(zero, found, (i, j, at))
    return found


def _array(memory: Any, axes: int) -> Any:
    return types.Array(memory.dtype, axes, "C")


def _view(context: Any, builder: Any, signature: Any, arguments: Any, shape: Sequence[Any]) -> Any:
    """An array in a memory, the first of the `arguments`, from its element on that is the second.

    It is no owner of the memory, which outlives the pass.
    """
    kind, (memory, start) = signature.return_type, arguments[:2]
    size = number(max(1, kind.dtype.bitwidth // 8))
    strides = [size]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(length, strides[0]))
    data = builder.gep(context.make_array(signature.args[0])(context, builder, memory).data, [start])
    view = context.make_array(kind)(context, builder)
    _populate(view, data, list(shape), strides, size, None)
    return view._getvalue()
