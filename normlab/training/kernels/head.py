"""The end of the network: averages over places, the last 1×1 convolution, log-softmax, and the loss."""

import math

from normlab.training.kernels.compile import inline
from normlab.training.kernels.lanes import LANES, add, load, multiply, multiply_add, spread, store, total
from normlab.training.kernels.program import (
    BIAS,
    BIAS_GRADIENT,
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
from normlab.training.kernels.views import cube, room, zeros


@inline
def classify(step, memory, answers):  # type: ignore[no-untyped-def]
    """answers (B, classes): log-probabilities of a tile's images, whose means (C, LANES) over places are kept."""
    classes, channels, weight = step[OUTPUTS], step[INPUTS], step[WEIGHT]
    y, means = cube(memory, step[SOURCE], channels, step[SIZE]), cube(memory, step[TARGET], channels, 1)
    share, logits = spread(y.dtype.type(1 / (step[SIZE] * step[SIZE]))), room(memory, classes, 1, 1)
    for c in range(channels):
        found = spread(y.dtype.type(0))
        for h in range(y.shape[1]):
            for at in range(0, y.shape[2], LANES):
                found = add(found, load(y, (c, h, at)))
        store(multiply(found, share), means, (c, 0, 0))
    for j in range(classes):
        found = spread(memory[step[BIAS] + j])
        for c in range(channels):
            found = multiply_add(spread(memory[weight + j * channels + c]), load(means, (c, 0, 0)), found)
        store(found, logits, (j, 0, 0))
    for i in range(step[IMAGES]):
        highest, whole = -math.inf, 0.0
        for j in range(classes):
            if not logits[j, 0, i] <= highest:
                highest = logits[j, 0, i]
        for j in range(classes):
            whole += math.exp(logits[j, 0, i] - highest)
        rest = highest + math.log(whole)
        for j in range(classes):
            answers[step[FIRST] + i, j] = logits[j, 0, i] - rest


@inline
def classify_gradient(step, memory, labels, answers):  # type: ignore[no-untyped-def]
    """g (C, H, W·LANES): the gradient of y in `classify`, of the mean negative log-likelihood of all images; 0 for
    images that fill up the tile. Those of weight and bias grow."""
    classes, channels, weight, gradient = step[OUTPUTS], step[INPUTS], step[WEIGHT], step[GRADIENT]
    means, g = cube(memory, step[SOURCE], channels, 1), cube(memory, step[TARGET], channels, step[SIZE])
    share, slopes = spread(g.dtype.type(1 / (step[SIZE] * step[SIZE]))), zeros(memory, classes, 1, 1)
    for i in range(step[IMAGES]):
        for j in range(classes):
            hit = 1.0 if labels[step[FIRST] + i] == j else 0.0
            slopes[j, 0, i] = (math.exp(answers[step[FIRST] + i, j]) - hit) / len(answers)
    for c in range(channels):
        found = spread(memory.dtype.type(0))
        for j in range(classes):
            slope = load(slopes, (j, 0, 0))
            found = multiply_add(spread(memory[weight + j * channels + c]), slope, found)
            memory[gradient + j * channels + c] += total(multiply(slope, load(means, (c, 0, 0))))
        for h in range(g.shape[1]):
            for at in range(0, g.shape[2], LANES):
                store(multiply(found, share), g, (c, h, at))
    if step[BIAS_GRADIENT] >= 0:
        for j in range(classes):
            memory[step[BIAS_GRADIENT] + j] += total(load(slopes, (j, 0, 0)))
