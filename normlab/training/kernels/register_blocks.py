"""The two inner loops in which a network spends its time.

They are written in LLVM's language, so that sums stay in registers while a loop goes over channels or places.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from llvmlite import binding  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from normlab.training.kernels.lanes import LANES, Elements, cgutils, fused_multiply_add, number, spread_number

CHANNELS = 4
COLUMNS = 4 if binding.get_host_cpu_features().get("avx512f") else 2
"""Channels and columns whose sums are in registers at once; 32 vector registers hold 4 × 4 of them."""

_intrinsic: Callable[..., Any] = intrinsic


@cache
def correlation(outputs: int, columns: int, taps: int) -> Any:
    """`(x, top, w, bias, y, o, h, at)`: y[o + i, h, at + j] = bias + Σ w·x for `outputs` channels i and `columns` j.

    x (C, H, W·LANES) from row `top` on, w (O, C, taps, taps), bias (O,), y (O, H', W'·LANES); `at` counts columns.
    """

    @_intrinsic
    def correlate(typing: Any, x: Any, top: Any, w: Any, bias: Any, y: Any, o: Any, h: Any, at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            xs, ws, biases, ys = (Elements(context, builder, signature.args[n], arguments[n]) for n in (0, 2, 3, 4))
            top, (o, h, at) = arguments[1], arguments[5:]
            outs = [builder.add(o, number(i)) for i in range(outputs)]
            starts = [builder.mul(builder.add(at, number(j)), number(LANES)) for j in range(columns + taps - 1)]
            sums = [[_variable(builder, biases.at([out])) for _ in range(columns)] for out in outs]
            with cgutils.for_range(builder, xs.shape[0]) as channel, cgutils.for_range(builder, number(taps)) as tap:
                row = builder.add(top, tap.index)
                window = [xs.load([channel.index, row, start]) for start in starts]
                for k in range(taps):
                    for i, out in enumerate(outs):
                        weight = spread_number(builder, builder.load(ws.at([out, channel.index, tap.index, number(k)])))
                        for j in range(columns):
                            _add_product(builder, sums[i][j], weight, window[j + k])
            for i, out in enumerate(outs):
                for j in range(columns):
                    ys.store(builder.load(sums[i][j]), [out, h, starts[j]])
            return context.get_dummy_value()

        whole = types.int64
        return types.none(x, whole, w, bias, y, whole, whole, whole), generate

    return correlate


@cache
def product(outputs: int, taps: int) -> Any:
    """`(x, top, g, g_top, left, rows, columns, sums, o, c, k)`: sums[o + i, c][k·taps + j] += Σ g[o + i]·x[c].

    The sum, a vector each, goes over `rows` and `columns`: of g (O, ...) from `g_top` and `left` on, of x (C, ...) from
    `top` and column j on. sums (O, C, taps²·LANES).
    """

    @_intrinsic
    def multiply(
        typing: Any,
        x: Any,
        top: Any,
        g: Any,
        g_top: Any,
        left: Any,
        rows: Any,
        columns: Any,
        sums: Any,
        o: Any,
        c: Any,
        k: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            xs, gs, totals = (Elements(context, builder, signature.args[n], arguments[n]) for n in (0, 2, 7))
            top, (g_top, left, rows, columns), (o, c, k) = arguments[1], arguments[3:7], arguments[8:]
            outs = [builder.add(o, number(i)) for i in range(outputs)]
            first = builder.mul(k, number(taps * LANES))
            kept = [builder.add(first, number(j * LANES)) for j in range(taps)]
            found = [[_kept(builder, totals.load([out, c, tap])) for tap in kept] for out in outs]
            with cgutils.for_range(builder, rows) as row, cgutils.for_range(builder, columns) as column:
                above, h = builder.add(top, row.index), builder.add(g_top, row.index)
                starts = [builder.mul(builder.add(column.index, number(j)), number(LANES)) for j in range(taps)]
                window = [xs.load([c, above, start]) for start in starts]
                at = builder.mul(builder.add(left, column.index), number(LANES))
                for i, out in enumerate(outs):
                    gradient = gs.load([out, h, at])
                    for j in range(taps):
                        _add_product(builder, found[i][j], gradient, window[j])
            for i, out in enumerate(outs):
                for j, tap in enumerate(kept):
                    totals.store(builder.load(found[i][j]), [out, c, tap])
            return context.get_dummy_value()

        whole = types.int64
        return types.none(x, whole, g, *[whole] * 4, sums, *[whole] * 3), generate

    return multiply


def _kept(builder: Any, value: Any) -> Any:
    """A variable that LLVM keeps in a register."""
    place = cgutils.alloca_once(builder, value.type)
    builder.store(value, place)
    return place


def _variable(builder: Any, pointer: Any) -> Any:
    return _kept(builder, spread_number(builder, builder.load(pointer)))


def _add_product(builder: Any, place: Any, one: Any, other: Any) -> None:
    builder.store(fused_multiply_add(builder, one, other, builder.load(place)), place)
