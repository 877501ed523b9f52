"""A norm's scale and shift, and the way back through it, dropout and ReLU."""

from normlab.training.kernels.compile import kernel
from normlab.training.kernels.dropout import drop


@kernel
def scale_shift(x, a, d, y, images, key, threshold, scale):  # type: ignore[no-untyped-def]
    """y = dropout(a·x + d) with a and d (C, B)."""
    for c in range(x.shape[0]):
        factor, shift = a[c], d[c]
        for h in range(x.shape[1]):
            for column in range(0, x.shape[2], images):
                source, target = x[c, h, column : column + images], y[c, h, column : column + images]
                for i in range(images):
                    target[i] = factor[i] * source[i] + shift[i]
                if threshold > 0:
                    drop(target, (c * x.shape[1] + h) * x.shape[2] + column, key, threshold, scale)


@kernel
def scale_shift_gradient(x, g, images, key, threshold, scale, ga, gd):  # type: ignore[no-untyped-def]
    """Gradients of a and d (C, B) in `scale_shift`; g, that of y, becomes that before dropout."""
    for c in range(x.shape[0]):
        factor, shift = ga[c], gd[c]
        factor[:] = 0
        shift[:] = 0
        for h in range(x.shape[1]):
            for column in range(0, x.shape[2], images):
                source, gradient = x[c, h, column : column + images], g[c, h, column : column + images]
                if threshold > 0:
                    drop(gradient, (c * x.shape[1] + h) * x.shape[2] + column, key, threshold, scale)
                for i in range(images):
                    factor[i] += gradient[i] * source[i]
                    shift[i] += gradient[i]


@kernel
def relu_gradient(x, g, a, gsum, gsquare, images, scale, border, gz):  # type: ignore[no-untyped-def]
    """gz: the gradient before ReLU and dropout, from that after the norms, in a border of zeros.

    x (C, H, W·B) is what `convolve_relu` gave, g the gradient of a·x + d; gsum and gsquare (C, B) are the gradients of
    Σx and Σx². Where x is 0, either ReLU or dropout has cut the gradient.
    """
    two, zero = x.dtype.type(2), x.dtype.type(0)
    height, width = x.shape[1:]
    edge = border * images
    for c in range(x.shape[0]):
        factor, by_sum, by_square = a[c], gsum[c], gsquare[c]
        gz[c, :border] = zero
        gz[c, border + height :] = zero
        for h in range(height):
            row = gz[c, h + border]
            row[:edge] = zero
            row[edge + width :] = zero
            for column in range(0, width, images):
                value, gradient = x[c, h, column : column + images], g[c, h, column : column + images]
                target = row[edge + column : edge + column + images]
                for i in range(images):
                    whole = factor[i] * gradient[i] + by_sum[i] + two * by_square[i] * value[i]
                    target[i] = zero if value[i] == 0 else scale * whole
