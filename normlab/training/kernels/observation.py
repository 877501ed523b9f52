"""What is looked at on the way: a pass's activations (zeros, range, histogram), and a step's parameters."""

import math

import numpy as np

from normlab.training.kernels.compile import kernel
from normlab.training.kernels.lanes import LANES


@kernel
def observe(memory, starts, size, images, shown, factor, shift, zeros, edges, counts):  # type: ignore[no-untyped-def]
    """Of y = factor·z + shift, both (C, B); z (C, size, size·LANES) of each tile begins at `starts` (tiles,) in memory.

    zeros (C,) becomes the number of values that are 0, among all `images`. Of the first `shown` of them, edges (2,)
    become the lowest and the highest value, NaN if one is not finite, and counts (bins,) the values in equal bins
    between them; one wide, around it, where all are equal.
    """
    low, high, is_finite = math.inf, -math.inf, True
    channel = size * size * LANES
    for c in range(len(zeros)):
        found = 0
        for t in range(len(starts)):
            for i in range(min(LANES, images - t * LANES)):
                b = t * LANES + i
                a, d, at = memory.dtype.type(factor[c, b]), memory.dtype.type(shift[c, b]), starts[t] + c * channel + i
                for place in range(at, at + channel, LANES):
                    value = a * memory[place] + d
                    if value == 0:
                        found += 1
                    if b < shown:
                        low, high = min(low, value), max(high, value)
                        is_finite = is_finite and np.isfinite(value)
        zeros[c] = found
    if not low < high:
        high = low + max(1.0, abs(low) * 1e-3)
    edges[0], edges[1] = (low, high) if is_finite else (math.nan, math.nan)
    for k in range(len(counts)):
        counts[k] = 0
    if not is_finite:
        return
    bins, scale = len(counts), len(counts) / (high - low)
    for c in range(len(zeros)):
        for b in range(min(shown, images)):
            a, d = memory.dtype.type(factor[c, b]), memory.dtype.type(shift[c, b])
            at = starts[b // LANES] + c * channel + b % LANES
            for place in range(at, at + channel, LANES):
                counts[min(bins - 1, int((a * memory[place] + d - low) * scale))] += 1


@kernel
def add_squares(before, after, gradient, penalty, edges, sums):  # type: ignore[no-untyped-def]
    """sums (P, 5), in double precision: Σw², Σd², Σw·d, Σg², Σp² of each parameter.

    w is `before`, d is `after` - w, g the `gradient` of the data loss, p that of the penalty, all (N,); edges (P + 1,)
    are where the parameters begin and end.
    """
    for k in range(len(sums)):
        w2 = d2 = wd = g2 = p2 = 0.0
        for n in range(edges[k], edges[k + 1]):
            w = np.float64(before[n])
            d, g, p = np.float64(after[n]) - w, np.float64(gradient[n]), np.float64(penalty[n])
            w2 += w * w
            d2 += d * d
            wd += w * d
            g2 += g * g
            p2 += p * p
        sums[k, 0], sums[k, 1], sums[k, 2], sums[k, 3], sums[k, 4] = w2, d2, wd, g2, p2
