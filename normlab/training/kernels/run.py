"""A program carried out: a whole network, forward and back, in one call for each thread.

Threads take the instructions of their parts in order, and meet where the program says so. What comes out does not
depend on their number.
"""

import numpy as np

from normlab.training.kernels.barrier import wait
from normlab.training.kernels.compile import inline, kernel
from normlab.training.kernels.convolution import convolve_relu, input_gradient, weight_gradient
from normlab.training.kernels.head import classify, classify_gradient
from normlab.training.kernels.lanes import LANES
from normlab.training.kernels.normalization import normalize, normalize_gradient
from normlab.training.kernels.pooling import mix_pool, mix_pool_gradient
from normlab.training.kernels.program import (
    CLASSIFY,
    CLEAR,
    CONVOLVE,
    FIRST,
    HEAD_BACK,
    IMAGES,
    INPUT_BACK,
    INPUTS,
    MIX,
    MIX_BACK,
    NORMALIZE,
    NORMALIZE_BACK,
    OP,
    OUTPUTS,
    PART,
    RELU_BACK,
    SCALE,
    SCALE_BACK,
    SIZE,
    SOURCE,
    SUM,
    TAKE,
    TAPS,
    TARGET,
    TURN,
    WAIT,
    WEIGHT_BACK,
)
from normlab.training.kernels.scaling import relu_gradient, scale_shift, scale_shift_gradient
from normlab.training.kernels.views import kernels_of


@kernel
def run(  # type: ignore[no-untyped-def]
    thread, threads, counter, program, chains, draws, scales, images, labels, running, memory, places, answers
):
    """Carry out the instructions of `program` (N, FIELDS) that belong to a thread.

    `counter` (1,) begins with 0. `chains` are the norms; draws (blocks, 2, 2) dropout's keys and thresholds, before and
    after the norms, scales (blocks, 2) what it multiplies by. Read: images (B, H·W), labels (B,). Written: BatchNorm's
    averages `running`, in training; `memory`, which begins with the parameters; `places` of maxima; answers (B,
    classes), log-probabilities.
    """
    rows, columns, shared, kinds, momentum, affine, before, scaling, slope = chains
    meeting = np.int64(1)
    for n in range(len(program)):
        step = program[n]
        op = step[OP]
        if op == WAIT:
            meeting = wait(counter, threads, meeting)
        elif step[PART] % threads != thread:
            continue
        elif op == CONVOLVE:
            convolve_relu(step, memory, before, draws, scales, len(images))
        elif op == SCALE:
            scale_shift(step, memory, scaling, draws, scales, len(images))
        elif op == NORMALIZE:
            normalize(step, rows, columns, shared, kinds, momentum, affine, before, scaling, memory, running)
        elif op == TAKE:
            _take(step, images, memory)
        elif op == MIX:
            mix_pool(step, memory, places)
        elif op == CLASSIFY:
            classify(step, memory, answers)
        elif op == HEAD_BACK:
            classify_gradient(step, memory, labels, answers)
        elif op == SCALE_BACK:
            scale_shift_gradient(step, memory, slope, draws, scales, len(images))
        elif op == NORMALIZE_BACK:
            normalize_gradient(step, rows, columns, shared, kinds, affine, before, scaling, slope, memory)
        elif op == RELU_BACK:
            relu_gradient(step, memory, scaling, scales)
        elif op == WEIGHT_BACK:
            weight_gradient(step, memory)
        elif op == INPUT_BACK:
            input_gradient(step, memory)
        elif op == MIX_BACK:
            mix_pool_gradient(step, memory, places)
        elif op == TURN:
            _turn(step, memory)
        elif op == CLEAR:
            for k in range(step[SIZE]):
                memory[step[TARGET] + k] = 0
        elif op == SUM:
            for k in range(step[SIZE]):
                memory[step[TARGET] + k] += memory[step[SOURCE] + k]


@inline
def _take(step, images, memory):  # type: ignore[no-untyped-def]
    """A tile (1, H, W·LANES) of images (B, H·W); where there is none, it is black."""
    pixels, start = images.shape[1], step[TARGET]
    for i in range(LANES):
        for at in range(pixels):
            value = images[step[FIRST] + i, at] if i < step[IMAGES] else memory.dtype.type(0)
            memory[start + at * LANES + i] = value


@inline
def _turn(step, memory):  # type: ignore[no-untyped-def]
    """(C, O, ...): a weight (O, C, ...) as the way back needs it."""
    outputs, inputs, taps = step[OUTPUTS], step[INPUTS], step[TAPS]
    weight = kernels_of(memory, step[SOURCE], outputs, inputs, taps)
    turned = kernels_of(memory, step[TARGET], inputs, outputs, taps)
    for o in range(outputs):
        for c in range(inputs):
            for k in range(taps):
                for j in range(taps):
                    turned[c, o, k, j] = weight[o, c, taps - 1 - k, taps - 1 - j]
