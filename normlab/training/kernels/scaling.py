"""A norm's scale and shift, and the way back through it, dropout and ReLU."""

from normlab.training.kernels.compile import inline
from normlab.training.kernels.dropout import draw_of, drop
from normlab.training.kernels.lanes import (
    LANES,
    add,
    load,
    multiply,
    multiply_add,
    spread,
    store,
    where_not_zero,
    widen,
)
from normlab.training.kernels.program import BLOCK, BORDER, FIRST, IMAGES, LAST, OUTPUTS, SIZE, SOURCE, TARGET
from normlab.training.kernels.views import cube, room


@inline
def _frame(y, c, border):  # type: ignore[no-untyped-def]
    """Zeros around channel c of y (C, H, W·LANES)."""
    zero, last = spread(y.dtype.type(0)), y.shape[2] - border * LANES
    for h in range(y.shape[1]):
        is_inside = border <= h < y.shape[1] - border
        for at in range(0, border * LANES if is_inside else y.shape[2], LANES):
            store(zero, y, (c, h, at))
            if is_inside:
                store(zero, y, (c, h, last + at))


@inline
def scale_shift(step, memory, scaling, draws, scales, batch):  # type: ignore[no-untyped-def]
    """y = dropout(a·z + d), with a and d of `scaling` (blocks, 4, C, tiles·LANES), in a `BORDER` of zeros."""
    border, block, first = step[BORDER], step[BLOCK], step[FIRST]
    z = cube(memory, step[SOURCE], step[OUTPUTS], step[SIZE])
    y = cube(memory, step[TARGET], step[OUTPUTS], step[SIZE] + 2 * border)
    draw, edge = draw_of(step, draws, scales, 1), border * LANES
    for c in range(z.shape[0]):
        factor, shift = load(scaling, (block, 0, c, first)), load(scaling, (block, 1, c, first))
        _frame(y, c, border)
        for h in range(z.shape[1]):
            for at in range(0, z.shape[2], LANES):
                value = drop(multiply_add(factor, load(z, (c, h, at)), shift), z, c, h, at, first, batch, draw)
                store(value, y, (c, h + border, edge + at))


@inline
def scale_shift_gradient(step, memory, slope, draws, scales, batch):  # type: ignore[no-untyped-def]
    """Gradients of a and d, in `slope` (blocks, 4, C, B); g (C, H, W·LANES), that of y, becomes that before dropout."""
    block, first = step[BLOCK], step[FIRST]
    z = cube(memory, step[SOURCE], step[OUTPUTS], step[SIZE])
    g = cube(memory, step[TARGET], step[OUTPUTS], step[SIZE])
    draw = draw_of(step, draws, scales, 1)
    zero, found = spread(z.dtype.type(0)), room(slope, 1, 2, 1)
    for c in range(z.shape[0]):
        factor, shift = spread(0.0), spread(0.0)
        for h in range(z.shape[1]):
            by_row, shift_by_row = zero, zero
            for at in range(0, z.shape[2], LANES):
                gradient = load(g, (c, h, at))
                if draw.threshold > 0:
                    gradient = drop(gradient, z, c, h, at, first, batch, draw)
                    store(gradient, g, (c, h, at))
                by_row = multiply_add(gradient, load(z, (c, h, at)), by_row)
                shift_by_row = add(shift_by_row, gradient)
            factor, shift = add(factor, widen(by_row)), add(shift, widen(shift_by_row))
        store(factor, found, (0, 0, 0))
        store(shift, found, (0, 1, 0))
        for k in range(2):
            for i in range(step[IMAGES]):
                slope[block, k, c, first + i] = found[0, k, i]


@inline
def relu_gradient(step, memory, scaling, scales):  # type: ignore[no-untyped-def]
    """gz: the gradient before ReLU and dropout, from that after the norms, in a `BORDER` of zeros, from `LAST`
    on.

    z (C, H, W·LANES) is what `convolve_relu` gave, g the gradient of a·z + d; `scaling` (blocks, 4, C, tiles·LANES) are
    a, d and the gradients of Σz and Σz². Where z is 0, either ReLU or dropout has cut the gradient.
    """
    border, block, first = step[BORDER], step[BLOCK], step[FIRST]
    z = cube(memory, step[SOURCE], step[OUTPUTS], step[SIZE])
    g = cube(memory, step[TARGET], step[OUTPUTS], step[SIZE])
    gz = cube(memory, step[LAST], step[OUTPUTS], step[SIZE] + 2 * border)
    edge, kept, two = border * LANES, spread(scales[block, 0]), spread(z.dtype.type(2))
    for c in range(z.shape[0]):
        factor, by_sum = load(scaling, (block, 0, c, first)), load(scaling, (block, 2, c, first))
        by_square = multiply(two, load(scaling, (block, 3, c, first)))
        _frame(gz, c, border)
        for h in range(z.shape[1]):
            for at in range(0, z.shape[2], LANES):
                value = load(z, (c, h, at))
                whole = multiply_add(factor, load(g, (c, h, at)), multiply_add(by_square, value, by_sum))
                store(where_not_zero(value, multiply(kept, whole)), gz, (c, h + border, edge + at))
