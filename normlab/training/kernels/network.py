"""A whole network, forward and backward, in one call for each thread.

A batch is cut into parts by its images. A part's activations lie in a row of `memory` of its own, so that a thread goes
through a block with its parts and meets the other threads only where images of the whole batch share statistics. What
comes out does not depend on the number of threads.
"""

import numpy as np

from normlab.training.kernels.barrier import wait
from normlab.training.kernels.compile import inline, kernel
from normlab.training.kernels.convolution import convolve, convolve_relu, weight_gradient
from normlab.training.kernels.normalization import (
    SCALE,
    SHIFT,
    SQUARE,
    SUM,
    chain_of,
    normalize,
    normalize_gradient,
    read,
    remember,
)
from normlab.training.kernels.pooling import mix_pool, mix_pool_gradient
from normlab.training.kernels.scaling import relu_gradient, scale_shift, scale_shift_gradient
from normlab.training.kernels.views import (
    BIAS,
    BORDER,
    INPUTS,
    OUTPUTS,
    SIZE,
    Y,
    bias_of,
    cube,
    draw_of,
    input_of,
    mixing,
    output_of,
    part_of,
    pooled,
    rectified,
    weight_of,
)


@inline
def _take(images, part, x):  # type: ignore[no-untyped-def]
    """x (1, H, W·B) of images (B, H·W)."""
    values = x.reshape((images.shape[1], part.images))
    for i in range(part.images):
        image = images[part.first + i]
        for at in range(len(values)):
            values[at, i] = image[at]


@kernel
def forward(thread, threads, counter, net, chains, images, memory, places, means):  # type: ignore[no-untyped-def]
    """`means` (C, B): what the last block gives, averaged over the places of a channel; from images (B, H·W).

    `counter` (1,) begins with 0. BatchNorms in training move `net.running`. `places` (P, ...) are the pooling's.
    """
    blocks, turn = len(net.layout) - 1, 1
    for p in range(thread, len(memory), threads):
        part = part_of(net, p)
        _take(images, part, input_of(memory[p], net.layout[0], part.images))
    for s in range(blocks):
        row, norm = net.layout[s], chain_of(chains, s)
        for p in range(thread, len(memory), threads):
            part = part_of(net, p)
            x, z = input_of(memory[p], row, part.images), rectified(memory[p], row, part.images)
            sums, squares = norm.before[0, SUM], norm.before[0, SQUARE]
            convolve_relu(
                x, weight_of(net.parameters, row), bias_of(net, row), z, part, sums, squares, draw_of(net, s, 0)
            )
        turn = wait(counter, threads, turn)
        if thread == 0:
            size = (row[SIZE] - 2) ** 2
            read(norm, row[OUTPUTS], net.parameters, net.running)
            normalize(size, row[OUTPUTS], norm)
            remember(size, row[OUTPUTS], norm, net.running)
            _copy(norm.before[len(norm.before) - 1, :SUM], norm.scaling[:SUM])
        turn = wait(counter, threads, turn)
        for p in range(thread, len(memory), threads):
            part = part_of(net, p)
            z, y = rectified(memory[p], row, part.images), output_of(memory[p], row[Y], row, part.images)
            scale_shift(z, norm.scaling[0], norm.scaling[1], y, row[BORDER], part, draw_of(net, s, 1))
            if s == net.mix_after:
                mix = net.layout[blocks]
                out, where = pooled(memory[p], mix[Y], mix, part.images), pooled(places[p], 0, mix, part.images)
                mix_pool(y, mixing(net.parameters, mix), bias_of(net, mix), out, where, part.images)
    for p in range(thread, len(memory), threads):
        _average(net, p, memory[p], means)


@inline
def _average(net, p, memory, means):  # type: ignore[no-untyped-def]
    part, row = part_of(net, p), net.layout[-2]
    y = output_of(memory, row[Y], row, part.images)
    total = np.empty(part.images, y.dtype)
    places = y.shape[1] * y.shape[1]
    for c in range(len(y)):
        total[:] = 0
        for h in range(y.shape[1]):
            for column in range(0, y.shape[2], part.images):
                for i in range(part.images):
                    total[i] += y[c, h, column + i]
        for i in range(part.images):
            means[c, part.first + i] = total[i] / places


@kernel
def backward(  # type: ignore[no-untyped-def]
    thread, threads, counter, net, chains, gmeans, memory, places, around, gradients
):
    """`gradients` (P, parameters): the first row ends as those of all parameters, from `gmeans` (C, B), those of the
    means. `around` (2, P, ...) is memory for the gradients of two neighboring activations."""
    blocks, turn = len(net.layout) - 1, 1
    for p in range(thread, len(memory), threads):
        gradients[p] = 0
        part, row = part_of(net, p), net.layout[blocks - 1]
        g = output_of(around[0, p], 0, row, part.images)
        for c in range(len(g)):
            for h in range(g.shape[1]):
                for column in range(0, g.shape[2], part.images):
                    for i in range(part.images):
                        g[c, h, column + i] = gmeans[c, part.first + i] / (g.shape[1] * g.shape[1])
    for s in range(blocks - 1, -1, -1):
        row, norm = net.layout[s], chain_of(chains, s)
        outer, inner = (around[0], around[1]) if s > net.mix_after else (around[1], around[0])
        for p in range(thread, len(memory), threads):
            part = part_of(net, p)
            if s == net.mix_after:
                _mix_gradient(net, p, memory[p], places[p], inner[p], outer[p], gradients[p])
            z, g = rectified(memory[p], row, part.images), output_of(outer[p], 0, row, part.images)
            scale_shift_gradient(z, g, row[BORDER], part, draw_of(net, s, 1), norm.slope[SCALE], norm.slope[SHIFT])
        turn = wait(counter, threads, turn)
        if thread == 0:
            normalize_gradient((row[SIZE] - 2) ** 2, row[OUTPUTS], norm)
            _copy(norm.slope[SUM:], norm.scaling[SUM:])
        turn = wait(counter, threads, turn)
        for p in range(thread, len(memory), threads):
            _block_gradient(net, s, norm, p, memory[p], outer[p], inner[p], gradients[p])
    wait(counter, threads, turn)
    if thread == 0:
        for p in range(1, len(memory)):
            for k in range(gradients.shape[1]):
                gradients[0, k] += gradients[p, k]
        for s in range(blocks):
            _parameter_gradients(chain_of(chains, s), net.layout[s, OUTPUTS], gradients[0])


@inline
def _mix_gradient(net, p, memory, places, inner, outer, gradients):  # type: ignore[no-untyped-def]
    """From the gradient of the pooling's output, in `inner`, to that of its input, in `outer`."""
    part, mix = part_of(net, p), net.layout[-1]
    x = input_of(memory, mix, part.images)
    g, gx = pooled(inner, 0, mix, part.images), cube(outer, 0, mix[INPUTS], mix[SIZE], mix[SIZE], part.images)
    places = pooled(places, 0, mix, part.images)
    mix_pool_gradient(x, mixing(net.parameters, mix), g, places, part.images, gx, mixing(gradients, mix))
    _bias_gradient(g, mix, gradients)


@inline
def _block_gradient(net, s, norm, p, memory, outer, inner, gradients):  # type: ignore[no-untyped-def]
    """From the gradient of a·z + d, in `outer`, to that of the block's input, there as well."""
    part, row = part_of(net, p), net.layout[s]
    x, z = input_of(memory, row, part.images), rectified(memory, row, part.images)
    g = output_of(outer, 0, row, part.images)
    gz = cube(inner, 0, row[OUTPUTS], row[SIZE] + 2, row[SIZE] + 2, part.images)
    scaling = norm.scaling
    relu_gradient(z, g, row[BORDER], scaling[0], scaling[2], scaling[3], part, net.scales[s, 0], gz)
    weight_gradient(x, gz, 2, part.images, weight_of(gradients, row))
    _bias_gradient(gz, row, gradients)
    if s > 0:
        weight = weight_of(net.parameters, row)
        turned = np.empty((row[INPUTS], row[OUTPUTS], 3, 3), weight.dtype)
        for o in range(len(weight)):
            for c in range(row[INPUTS]):
                for k in range(9):
                    turned[c, o, k // 3, k % 3] = weight[o, c, 2 - k // 3, 2 - k % 3]
        gx = cube(outer, 0, row[INPUTS], row[SIZE], row[SIZE], part.images)
        convolve(gz, turned, np.zeros(row[INPUTS], weight.dtype), gx, part.images)


@inline
def _parameter_gradients(norm, channels, gradients):  # type: ignore[no-untyped-def]
    for k in range(len(norm.at)):
        for c in range(channels):
            gradients[norm.at[k, 0] + c] = norm.by_gamma[k, c]
            gradients[norm.at[k, 1] + c] = norm.by_beta[k, c]


@inline
def _bias_gradient(g, row, gradients):  # type: ignore[no-untyped-def]
    if row[BIAS] < 0:
        return
    for o in range(g.shape[0]):
        total = g.dtype.type(0)
        for h in range(g.shape[1]):
            for column in range(g.shape[2]):
                total += g[o, h, column]
        gradients[row[BIAS] + o] = total


@inline
def _copy(source, target):  # type: ignore[no-untyped-def]
    """From (2, C, B) in double precision to the same in the network's."""
    for k in range(source.shape[0]):
        for c in range(source.shape[1]):
            for b in range(source.shape[2]):
                target[k, c, b] = source[k, c, b]
