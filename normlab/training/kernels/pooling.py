"""1×1 convolution and 2×2 max pooling in one."""

import numpy as np

from normlab.training.kernels.compile import accessor, inline


@accessor
def _window(x, c, h, column, images):  # type: ignore[no-untyped-def]
    """The four places of a 2×2 window with upper left corner (h, column), B values each."""
    upper, lower = x[c, h], x[c, h + 1]
    middle, end = column + images, column + 2 * images
    return upper[column:middle], upper[middle:end], lower[column:middle], lower[middle:end]


@inline
def mix_pool(x, w, bias, y, places, images):  # type: ignore[no-untyped-def]
    """1×1 convolution with w (O, C) and 2×2 max pooling: y (O, H/2, W/2·B); `places` says where each maximum was."""
    outputs, channels = w.shape
    zero = x.dtype.type(0)
    for h in range(y.shape[1]):
        mixed = np.empty((4, images), x.dtype)
        m0, m1, m2, m3 = mixed[0], mixed[1], mixed[2], mixed[3]
        for at in range(0, y.shape[2], images):
            for o in range(outputs):
                mixed[:] = zero
                for c in range(channels):
                    x0, x1, x2, x3 = _window(x, c, 2 * h, 2 * at, images)
                    weight = w[o, c]
                    for i in range(images):
                        m0[i] += weight * x0[i]
                        m1[i] += weight * x1[i]
                        m2[i] += weight * x2[i]
                        m3[i] += weight * x3[i]
                target, place = y[o, h, at : at + images], places[o, h, at : at + images]
                for i in range(images):
                    best, where = m0[i], np.uint8(0)
                    if m1[i] > best or m1[i] != m1[i]:
                        best, where = m1[i], np.uint8(1)
                    if m2[i] > best or m2[i] != m2[i]:
                        best, where = m2[i], np.uint8(2)
                    if m3[i] > best or m3[i] != m3[i]:
                        best, where = m3[i], np.uint8(3)
                    target[i] = best + bias[o]
                    place[i] = where


@inline
def mix_pool_gradient(x, w, g, places, images, gx, gw):  # type: ignore[no-untyped-def]
    """Gradients of x and of w (O, C) in `mix_pool`."""
    outputs, channels = w.shape
    zero = x.dtype.type(0)
    gw[:] = 0
    for h in range(g.shape[1]):
        routed = np.empty((outputs, 4, images), x.dtype)
        for at in range(0, g.shape[2], images):
            for o in range(outputs):
                gradient, place = g[o, h, at : at + images], places[o, h, at : at + images]
                for k in range(4):
                    target = routed[o, k]
                    for i in range(images):
                        target[i] = gradient[i] if place[i] == k else zero
            for c in range(channels):
                x0, x1, x2, x3 = _window(x, c, 2 * h, 2 * at, images)
                g0, g1, g2, g3 = _window(gx, c, 2 * h, 2 * at, images)
                g0[:], g1[:], g2[:], g3[:] = zero, zero, zero, zero
                for o in range(outputs):
                    r0, r1, r2, r3 = routed[o, 0], routed[o, 1], routed[o, 2], routed[o, 3]
                    weight, product = w[o, c], zero
                    for i in range(images):
                        g0[i] += weight * r0[i]
                        g1[i] += weight * r1[i]
                        g2[i] += weight * r2[i]
                        g3[i] += weight * r3[i]
                        product += x0[i] * r0[i] + x1[i] * r1[i] + x2[i] * r2[i] + x3[i] * r3[i]
                    gw[o, c] += product
