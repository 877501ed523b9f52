"""3×3 convolution forward, with what follows it, and backward; the 1×1 convolution is one with a single tap."""

from typing import Any

from normlab.training.kernels.compile import inline
from normlab.training.kernels.dropout import draw_of, drop
from normlab.training.kernels.lanes import LANES, add, load, multiply_add, rectify, spread, store, total, widen
from normlab.training.kernels.normalization import SUM
from normlab.training.kernels.program import (
    BIAS,
    BIAS_GRADIENT,
    BLOCK,
    BORDER,
    FIRST,
    GRADIENT,
    IMAGES,
    INPUTS,
    OUTPUTS,
    SIZE,
    SOURCE,
    TARGET,
    WEIGHT,
)
from normlab.training.kernels.register_blocks import CHANNELS, COLUMNS, correlation, product
from normlab.training.kernels.views import cube, kernels_of, row, zeros

_SWEEP = 96
"""Places of a channel that the weights' gradient adds up at a time: its rows then stay in the nearest cache."""


def _rows(taps: int) -> Any:
    many, edge = correlation(CHANNELS, COLUMNS, taps), correlation(CHANNELS, 2, taps)
    few, last = correlation(2, COLUMNS, taps), correlation(2, 2, taps)

    @inline
    def convolve(x, top, w, bias, y, h):  # type: ignore[no-untyped-def]
        """Row h of y (O, H', W'·LANES): convolution of x (C, H, W·LANES), from row `top` on, with w (O, C, taps, taps),
        plus bias (O,).

        O and the columns are at least 2; where a number does not go into them, the last ones are computed twice.
        """
        outputs, columns = len(y), y.shape[2] // LANES
        o = 0
        while o < outputs:
            is_whole = o + CHANNELS <= outputs
            o = o if is_whole else min(o, outputs - 2)
            at = 0
            while at < columns:
                is_wide = at + COLUMNS <= columns
                at = at if is_wide else min(at, columns - 2)
                if is_whole and is_wide:
                    many(x, top, w, bias, y, o, h, at)
                elif is_whole:
                    edge(x, top, w, bias, y, o, h, at)
                elif is_wide:
                    few(x, top, w, bias, y, o, h, at)
                else:
                    last(x, top, w, bias, y, o, h, at)
                at += COLUMNS if is_wide else 2
            o += CHANNELS if is_whole else 2

    return convolve


def _products(taps: int) -> Any:
    four, two, one = product(4, taps), product(2, taps), product(1, taps)

    @inline
    def add_products(x, top, g, border, first, rows, sums):  # type: ignore[no-untyped-def]
        """Add to `sums` (O, C, taps², LANES) what the rows of x from `top` on, and those of g (O, ...), within its
        `border` from `first` on, add to the gradient of w."""
        outputs, columns = len(g), g.shape[2] // LANES - 2 * border
        o = 0
        while o < outputs:
            channels = 4 if o + 4 <= outputs else 2 if o + 2 <= outputs else 1
            for c in range(len(x)):
                for k in range(taps):
                    if channels == 4:
                        four(x, top + k, g, first + border, border, rows, columns, sums, o, c, k)
                    elif channels == 2:
                        two(x, top + k, g, first + border, border, rows, columns, sums, o, c, k)
                    else:
                        one(x, top + k, g, first + border, border, rows, columns, sums, o, c, k)
            o += channels

    return add_products


convolve_row, mix_row = _rows(3), _rows(1)
_add_products, add_mixed_products = _products(3), _products(1)


@inline
def convolve_relu(step, memory, before, draws, scales, batch):  # type: ignore[no-untyped-def]
    """z (O, H, W·LANES): convolution, ReLU, dropout; `before` (blocks, K + 1, 4, C, B) gets each image's Σz and Σz²."""
    x = cube(memory, step[SOURCE], step[INPUTS], step[SIZE] + 2)
    w = kernels_of(memory, step[WEIGHT], step[OUTPUTS], step[INPUTS], 3)
    bias = row(memory, step[BIAS], step[OUTPUTS])
    z = cube(memory, step[TARGET], step[OUTPUTS], step[SIZE])
    draw = draw_of(step, draws, scales, 0)
    zero, found = spread(z.dtype.type(0)), zeros(before, 2, len(z), 1)
    for h in range(z.shape[1]):
        convolve_row(x, h, w, bias, z, h)
        for o in range(len(z)):
            by_row, squares_by_row = zero, zero
            for at in range(0, z.shape[2], LANES):
                value = drop(rectify(load(z, (o, h, at))), z, o, h, at, step[FIRST], batch, draw)
                store(value, z, (o, h, at))
                by_row = add(by_row, value)
                squares_by_row = multiply_add(value, value, squares_by_row)
            store(add(load(found, (0, o, 0)), widen(by_row)), found, (0, o, 0))
            store(add(load(found, (1, o, 0)), widen(squares_by_row)), found, (1, o, 0))
    for k in range(2):
        for o in range(len(z)):
            for i in range(step[IMAGES]):
                before[step[BLOCK] % len(before), 0, SUM + k, o, step[FIRST] + i] = found[k, o, i]


@inline
def input_gradient(step, memory):  # type: ignore[no-untyped-def]
    """The gradient (O, H, W·LANES) of a convolution's input: `convolve_row` with the turned weight."""
    g = cube(memory, step[SOURCE], step[INPUTS], step[SIZE] + 2)
    w = kernels_of(memory, step[WEIGHT], step[OUTPUTS], step[INPUTS], 3)
    bias = row(memory, step[BIAS], step[OUTPUTS])
    gx = cube(memory, step[TARGET], step[OUTPUTS], step[SIZE])
    for h in range(gx.shape[1]):
        convolve_row(g, h, w, bias, gx, h)


@inline
def weight_gradient(step, memory):  # type: ignore[no-untyped-def]
    """The gradients of weight and bias grow by a tile's; x (C, H, W·LANES) is the input, g, of the output, has zeros
    around it."""
    border, size = step[BORDER], step[SIZE]
    x = cube(memory, step[SOURCE], step[INPUTS], size + 2)
    g = cube(memory, step[TARGET], step[OUTPUTS], size + 2 * border)
    sums = zeros(memory, step[OUTPUTS], step[INPUTS], 9)
    sweep = max(1, _SWEEP // size)
    for first in range(0, size, sweep):
        _add_products(x, first, g, border, first, min(sweep, size - first), sums)
    add_lanes(sums, memory, step[GRADIENT])
    add_places(g, memory, step[BIAS_GRADIENT])


@inline
def add_places(g, memory, start):  # type: ignore[no-untyped-def]
    """The gradient of a bias, from `start` on in memory, grows by the sum of g (O, H, W·LANES) over places, images."""
    if start < 0:
        return
    for o in range(g.shape[0]):
        found = spread(g.dtype.type(0))
        for h in range(g.shape[1]):
            for at in range(0, g.shape[2], LANES):
                found = add(found, load(g, (o, h, at)))
        memory[start + o] += total(found)


@inline
def add_lanes(sums, memory, start):  # type: ignore[no-untyped-def]
    """The gradient (O, C, K), from `start` on in memory, grows by the sums over lanes of `sums` (O, C, K·LANES)."""
    for o in range(sums.shape[0]):
        for c in range(sums.shape[1]):
            for at in range(0, sums.shape[2], LANES):
                memory[start] += total(load(sums, (o, c, at)))
                start += 1
