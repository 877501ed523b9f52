"""A whole network, forward and backward, in one call for each thread.

A batch is cut into parts by its images. A part's activations lie in a row of `memory` of its own, so that a thread goes
through a block with its parts and meets the other threads only where images of the whole batch share statistics. What
comes out does not depend on the number of threads.
"""

from typing import Any, NamedTuple

import numpy as np

from normlab.training.kernels.barrier import wait
from normlab.training.kernels.compile import accessor, inline, kernel
from normlab.training.kernels.convolution import convolve, convolve_relu, weight_gradient
from normlab.training.kernels.dropout import Draw, Part
from normlab.training.kernels.normalization import (
    SCALE,
    SHIFT,
    SQUARE,
    SUM,
    Chain,
    normalize,
    normalize_gradient,
    read,
    remember,
)
from normlab.training.kernels.pooling import mix_pool, mix_pool_gradient
from normlab.training.kernels.scaling import relu_gradient, scale_shift, scale_shift_gradient

INPUTS, OUTPUTS, SIZE, BORDER, WEIGHT, BIAS, X, Z, Y, FIELDS = range(10)
"""What `layout` says of a block: channels, height and width of its input with its zeros, zeros around its output,
where in the parameters its weight and bias begin (-1: none), and where in a part's memory, in values of one image, its
input, what its ReLU gives, and its output. A row after the blocks' says it of the 1×1 convolution with max pooling."""


class Net(NamedTuple):
    """What both passes need to know of a network and a batch of B images in P parts.

    `edges` (P + 1,) are the images with which the parts begin and end. `mix_after` is the block before the pooling.
    `keys`, `thresholds`, `scales` (blocks, 2) are dropout's, before and after the norms.
    """

    layout: Any
    edges: Any
    mix_after: int
    keys: Any
    thresholds: Any
    scales: Any
    parameters: Any
    running: Any


@accessor
def _cube(memory, start, channels, height, width, images):  # type: ignore[no-untyped-def]
    """(C, H, W·B) in a part's memory."""
    size = channels * height * width
    return memory[start * images : (start + size) * images].reshape((channels, height, width * images))


@accessor
def _input(memory, row, images):  # type: ignore[no-untyped-def]
    return _cube(memory, row[X], row[INPUTS], row[SIZE], row[SIZE], images)


@accessor
def _rectified(memory, row, images):  # type: ignore[no-untyped-def]
    return _cube(memory, row[Z], row[OUTPUTS], row[SIZE] - 2, row[SIZE] - 2, images)


@accessor
def _output(memory, start, row, images):  # type: ignore[no-untyped-def]
    size = row[SIZE] - 2 + 2 * row[BORDER]
    return _cube(memory, start, row[OUTPUTS], size, size, images)


@accessor
def _pooled(memory, start, row, images):  # type: ignore[no-untyped-def]
    return _cube(memory, start, row[OUTPUTS], row[SIZE] // 2, row[SIZE] // 2, images)


@accessor
def _weight(values, row):  # type: ignore[no-untyped-def]
    """(O, C, 3, 3) of parameters or their gradients."""
    outputs, inputs, start = row[OUTPUTS], row[INPUTS], row[WEIGHT]
    return values[start : start + outputs * inputs * 9].reshape((outputs, inputs, 3, 3))


@accessor
def _mixing(values, row):  # type: ignore[no-untyped-def]
    """(O, C) of parameters or their gradients."""
    outputs, inputs, start = row[OUTPUTS], row[INPUTS], row[WEIGHT]
    return values[start : start + outputs * inputs].reshape((outputs, inputs))


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


@inline
def _bias(net, row):  # type: ignore[no-untyped-def]
    if row[BIAS] < 0:
        return np.zeros(row[OUTPUTS], net.parameters.dtype)
    return net.parameters[row[BIAS] : row[BIAS] + row[OUTPUTS]]


@accessor
def _part(net, p):  # type: ignore[no-untyped-def]
    return Part(net.edges[p], net.edges[p + 1] - net.edges[p], net.edges[-1])


@accessor
def _chain(chains, s):  # type: ignore[no-untyped-def]
    """The norms of a block."""
    return Chain(
        chains.shares[s],
        chains.counts[s],
        chains.fixed,
        chains.at[s],
        chains.momentum,
        chains.mean[s],
        chains.var[s],
        chains.gamma[s],
        chains.beta[s],
        chains.before[s],
        chains.scaling[s],
        chains.slope[s],
        chains.by_gamma[s],
        chains.by_beta[s],
    )


@accessor
def _draw(net, s, when):  # type: ignore[no-untyped-def]
    return Draw(net.keys[s, when], net.thresholds[s, when], net.scales[s, when])


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
        part = _part(net, p)
        _take(images, part, _input(memory[p], net.layout[0], part.images))
    for s in range(blocks):
        row, norm = net.layout[s], _chain(chains, s)
        for p in range(thread, len(memory), threads):
            part = _part(net, p)
            x, z = _input(memory[p], row, part.images), _rectified(memory[p], row, part.images)
            sums, squares = norm.before[0, SUM], norm.before[0, SQUARE]
            convolve_relu(x, _weight(net.parameters, row), _bias(net, row), z, part, sums, squares, _draw(net, s, 0))
        turn = wait(counter, threads, turn)
        if thread == 0:
            size = (row[SIZE] - 2) ** 2
            read(norm, row[OUTPUTS], net.parameters, net.running)
            normalize(size, row[OUTPUTS], norm)
            remember(size, row[OUTPUTS], norm, net.running)
            _copy(norm.before[len(norm.before) - 1, :SUM], norm.scaling[:SUM])
        turn = wait(counter, threads, turn)
        for p in range(thread, len(memory), threads):
            part = _part(net, p)
            z, y = _rectified(memory[p], row, part.images), _output(memory[p], row[Y], row, part.images)
            scale_shift(z, norm.scaling[0], norm.scaling[1], y, row[BORDER], part, _draw(net, s, 1))
            if s == net.mix_after:
                mix = net.layout[blocks]
                weight = _mixing(net.parameters, mix)
                out = _pooled(memory[p], mix[Y], mix, part.images)
                mix_pool(y, weight, _bias(net, mix), out, _pooled(places[p], 0, mix, part.images), part.images)
    for p in range(thread, len(memory), threads):
        _average(net, p, memory[p], means)


@inline
def _average(net, p, memory, means):  # type: ignore[no-untyped-def]
    part, row = _part(net, p), net.layout[-2]
    y = _output(memory, row[Y], row, part.images)
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
        part, row = _part(net, p), net.layout[blocks - 1]
        g = _output(around[0, p], 0, row, part.images)
        for c in range(len(g)):
            for h in range(g.shape[1]):
                for column in range(0, g.shape[2], part.images):
                    for i in range(part.images):
                        g[c, h, column + i] = gmeans[c, part.first + i] / (g.shape[1] * g.shape[1])
    for s in range(blocks - 1, -1, -1):
        row, norm = net.layout[s], _chain(chains, s)
        outer, inner = (around[0], around[1]) if s > net.mix_after else (around[1], around[0])
        for p in range(thread, len(memory), threads):
            part = _part(net, p)
            if s == net.mix_after:
                _mix_gradient(net, p, memory[p], places[p], inner[p], outer[p], gradients[p])
            z, g = _rectified(memory[p], row, part.images), _output(outer[p], 0, row, part.images)
            scale_shift_gradient(z, g, row[BORDER], part, _draw(net, s, 1), norm.slope[SCALE], norm.slope[SHIFT])
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
            _parameter_gradients(_chain(chains, s), net.layout[s, OUTPUTS], gradients[0])


@inline
def _mix_gradient(net, p, memory, places, inner, outer, gradients):  # type: ignore[no-untyped-def]
    """From the gradient of the pooling's output, in `inner`, to that of its input, in `outer`."""
    part, mix = _part(net, p), net.layout[-1]
    x = _input(memory, mix, part.images)
    g, gx = _pooled(inner, 0, mix, part.images), _cube(outer, 0, mix[INPUTS], mix[SIZE], mix[SIZE], part.images)
    places = _pooled(places, 0, mix, part.images)
    mix_pool_gradient(x, _mixing(net.parameters, mix), g, places, part.images, gx, _mixing(gradients, mix))
    _bias_gradient(g, mix, gradients)


@inline
def _block_gradient(net, s, norm, p, memory, outer, inner, gradients):  # type: ignore[no-untyped-def]
    """From the gradient of a·z + d, in `outer`, to that of the block's input, there as well."""
    part, row = _part(net, p), net.layout[s]
    x, z = _input(memory, row, part.images), _rectified(memory, row, part.images)
    g = _output(outer, 0, row, part.images)
    gz = _cube(inner, 0, row[OUTPUTS], row[SIZE] + 2, row[SIZE] + 2, part.images)
    scaling = norm.scaling
    relu_gradient(z, g, row[BORDER], scaling[0], scaling[2], scaling[3], part, net.scales[s, 0], gz)
    weight_gradient(x, gz, 2, part.images, _weight(gradients, row))
    _bias_gradient(gz, row, gradients)
    if s > 0:
        weight = _weight(net.parameters, row)
        turned = np.empty((row[INPUTS], row[OUTPUTS], 3, 3), weight.dtype)
        for o in range(len(weight)):
            for c in range(row[INPUTS]):
                for k in range(9):
                    turned[c, o, k // 3, k % 3] = weight[o, c, 2 - k // 3, 2 - k % 3]
        gx = _cube(outer, 0, row[INPUTS], row[SIZE], row[SIZE], part.images)
        convolve(gz, turned, np.zeros(row[INPUTS], weight.dtype), gx, part.images)


@inline
def _parameter_gradients(norm, channels, gradients):  # type: ignore[no-untyped-def]
    for k in range(len(norm.at)):
        for c in range(channels):
            gradients[norm.at[k, 0] + c] = norm.by_gamma[k, c]
            gradients[norm.at[k, 1] + c] = norm.by_beta[k, c]
