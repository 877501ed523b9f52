"""A norm's scale and shift, and the way back through it, dropout and ReLU."""

import numpy as np

from normlab.training.kernels.compile import inline
from normlab.training.kernels.dropout import drop, place


@inline
def scale_shift(x, a, d, y, border, part, draw):  # type: ignore[no-untyped-def]
    """y = dropout(a·x + d) with a and d (C, B), in a `border` of zeros."""
    images, first = part.images, part.first
    height, width = x.shape[1:]
    edge = border * images
    zero = x.dtype.type(0)
    for c in range(x.shape[0]):
        factor, shift = a[c, first : first + images], d[c, first : first + images]
        y[c, :border] = zero
        y[c, border + height :] = zero
        for h in range(height):
            row = y[c, h + border]
            row[:edge] = zero
            row[edge + width :] = zero
            for column in range(0, width, images):
                source, target = x[c, h, column : column + images], row[edge + column : edge + column + images]
                for i in range(images):
                    target[i] = factor[i] * source[i] + shift[i]
                if draw.threshold > 0:
                    drop(target, place(x, c, h, column, part), draw)


@inline
def scale_shift_gradient(x, g, border, part, draw, ga, gd):  # type: ignore[no-untyped-def]
    """Gradients of a and d (C, B) in `scale_shift`; g, that of y with its border, becomes that before dropout."""
    images, first = part.images, part.first
    edge = border * images
    factor, shift = np.empty(images, x.dtype), np.empty(images, x.dtype)
    for c in range(x.shape[0]):
        whole_factor, whole_shift = ga[c, first : first + images], gd[c, first : first + images]
        whole_factor[:] = 0
        whole_shift[:] = 0
        for h in range(x.shape[1]):
            factor[:] = 0
            shift[:] = 0
            row = g[c, h + border]
            for column in range(0, x.shape[2], images):
                source, gradient = x[c, h, column : column + images], row[edge + column : edge + column + images]
                if draw.threshold > 0:
                    drop(gradient, place(x, c, h, column, part), draw)
                for i in range(images):
                    factor[i] += gradient[i] * source[i]
                    shift[i] += gradient[i]
            for i in range(images):
                whole_factor[i] += factor[i]
                whole_shift[i] += shift[i]


@inline
def relu_gradient(x, g, border, a, gsum, gsquare, part, scale, gz):  # type: ignore[no-untyped-def]
    """gz: the gradient before ReLU and dropout, from that after the norms, in a border of two zeros.

    x (C, H, W·B) is what `convolve_relu` gave, g (with its own `border`) the gradient of a·x + d; gsum and gsquare
    (C, B) are the gradients of Σx and Σx². Where x is 0, either ReLU or dropout has cut the gradient.
    """
    images, first = part.images, part.first
    two, zero = x.dtype.type(2), x.dtype.type(0)
    height, width = x.shape[1:]
    inner, edge = border * images, 2 * images
    for c in range(x.shape[0]):
        factor, by_sum = a[c, first : first + images], gsum[c, first : first + images]
        by_square = gsquare[c, first : first + images]
        gz[c, :2] = zero
        gz[c, 2 + height :] = zero
        for h in range(height):
            row = gz[c, h + 2]
            row[:edge] = zero
            row[edge + width :] = zero
            for column in range(0, width, images):
                value = x[c, h, column : column + images]
                gradient = g[c, h + border, inner + column : inner + column + images]
                target = row[edge + column : edge + column + images]
                for i in range(images):
                    whole = factor[i] * gradient[i] + by_sum[i] + two * by_square[i] * value[i]
                    target[i] = zero if value[i] == 0 else scale * whole
