"""A chain of norms as one scale and one shift, from the sums of what it normalizes, and the way back.

Every norm needs only Σx and Σx² by channel and image, added up over those that share a mean and a variance; and the
sums after a norm follow from those before it. All arrays of (C, B) are in double precision.
"""

import numpy as np

from normlab.training.kernels.compile import kernel

SCALE, SHIFT, SUM, SQUARE = range(4)
"""What a norm finds, in `before`: scale and shift of the norms before it, Σx and Σx² of its input."""


@kernel
def normalize(places, shares, counts, fixed, mean, var, epsilon, gamma, beta, before):  # type: ignore[no-untyped-def]
    """y = a·x + d after K norms, for x of `places` values in each channel of each image.

    `shares` (K, C, B) numbers what shares a mean and a variance; `counts` (K, S) are its values. `mean` and `var`
    (K, S) are computed, unless the norm is `fixed` (K,). `before` (K + 1, 4, C, B) starts with the input's sums, and
    goes on with what each norm finds; its last entry starts with a and d.
    """
    norms, channels, images = shares.shape
    for k in range(norms):
        if not fixed[k]:
            mean[k] = 0
            var[k] = 0
            for c in range(channels):
                for b in range(images):
                    mean[k, shares[k, c, b]] += before[k, SUM, c, b]
                    var[k, shares[k, c, b]] += before[k, SQUARE, c, b]
            for s in range(counts.shape[1]):
                mean[k, s] /= counts[k, s]
                excess = var[k, s] / counts[k, s] - mean[k, s] * mean[k, s]
                var[k, s] = 0.0 if excess < 0 else excess
        for c in range(channels):
            for b in range(images):
                s = shares[k, c, b]
                factor = gamma[k, c] / np.sqrt(var[k, s] + epsilon)
                shift = beta[k, c] - mean[k, s] * factor
                sums, squares = before[k, SUM, c, b], before[k, SQUARE, c, b]
                before[k + 1, SCALE, c, b] = factor * before[k, SCALE, c, b]
                before[k + 1, SHIFT, c, b] = factor * before[k, SHIFT, c, b] + shift
                before[k + 1, SUM, c, b] = factor * sums + places * shift
                before[k + 1, SQUARE, c, b] = factor * (factor * squares + 2 * shift * sums) + places * shift * shift


@kernel
def normalize_gradient(  # type: ignore[no-untyped-def]
    places, shares, counts, fixed, mean, var, epsilon, gamma, beta, before, slope, by_gamma, by_beta
):
    """Back through `normalize`: `slope` (4, C, B) begins as the gradients of a and d, ends as those of Σx, Σx²."""
    norms, channels, images = shares.shape
    by_gamma[:] = 0
    by_beta[:] = 0
    for k in range(norms - 1, -1, -1):
        by_mean, by_var = np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
        for c in range(channels):
            for b in range(images):
                s = shares[k, c, b]
                inverse = 1 / np.sqrt(var[k, s] + epsilon)
                factor = gamma[k, c] * inverse
                shift = beta[k, c] - mean[k, s] * factor
                sums, squares = before[k, SUM, c, b], before[k, SQUARE, c, b]
                g_scale, g_shift = slope[SCALE, c, b], slope[SHIFT, c, b]
                g_sum, g_square = slope[SUM, c, b], slope[SQUARE, c, b]
                by_shift = g_shift + places * g_sum + 2 * g_square * (factor * sums + places * shift)
                by_factor = g_scale * before[k, SCALE, c, b] + g_shift * before[k, SHIFT, c, b] + g_sum * sums
                by_factor += 2 * g_square * (factor * squares + shift * sums) - mean[k, s] * by_shift
                by_beta[k, c] += by_shift
                by_gamma[k, c] += by_factor * inverse
                by_mean[s] -= factor * by_shift
                by_var[s] -= 0.5 * by_factor * gamma[k, c] * inverse * inverse * inverse
                slope[SCALE, c, b] = g_scale * factor
                slope[SHIFT, c, b] = g_shift * factor
                slope[SUM, c, b] = factor * (g_sum + 2 * g_square * shift)
                slope[SQUARE, c, b] = g_square * factor * factor
        if fixed[k]:
            continue
        for c in range(channels):
            for b in range(images):
                s = shares[k, c, b]
                slope[SUM, c, b] += (by_mean[s] - 2 * mean[k, s] * by_var[s]) / counts[k, s]
                slope[SQUARE, c, b] += by_var[s] / counts[k, s]
