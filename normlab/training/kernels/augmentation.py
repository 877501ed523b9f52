"""The study's augmentation, image by image."""

import numpy as np
from numba import njit

from normlab.training.kernels.compile import keep


@keep
@njit(error_model="numpy", nogil=True)
def turn_and_erase(images, fill, turns, boxes, table, y):  # type: ignore[no-untyped-def]
    """y (B, H, W): `table` (256,) of the bytes (B, H, W), each image turned about its center, a box in it set to 0.

    `turns` (B, 2) are cosine and sine of the angle; places that come from outside have the byte `fill`. `boxes` (B, 4)
    are top, left, height and width. No sum is reordered: the nearest byte is the one that `data.rotate` finds.
    """
    height, width = images.shape[1:]
    source = np.empty(width, np.int32)
    for b in range(len(images)):
        cos, sin = turns[b]
        top, left, high, wide = boxes[b]
        image = images[b].reshape(height * width)
        for h in range(height):
            down = h + 0.5 - height / 2
            by_column, by_row = sin * down, cos * down
            for w in range(width):
                right = w + 0.5 - width / 2
                column = np.int32(cos * right + (width / 2 + width) - by_column) - width
                row = np.int32(sin * right + (height / 2 + height) + by_row) - height
                inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
                source[w] = row * width + column if inside else -1
            for w in range(width):
                y[b, h, w] = table[image[source[w]] if source[w] >= 0 else fill]
        for h in range(top, top + high):
            y[b, h, left : left + wide] = 0
