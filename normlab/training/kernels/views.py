"""What the passes work on: a network's parameters and a part's activations, found in their flat memory."""

from typing import Any, NamedTuple

import numpy as np

from normlab.training.kernels.compile import accessor, inline
from normlab.training.kernels.dropout import Part
from normlab.training.layers import Draw

INPUTS, OUTPUTS, SIZE, BORDER, WEIGHT, BIAS, X, Z, Y = range(9)
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
def cube(memory, start, channels, height, width, images):  # type: ignore[no-untyped-def]
    """(C, H, W·B) in a part's memory."""
    size = channels * height * width
    return memory[start * images : (start + size) * images].reshape((channels, height, width * images))


@accessor
def input_of(memory, row, images):  # type: ignore[no-untyped-def]
    return cube(memory, row[X], row[INPUTS], row[SIZE], row[SIZE], images)


@accessor
def rectified(memory, row, images):  # type: ignore[no-untyped-def]
    return cube(memory, row[Z], row[OUTPUTS], row[SIZE] - 2, row[SIZE] - 2, images)


@accessor
def output_of(memory, start, row, images):  # type: ignore[no-untyped-def]
    size = row[SIZE] - 2 + 2 * row[BORDER]
    return cube(memory, start, row[OUTPUTS], size, size, images)


@accessor
def pooled(memory, start, row, images):  # type: ignore[no-untyped-def]
    return cube(memory, start, row[OUTPUTS], row[SIZE] // 2, row[SIZE] // 2, images)


@accessor
def weight_of(values, row):  # type: ignore[no-untyped-def]
    """(O, C, 3, 3) of parameters or their gradients."""
    outputs, inputs, start = row[OUTPUTS], row[INPUTS], row[WEIGHT]
    return values[start : start + outputs * inputs * 9].reshape((outputs, inputs, 3, 3))


@accessor
def mixing(values, row):  # type: ignore[no-untyped-def]
    """(O, C) of parameters or their gradients."""
    outputs, inputs, start = row[OUTPUTS], row[INPUTS], row[WEIGHT]
    return values[start : start + outputs * inputs].reshape((outputs, inputs))


@inline
def bias_of(net, row):  # type: ignore[no-untyped-def]
    if row[BIAS] < 0:
        return np.zeros(row[OUTPUTS], net.parameters.dtype)
    return net.parameters[row[BIAS] : row[BIAS] + row[OUTPUTS]]


@accessor
def part_of(net, p):  # type: ignore[no-untyped-def]
    return Part(net.edges[p], net.edges[p + 1] - net.edges[p], net.edges[-1])


@accessor
def draw_of(net, s, when):  # type: ignore[no-untyped-def]
    return Draw(net.keys[s, when], net.thresholds[s, when], net.scales[s, when])
