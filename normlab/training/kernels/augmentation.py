"""Images turned and erased in part, each by its own numbers."""

import numpy as np
from numba import prange

from normlab.training.kernels.compile import kernel


@kernel
def turn(x, cos, sin, fill, y):  # type: ignore[no-untyped-def]
    """y (B, H, W): each image of x turned counterclockwise about its center, to the nearest pixel, `fill` outside."""
    height, width = x.shape[1:]
    for b in prange(len(x)):
        for i in range(height):
            down = i + 0.5 - height / 2
            for j in range(width):
                right = j + 0.5 - width / 2
                column = int(np.floor(cos[b] * right - sin[b] * down + width / 2))
                row = int(np.floor(sin[b] * right + cos[b] * down + height / 2))
                is_inside = 0 <= column < width and 0 <= row < height
                y[b, i, j] = x[b, row, column] if is_inside else fill


@kernel
def erase(x, rectangles):  # type: ignore[no-untyped-def]
    """Set a rectangle of each image (B, H, W) to 0; `rectangles` (B, 4) are top, bottom, left, right."""
    for b in prange(len(x)):
        top, bottom, left, right = rectangles[b]
        x[b, top:bottom, left:right] = 0
