"""A chain of norms as one scale and one shift, from the sums of what it normalizes, and the way back.

Every norm needs only Σx and Σx² by channel and image, added up over those that share a mean and a variance; and the
sums after a norm follow from those before it. All arrays of (C, B) are in double precision.
"""

from typing import Any, NamedTuple

import numpy as np

from normlab.training.kernels.compile import inline
from normlab.training.kernels.program import BLOCK, FIRST, GRADIENT, IMAGES, INPUTS, LAST, OUTPUTS, SIZE

EPSILON = 1e-5

SCALE, SHIFT, SUM, SQUARE = range(4)
"""What a norm finds, in `before`: scale and shift of the norms before it, Σx and Σx² of its input."""

COUNT, MEAN, VAR, INVERSE, BY_MEAN, BY_VAR = range(6)
"""What is known of values that share a mean and a variance: how many, both, 1/√(var + ε), and gradients of both."""

GAMMA, BETA = range(2)

AT_GAMMA, AT_BETA, AT_MEAN, FIXED, CENTERED = range(5)
"""Of a norm: where among the parameters γ and β begin (-1: there is no β), and where among the running averages the
mean does, with the variance after it (-1: not remembered); whether it uses those averages; whether it subtracts a mean:
if not, its variance is the mean square."""


class Chain(NamedTuple):
    """The blocks' K norms, in order, on a batch of B images: each array has a row for each block, but for `column` and
    `momentum`, which are all blocks', and `before`, if nothing goes back.

    What shares a mean and a variance has a place in a table: in the `row` (K, C) of its channel and the `column` (K, B)
    of its image; `shared` (K, 6, R, Q) is what is known of it. `kind` (K, 5) says what a norm is; each new average has
    weight `momentum` (K,); `affine` (K, 2, C) are γ and β. `before` (K + 1, 4, C, B) is what each norm finds.
    `scaling` (4, C, tiles·LANES), in the network's precision, holds a and d, and on the way back the gradients of Σx
    and Σx², and 0 for images that fill up the last tile; `slope` (4, C, B) are gradients.
    """

    row: Any
    column: Any
    shared: Any
    kind: Any
    momentum: Any
    affine: Any
    before: Any
    scaling: Any
    slope: Any


@inline
def _table(row, column, columns, step):  # type: ignore[no-untyped-def]
    """Rows and columns of what the step's channels and images share: first and after the last."""
    first_row, last_row = row[step[INPUTS]], row[step[LAST] - 1] + 1
    if step[IMAGES] == len(column):
        return first_row, last_row, 0, columns
    return first_row, last_row, column[step[FIRST]], column[step[FIRST] + step[IMAGES] - 1] + 1


@inline
def _read(step, kinds, affine, shared, memory, running):  # type: ignore[no-untyped-def]
    """γ, β, and what a fixed norm remembers."""
    for k in range(len(kinds)):
        for c in range(step[INPUTS], step[LAST]):
            affine[k, GAMMA, c] = memory[kinds[k, AT_GAMMA] + c]
            affine[k, BETA, c] = memory[kinds[k, AT_BETA] + c] if kinds[k, AT_BETA] >= 0 else 0.0
            if kinds[k, FIXED]:
                shared[k, MEAN, c, 0] = running[kinds[k, AT_MEAN] + c]
                shared[k, VAR, c, 0] = running[kinds[k, AT_MEAN] + step[OUTPUTS] + c]


@inline
def _remember(step, images, kinds, momentum, shared, running):  # type: ignore[no-untyped-def]
    """The mean over the ghosts, each weighted by its images; the variance of each is the unbiased one."""
    whole = step[SIZE] * step[SIZE] * images
    for k in range(len(kinds)):
        at, weight = kinds[k, AT_MEAN], momentum[k]
        if at < 0 or kinds[k, FIXED]:
            continue
        for c in range(step[INPUTS], step[LAST]):
            mean = var = 0.0
            for q in range(shared.shape[3]):
                count = shared[k, COUNT, c, q]
                if count > 1:
                    share = count / whole
                    mean += share * shared[k, MEAN, c, q]
                    var += share * shared[k, VAR, c, q] * count / (count - 1)
            running[at + c] += weight * (mean - running[at + c])
            running[at + step[OUTPUTS] + c] += weight * (var - running[at + step[OUTPUTS] + c])


@inline
def _measure(step, kind, row, column, shared, found):  # type: ignore[no-untyped-def]
    """Mean and variance of what a norm finds (4, C, B)."""
    first_row, last_row, first, last = _table(row, column, shared.shape[2], step)
    if not kind[FIXED]:
        for r in range(first_row, last_row):
            for q in range(first, last):
                shared[MEAN, r, q] = shared[VAR, r, q] = 0.0
        for c in range(step[INPUTS], step[LAST]):
            for b in range(step[FIRST], step[FIRST] + step[IMAGES]):
                shared[MEAN, row[c], column[b]] += found[SUM, c, b]
                shared[VAR, row[c], column[b]] += found[SQUARE, c, b]
    for r in range(first_row, last_row):
        for q in range(first, last):
            if not kind[FIXED]:
                count = shared[COUNT, r, q]
                mean = shared[MEAN, r, q] / count if kind[CENTERED] else 0.0
                excess = shared[VAR, r, q] / count - mean * mean
                shared[MEAN, r, q] = mean
                shared[VAR, r, q] = 0.0 if excess < 0 else excess
            shared[INVERSE, r, q] = 1 / np.sqrt(shared[VAR, r, q] + EPSILON)


@inline
def normalize(  # type: ignore[no-untyped-def]
    step, all_rows, columns, all_shared, all_kinds, momentum, all_affine, all_before, scaling, memory, running
):
    """y = a·x + d after a block's K norms, for x of `SIZE`² values in each channel of each image.

    `before` starts with the input's sums, and goes on with what each norm finds; `scaling` gets a and d.
    """
    block, places = step[BLOCK], step[SIZE] * step[SIZE]
    rows, shared, kinds = all_rows[block], all_shared[block], all_kinds[block]
    affine, before = all_affine[block], all_before[block % len(all_before)]
    _read(step, kinds, affine, shared, memory, running)
    for k in range(len(kinds)):
        _measure(step, kinds[k], rows[k], columns[k], shared[k], before[k])
        for c in range(step[INPUTS], step[LAST]):
            r, gamma, beta = rows[k, c], affine[k, GAMMA, c], affine[k, BETA, c]
            for b in range(step[FIRST], step[FIRST] + step[IMAGES]):
                q = columns[k, b]
                factor = gamma * shared[k, INVERSE, r, q]
                shift = beta - shared[k, MEAN, r, q] * factor
                sums, squares = before[k, SUM, c, b], before[k, SQUARE, c, b]
                before[k + 1, SCALE, c, b] = factor * before[k, SCALE, c, b]
                before[k + 1, SHIFT, c, b] = factor * before[k, SHIFT, c, b] + shift
                before[k + 1, SUM, c, b] = factor * sums + places * shift
                before[k + 1, SQUARE, c, b] = factor * (factor * squares + 2 * shift * sums) + places * shift * shift
    _remember(step, columns.shape[1], kinds, momentum, shared, running)
    _copy(step, before[len(kinds)], scaling[block], np.int64(SCALE))


@inline
def normalize_gradient(  # type: ignore[no-untyped-def]
    step, all_rows, columns, all_shared, all_kinds, all_affine, all_before, scaling, all_slope, memory
):
    """Back through `normalize`: `slope` (4, C, B) begins as the gradients of a and d, ends as those of Σx, Σx², which
    `scaling` gets.

    Those of γ and β, from `GRADIENT` on in memory as the parameters are from its beginning, grow by what the step's
    channels and images add.
    """
    block, places = step[BLOCK], step[SIZE] * step[SIZE]
    rows, shared, kinds = all_rows[block], all_shared[block], all_kinds[block]
    affine, before, slope = all_affine[block], all_before[block], all_slope[block]
    for c in range(step[INPUTS], step[LAST]):
        for b in range(step[FIRST], step[FIRST] + step[IMAGES]):
            slope[SUM, c, b] = 0.0
            slope[SQUARE, c, b] = 0.0
    for k in range(len(kinds) - 1, -1, -1):
        first_row, last_row, first, last = _table(rows[k], columns[k], shared.shape[3], step)
        for r in range(first_row, last_row):
            for q in range(first, last):
                shared[k, BY_MEAN, r, q] = shared[k, BY_VAR, r, q] = 0.0
        for c in range(step[INPUTS], step[LAST]):
            r, gamma, beta = rows[k, c], affine[k, GAMMA, c], affine[k, BETA, c]
            by_gamma = by_beta = 0.0
            for b in range(step[FIRST], step[FIRST] + step[IMAGES]):
                q = columns[k, b]
                mean, inverse = shared[k, MEAN, r, q], shared[k, INVERSE, r, q]
                factor = gamma * inverse
                shift = beta - mean * factor
                sums, squares = before[k, SUM, c, b], before[k, SQUARE, c, b]
                g_scale, g_shift = slope[SCALE, c, b], slope[SHIFT, c, b]
                g_sum, g_square = slope[SUM, c, b], slope[SQUARE, c, b]
                by_shift = g_shift + places * g_sum + 2 * g_square * (factor * sums + places * shift)
                by_factor = g_scale * before[k, SCALE, c, b] + g_shift * before[k, SHIFT, c, b] + g_sum * sums
                by_factor += 2 * g_square * (factor * squares + shift * sums) - mean * by_shift
                by_beta += by_shift
                by_gamma += by_factor * inverse
                shared[k, BY_MEAN, r, q] -= factor * by_shift
                shared[k, BY_VAR, r, q] -= 0.5 * by_factor * gamma * inverse * inverse * inverse
                slope[SCALE, c, b] = g_scale * factor
                slope[SHIFT, c, b] = g_shift * factor
                slope[SUM, c, b] = factor * (g_sum + 2 * g_square * shift)
                slope[SQUARE, c, b] = g_square * factor * factor
            memory[step[GRADIENT] + kinds[k, AT_GAMMA] + c] += by_gamma
            if kinds[k, AT_BETA] >= 0:
                memory[step[GRADIENT] + kinds[k, AT_BETA] + c] += by_beta
        if kinds[k, FIXED]:
            continue
        for c in range(step[INPUTS], step[LAST]):
            r = rows[k, c]
            for b in range(step[FIRST], step[FIRST] + step[IMAGES]):
                q = columns[k, b]
                count = shared[k, COUNT, r, q]
                if kinds[k, CENTERED]:
                    slope[SUM, c, b] += (
                        shared[k, BY_MEAN, r, q] - 2 * shared[k, MEAN, r, q] * shared[k, BY_VAR, r, q]
                    ) / count
                slope[SQUARE, c, b] += shared[k, BY_VAR, r, q] / count
    _copy(step, slope, scaling[block], np.int64(SUM))


@inline
def _copy(step, source, target, first):  # type: ignore[no-untyped-def]
    """Rows `first` and the next of source (4, C, B) in double precision, to the same in the network's."""
    for k in range(first, first + 2):
        for c in range(step[INPUTS], step[LAST]):
            for b in range(step[FIRST], step[FIRST] + step[IMAGES]):
                target[k, c, b] = source[k, c, b]
