"""1×1 convolution and 2×2 max pooling in one."""

from normlab.training.kernels.compile import inline
from normlab.training.kernels.convolution import add_lanes, add_mixed_products, add_places, mix_row
from normlab.training.kernels.lanes import LANES, largest, load, store, where_equal
from normlab.training.kernels.program import (
    BIAS,
    BIAS_GRADIENT,
    GRADIENT,
    INPUTS,
    LAST,
    OUTPUTS,
    PLACES,
    SIZE,
    SOURCE,
    TARGET,
    WEIGHT,
)
from normlab.training.kernels.views import cube, kernels_of, room, row, zeros


@inline
def mix_pool(step, memory, places):  # type: ignore[no-untyped-def]
    """1×1 convolution and 2×2 max pooling: y (O, H/2, W/2·LANES); `places` says where each maximum was, the first of
    equal ones."""
    x = cube(memory, step[SOURCE], step[INPUTS], step[SIZE])
    w = kernels_of(memory, step[WEIGHT], step[OUTPUTS], step[INPUTS], 1)
    bias = row(memory, step[BIAS], step[OUTPUTS])
    y = cube(memory, step[TARGET], step[OUTPUTS], step[SIZE] // 2)
    wheres = cube(places, step[PLACES], step[OUTPUTS], step[SIZE] // 2)
    mixed = room(memory, len(y), 2, step[SIZE])
    for h in range(y.shape[1]):
        for k in range(2):
            mix_row(x, 2 * h + k, w, bias, mixed, k)
        for o in range(len(y)):
            for at in range(0, y.shape[2], LANES):
                left, right = 2 * at, 2 * at + LANES
                best, where = largest(
                    load(mixed, (o, 0, left)),
                    load(mixed, (o, 0, right)),
                    load(mixed, (o, 1, left)),
                    load(mixed, (o, 1, right)),
                )
                store(best, y, (o, h, at))
                store(where, wheres, (o, h, at))


@inline
def mix_pool_gradient(step, memory, places):  # type: ignore[no-untyped-def]
    """gx (C, H, W·LANES), from `LAST` on: the gradient of x in `mix_pool`; those of weight and bias grow."""
    outputs, channels, size = step[OUTPUTS], step[INPUTS], step[SIZE]
    x = cube(memory, step[SOURCE], channels, size)
    g = cube(memory, step[TARGET], outputs, size // 2)
    turned = kernels_of(memory, step[WEIGHT], channels, outputs, 1)
    bias = row(memory, step[BIAS], channels)
    wheres = cube(places, step[PLACES], outputs, size // 2)
    gx = cube(memory, step[LAST], channels, size)
    sums, routed = zeros(memory, outputs, channels, 1), room(memory, outputs, 2, size)
    for h in range(g.shape[1]):
        for o in range(outputs):
            for at in range(0, g.shape[2], LANES):
                gradient, place = load(g, (o, h, at)), load(wheres, (o, h, at))
                for k in range(4):
                    store(where_equal(gradient, place, k), routed, (o, k // 2, 2 * at + (k % 2) * LANES))
        for k in range(2):
            mix_row(routed, k, turned, bias, gx, 2 * h + k)
        add_mixed_products(x, 2 * h, routed, 0, 0, 2, sums)
    add_lanes(sums, memory, step[GRADIENT])
    add_places(g, memory, step[BIAS_GRADIENT])
