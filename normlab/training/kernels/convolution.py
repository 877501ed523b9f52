"""3×3 convolution forward, with what follows it, and backward."""

import numpy as np

from normlab.training.kernels.compile import inline
from normlab.training.kernels.dropout import drop, place

_CHUNK = 1024
"""Values of a row that are worked on at a time: some output rows of that many fit into the nearest cache."""


@inline
def _convolve_4(x, w, bias, y, o, h, at, end, step):  # type: ignore[no-untyped-def]
    """Output channels o to o+3, row h, places `at` to `end`; a column has `step` values."""
    y0, y1, y2, y3 = y[o, h, at:end], y[o + 1, h, at:end], y[o + 2, h, at:end], y[o + 3, h, at:end]
    y0[:], y1[:], y2[:], y3[:] = bias[o], bias[o + 1], bias[o + 2], bias[o + 3]
    for c in range(x.shape[0]):
        for k in range(3):
            row = x[c, h + k]
            left, middle, right = row[at:end], row[at + step : end + step], row[at + 2 * step : end + 2 * step]
            a0, a1, a2 = w[o, c, k, 0], w[o, c, k, 1], w[o, c, k, 2]
            b0, b1, b2 = w[o + 1, c, k, 0], w[o + 1, c, k, 1], w[o + 1, c, k, 2]
            c0, c1, c2 = w[o + 2, c, k, 0], w[o + 2, c, k, 1], w[o + 2, c, k, 2]
            d0, d1, d2 = w[o + 3, c, k, 0], w[o + 3, c, k, 1], w[o + 3, c, k, 2]
            for i in range(end - at):
                p, q, r = left[i], middle[i], right[i]
                y0[i] += a0 * p + a1 * q + a2 * r
                y1[i] += b0 * p + b1 * q + b2 * r
                y2[i] += c0 * p + c1 * q + c2 * r
                y3[i] += d0 * p + d1 * q + d2 * r


@inline
def _convolve_2(x, w, bias, y, o, h, at, end, step):  # type: ignore[no-untyped-def]
    """As `_convolve_4`, for two output channels."""
    y0, y1 = y[o, h, at:end], y[o + 1, h, at:end]
    y0[:], y1[:] = bias[o], bias[o + 1]
    for c in range(x.shape[0]):
        for k in range(3):
            row = x[c, h + k]
            left, middle, right = row[at:end], row[at + step : end + step], row[at + 2 * step : end + 2 * step]
            a0, a1, a2 = w[o, c, k, 0], w[o, c, k, 1], w[o, c, k, 2]
            b0, b1, b2 = w[o + 1, c, k, 0], w[o + 1, c, k, 1], w[o + 1, c, k, 2]
            for i in range(end - at):
                p, q, r = left[i], middle[i], right[i]
                y0[i] += a0 * p + a1 * q + a2 * r
                y1[i] += b0 * p + b1 * q + b2 * r


@inline
def _convolve(x, w, bias, y, h, at, end, step):  # type: ignore[no-untyped-def]
    """Every output channel: four at a time, then two; with an odd number of them one is computed twice."""
    channels = y.shape[0]
    o = 0
    while o + 4 <= channels:
        _convolve_4(x, w, bias, y, o, h, at, end, step)
        o += 4
    while o < channels:
        o = min(o, channels - 2)
        _convolve_2(x, w, bias, y, o, h, at, end, step)
        o += 2


@inline
def convolve(x, w, bias, y, images):  # type: ignore[no-untyped-def]
    """y (O, H-2, (W-2)·B) = 3×3 convolution of x (C, H, W·B) with w (O, C, 3, 3), plus bias (O,). O is at least 2."""
    chunk = images * max(1, _CHUNK // images)
    for h in range(y.shape[1]):
        for at in range(0, y.shape[2], chunk):
            _convolve(x, w, bias, y, h, at, min(y.shape[2], at + chunk), images)


@inline
def convolve_relu(x, w, bias, y, part, sums, squares, draw):  # type: ignore[no-untyped-def]
    """As `convolve`, then ReLU and dropout; `sums` and `squares` (O, B) get each image's Σy and Σy²."""
    images, first = part.images, part.first
    chunk = images * max(1, _CHUNK // images)
    zero = y.dtype.type(0)
    total, square = np.empty((len(y), images), y.dtype), np.empty((len(y), images), y.dtype)
    sums[:, first : first + images] = 0
    squares[:, first : first + images] = 0
    for h in range(y.shape[1]):
        total[:] = zero
        square[:] = zero
        for at in range(0, y.shape[2], chunk):
            stop = min(y.shape[2], at + chunk)
            _convolve(x, w, bias, y, h, at, stop, images)
            for o in range(y.shape[0]):
                for column in range(at, stop, images):
                    value = y[o, h, column : column + images]
                    for i in range(images):
                        value[i] = zero if value[i] < 0 else value[i]
                    if draw.threshold > 0:
                        drop(value, place(y, o, h, column, part), draw)
                    for i in range(images):
                        total[o, i] += value[i]
                        square[o, i] += value[i] * value[i]
        for o in range(y.shape[0]):
            for i in range(images):
                sums[o, first + i] += total[o, i]
                squares[o, first + i] += square[o, i]


@inline
def weight_gradient(x, g, border, images, gw):  # type: ignore[no-untyped-def]
    """Gradient gw (O, C, 3, 3) of w in `convolve`. O is at least 4; g has a `border`."""
    outputs, channels = gw.shape[:2]
    gw[:] = 0
    by_row = np.empty_like(gw)
    length = x.shape[2] - 2 * images
    first = border * images
    zero = x.dtype.type(0)
    for h in range(g.shape[1] - 2 * border):
        for k in range(3):
            for c in range(channels):
                row = x[c, h + k]
                p, q, r = row[:length], row[images : length + images], row[2 * images : length + 2 * images]
                for block in range(0, outputs, 4):
                    o = min(block, outputs - 4)
                    g0 = g[o, h + border, first : first + length]
                    g1 = g[o + 1, h + border, first : first + length]
                    g2 = g[o + 2, h + border, first : first + length]
                    g3 = g[o + 3, h + border, first : first + length]
                    a0 = a1 = a2 = b0 = b1 = b2 = c0 = c1 = c2 = d0 = d1 = d2 = zero
                    for i in range(length):
                        a0 += g0[i] * p[i]
                        a1 += g0[i] * q[i]
                        a2 += g0[i] * r[i]
                        b0 += g1[i] * p[i]
                        b1 += g1[i] * q[i]
                        b2 += g1[i] * r[i]
                        c0 += g2[i] * p[i]
                        c1 += g2[i] * q[i]
                        c2 += g2[i] * r[i]
                        d0 += g3[i] * p[i]
                        d1 += g3[i] * q[i]
                        d2 += g3[i] * r[i]
                    by_row[o, c, k, 0], by_row[o, c, k, 1], by_row[o, c, k, 2] = a0, a1, a2
                    by_row[o + 1, c, k, 0], by_row[o + 1, c, k, 1], by_row[o + 1, c, k, 2] = b0, b1, b2
                    by_row[o + 2, c, k, 0], by_row[o + 2, c, k, 1], by_row[o + 2, c, k, 2] = c0, c1, c2
                    by_row[o + 3, c, k, 0], by_row[o + 3, c, k, 1], by_row[o + 3, c, k, 2] = d0, d1, d2
        for o in range(outputs):
            for c in range(channels):
                for k in range(3):
                    for left in range(3):
                        gw[o, c, k, left] += by_row[o, c, k, left]
