"""3×3 convolution forward, with what follows it, and backward."""

import numpy as np

from normlab.training.kernels.compile import accessor, inline
from normlab.training.kernels.dropout import drop, place

_CHUNK = 1024
"""Values of a row that are worked on at a time: four rows of sums of that many fit into the nearest cache."""
_PAGE, _APART = 1024, 528
"""Values of a page of 4096 bytes, and how far into another page the next row of sums begins: at the same place of two
pages, a load waits for the other's store, which took a third of the time."""


@inline
def _add_up_4(x, w, bias, sums, o, h, at, end, step):  # type: ignore[no-untyped-def]
    """Output channels o to o+3, row h, places `at` to `end`, into the rows of `sums`; a column has `step` values."""
    length = end - at
    y0, y1, y2, y3 = sums[0, :length], sums[1, :length], sums[2, :length], sums[3, :length]
    y0[:], y1[:], y2[:], y3[:] = bias[o], bias[o + 1], bias[o + 2], bias[o + 3]
    for c in range(x.shape[0]):
        for k in range(3):
            row = x[c, h + k]
            left, middle, right = row[at:end], row[at + step : end + step], row[at + 2 * step : end + 2 * step]
            a0, a1, a2 = w[o, c, k, 0], w[o, c, k, 1], w[o, c, k, 2]
            b0, b1, b2 = w[o + 1, c, k, 0], w[o + 1, c, k, 1], w[o + 1, c, k, 2]
            c0, c1, c2 = w[o + 2, c, k, 0], w[o + 2, c, k, 1], w[o + 2, c, k, 2]
            d0, d1, d2 = w[o + 3, c, k, 0], w[o + 3, c, k, 1], w[o + 3, c, k, 2]
            for i in range(length):
                p, q, r = left[i], middle[i], right[i]
                y0[i] += a0 * p + a1 * q + a2 * r
                y1[i] += b0 * p + b1 * q + b2 * r
                y2[i] += c0 * p + c1 * q + c2 * r
                y3[i] += d0 * p + d1 * q + d2 * r


@inline
def _add_up_2(x, w, bias, sums, o, h, at, end, step):  # type: ignore[no-untyped-def]
    """As `_add_up_4`, for two output channels."""
    length = end - at
    y0, y1 = sums[0, :length], sums[1, :length]
    y0[:], y1[:] = bias[o], bias[o + 1]
    for c in range(x.shape[0]):
        for k in range(3):
            row = x[c, h + k]
            left, middle, right = row[at:end], row[at + step : end + step], row[at + 2 * step : end + 2 * step]
            a0, a1, a2 = w[o, c, k, 0], w[o, c, k, 1], w[o, c, k, 2]
            b0, b1, b2 = w[o + 1, c, k, 0], w[o + 1, c, k, 1], w[o + 1, c, k, 2]
            for i in range(length):
                p, q, r = left[i], middle[i], right[i]
                y0[i] += a0 * p + a1 * q + a2 * r
                y1[i] += b0 * p + b1 * q + b2 * r


@inline
def _some_channels(x, w, bias, sums, o, h, at, end, step):  # type: ignore[no-untyped-def]
    """Four of the channels from o on, or the last two, added up; gives the first of them and the one after them."""
    channels = w.shape[0]
    if o + 4 <= channels:
        _add_up_4(x, w, bias, sums, o, h, at, end, step)
        return o, o + 4
    first = min(o, channels - 2)
    _add_up_2(x, w, bias, sums, first, h, at, end, step)
    return first, first + 2


@accessor
def _chunk(images):  # type: ignore[no-untyped-def]
    return images * max(1, _CHUNK // images)


@accessor
def _sums(x, chunk):  # type: ignore[no-untyped-def]
    return np.empty((4, -(-chunk // _PAGE) * _PAGE + _APART), x.dtype)


@inline
def convolve(x, w, bias, y, images):  # type: ignore[no-untyped-def]
    """y (O, H-2, (W-2)·B) = 3×3 convolution of x (C, H, W·B) with w (O, C, 3, 3), plus bias (O,). O is at least 2."""
    chunk = _chunk(images)
    sums = _sums(x, chunk)
    for h in range(y.shape[1]):
        for at in range(0, y.shape[2], chunk):
            end = min(y.shape[2], at + chunk)
            o = 0
            while o < y.shape[0]:
                first, after = _some_channels(x, w, bias, sums, o, h, at, end, images)
                for channel in range(o, after):
                    source, target = sums[channel - first], y[channel, h, at:end]
                    for i in range(end - at):
                        target[i] = source[i]
                o = after


@inline
def convolve_relu(x, w, bias, y, part, totals, squares, draw):  # type: ignore[no-untyped-def]
    """As `convolve`, then ReLU and dropout; `totals` and `squares` (O, B) get each image's Σy and Σy²."""
    images = part.images
    chunk = _chunk(images)
    sums = _sums(x, chunk)
    total, square = np.empty((len(y), images), y.dtype), np.empty((len(y), images), y.dtype)
    totals[:, part.first : part.first + images] = 0
    squares[:, part.first : part.first + images] = 0
    for h in range(y.shape[1]):
        total[:] = 0
        square[:] = 0
        for at in range(0, y.shape[2], chunk):
            end = min(y.shape[2], at + chunk)
            o = 0
            while o < y.shape[0]:
                first, after = _some_channels(x, w, bias, sums, o, h, at, end, images)
                for channel in range(o, after):
                    source = sums[channel - first]
                    _rectify(source, y, channel, h, at, end, part, draw, total[channel], square[channel])
                o = after
        for o in range(y.shape[0]):
            for i in range(images):
                totals[o, part.first + i] += total[o, i]
                squares[o, part.first + i] += square[o, i]


@inline
def _rectify(source, y, o, h, at, end, part, draw, total, square):  # type: ignore[no-untyped-def]
    """ReLU and dropout of a row's places `at` to `end`, and what they add to each image's sums."""
    zero = y.dtype.type(0)
    for column in range(at, end, part.images):
        value, target = source[column - at : column - at + part.images], y[o, h, column : column + part.images]
        for i in range(part.images):
            target[i] = zero if value[i] < 0 else value[i]
        if draw.threshold > 0:
            drop(target, place(y, o, h, column, part), draw)
        for i in range(part.images):
            total[i] += target[i]
            square[i] += target[i] * target[i]


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
