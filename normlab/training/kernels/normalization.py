"""A chain of norms as one scale and one shift, from the sums of what it normalizes, and the way back.

Every norm needs only Σx and Σx² by channel and image, added up over those that share a mean and a variance; and the
sums after a norm follow from those before it. All arrays of (C, B) are in double precision.
"""

from typing import Any, NamedTuple

import numpy as np

from normlab.training.kernels.compile import accessor, inline

EPSILON = 1e-5

SCALE, SHIFT, SUM, SQUARE = range(4)
"""What a norm finds, in `before`: scale and shift of the norms before it, Σx and Σx² of its input."""


class Chain(NamedTuple):
    """A block's K norms, in order, on a batch of B images.

    `shares` (K, C, B) numbers what shares a mean and a variance; `counts` (K, S) are its values. `mean` and `var`
    (K, S) are computed, unless the norm is `fixed` (K,): then they are the running averages. `at` (K, 3) is where among
    the parameters γ and β begin, and where among the running averages the mean does, with the variance after it
    (-1: not remembered), each new one with weight `momentum` (K,). `gamma` and `beta` (K, C) are in double precision.
    `before` (K + 1, 4, C, B) is what each norm finds. `scaling` (4, C, B), in the network's precision, holds a and d,
    and on the way back the gradients of Σx and Σx²; `slope` (4, C, B), `by_gamma` and `by_beta` (K, C) are gradients.
    """

    shares: Any
    counts: Any
    fixed: Any
    at: Any
    momentum: Any
    mean: Any
    var: Any
    gamma: Any
    beta: Any
    before: Any
    scaling: Any
    slope: Any
    by_gamma: Any
    by_beta: Any


@accessor
def chain_of(chains, s):  # type: ignore[no-untyped-def]
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


@inline
def read(norm, channels, parameters, running):  # type: ignore[no-untyped-def]
    """γ, β, and what a fixed norm remembers."""
    for k in range(len(norm.gamma)):
        gamma, beta, mean = norm.at[k]
        for c in range(channels):
            norm.gamma[k, c], norm.beta[k, c] = parameters[gamma + c], parameters[beta + c]
            if norm.fixed[k]:
                norm.mean[k, c], norm.var[k, c] = running[mean + c], running[mean + channels + c]


@inline
def remember(places, channels, norm, running):  # type: ignore[no-untyped-def]
    """The mean over the ghosts, each weighted by its images; the variance of each is the unbiased one."""
    norms, _, images = norm.shares.shape
    for k in range(norms):
        at, weight = norm.at[k, 2], norm.momentum[k]
        if at < 0 or norm.fixed[k]:
            continue
        ghosts = 0
        for b in range(images):
            ghosts = max(ghosts, norm.shares[k, 0, b] + 1)
        for c in range(channels):
            mean = var = 0.0
            for s in range(c * ghosts, (c + 1) * ghosts):
                count = norm.counts[k, s]
                share = count / (places * images)
                mean += share * norm.mean[k, s]
                var += share * norm.var[k, s] * count / (count - 1)
            running[at + c] += weight * (mean - running[at + c])
            running[at + channels + c] += weight * (var - running[at + channels + c])


@inline
def normalize(places, channels, norm):  # type: ignore[no-untyped-def]
    """y = a·x + d after the K norms of a `Chain`, for x of `places` values in each channel of each image.

    `before` starts with the input's sums, and goes on with what each norm finds; its last entry starts with a and d.
    """
    shares, counts, fixed, mean, var = norm.shares, norm.counts, norm.fixed, norm.mean, norm.var
    gamma, beta, before = norm.gamma, norm.beta, norm.before
    norms, _, images = shares.shape
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
                factor = gamma[k, c] / np.sqrt(var[k, s] + EPSILON)
                shift = beta[k, c] - mean[k, s] * factor
                sums, squares = before[k, SUM, c, b], before[k, SQUARE, c, b]
                before[k + 1, SCALE, c, b] = factor * before[k, SCALE, c, b]
                before[k + 1, SHIFT, c, b] = factor * before[k, SHIFT, c, b] + shift
                before[k + 1, SUM, c, b] = factor * sums + places * shift
                before[k + 1, SQUARE, c, b] = factor * (factor * squares + 2 * shift * sums) + places * shift * shift


@inline
def normalize_gradient(places, channels, norm):  # type: ignore[no-untyped-def]
    """Back through `normalize`: `slope` (4, C, B) begins as the gradients of a and d, ends as those of Σx, Σx²."""
    shares, counts, mean, var, slope = norm.shares, norm.counts, norm.mean, norm.var, norm.slope
    gamma, beta, before, by_gamma, by_beta = norm.gamma, norm.beta, norm.before, norm.by_gamma, norm.by_beta
    slope[SUM] = 0
    slope[SQUARE] = 0
    norms, _, images = shares.shape
    by_gamma[:] = 0
    by_beta[:] = 0
    for k in range(norms - 1, -1, -1):
        by_mean, by_var = np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
        for c in range(channels):
            for b in range(images):
                s = shares[k, c, b]
                inverse = 1 / np.sqrt(var[k, s] + EPSILON)
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
        if norm.fixed[k]:
            continue
        for c in range(channels):
            for b in range(images):
                s = shares[k, c, b]
                slope[SUM, c, b] += (by_mean[s] - 2 * mean[k, s] * by_var[s]) / counts[k, s]
                slope[SQUARE, c, b] += by_var[s] / counts[k, s]
