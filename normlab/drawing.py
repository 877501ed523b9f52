"""A drawing as an image of a data set: centered and scaled as that data set's own images were. Knows no page.

A drawing is a canvas of 112×112 bytes, 0 is empty: four of its pixels lie along each pixel of a 28×28 image.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image

from normlab.choices import Dataset
from normlab.describe import IMAGE_SIZE

Canvas = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.float64]

FINE = 4
SIZE = FINE * IMAGE_SIZE
_FAINT = 24
"""Fainter pixels do not count as ink where a drawing's edges are looked for: they are the blur of a turned line."""

_CELL, _CELLS, _MARGIN = 3, 8, 2
"""digits: 8×8 values, each 3×3 pixels of the image, and a margin of 2 pixels."""


def empty() -> Canvas:
    return np.zeros((SIZE, SIZE), np.uint8)


def enlarged(image: npt.NDArray[np.uint8]) -> Canvas:
    """An image (28, 28) as a drawing; `as_image` without `centered` gives it back exactly."""
    return np.kron(image, np.ones((FINE, FINE), np.uint8))


def moved(canvas: Canvas, right: int, down: int) -> Canvas:
    """Moved by whole pixels of the 28×28 image; what leaves the canvas is lost."""
    x, y = FINE * right, FINE * down
    padded = np.pad(canvas, SIZE)
    return padded[SIZE - y : 2 * SIZE - y, SIZE - x : 2 * SIZE - x]


def turned(canvas: Canvas, degrees: float) -> Canvas:
    """Turned clockwise about the canvas's center."""
    picture = Image.fromarray(canvas).rotate(-degrees, Image.Resampling.BILINEAR)
    return np.asarray(picture, np.uint8).copy()


def as_image(canvas: Canvas, dataset: Dataset, *, centered: bool) -> npt.NDArray[np.uint8]:
    """The drawing as a data set's image (28, 28): as it lies on the canvas, or centered and scaled.

    MNIST's digits fit into 20×20 pixels, and their center of mass is the image's (http://yann.lecun.com/exdb/mnist/).
    Those of `digits` fill the height of a 32×32 bitmap, of which each 4×4 pixels become one of 17 grey levels (Alpaydin
    and Kaynak 1998). Fashion-MNIST's pictures reach from edge to edge (Xiao et al. 2017).
    """
    grey = canvas.astype(np.float64)
    if centered and (canvas >= _FAINT).any():
        return _CENTERED[dataset](canvas)
    if dataset is Dataset.DIGITS:
        inner = FINE * _MARGIN
        return _from_cells(_blocks(grey[inner:-inner, inner:-inner], _CELLS))
    return _bytes(_blocks(grey, IMAGE_SIZE))


def _like_mnist(canvas: Canvas) -> npt.NDArray[np.uint8]:
    ink = _fitted(canvas, 20)
    rows, columns = (np.arange(size) for size in ink.shape)
    top = round(IMAGE_SIZE / 2 - float((ink.sum(axis=1) * rows).sum() / ink.sum()))
    left = round(IMAGE_SIZE / 2 - float((ink.sum(axis=0) * columns).sum() / ink.sum()))
    return _bytes(_placed(ink, IMAGE_SIZE, top, left))


def _like_digits(canvas: Canvas) -> npt.NDArray[np.uint8]:
    size = 4 * _CELLS
    return _from_cells(_blocks(_in_the_middle(_fitted(canvas, size), size), _CELLS))


def _like_fashion(canvas: Canvas) -> npt.NDArray[np.uint8]:
    return _bytes(_in_the_middle(_fitted(canvas, IMAGE_SIZE), IMAGE_SIZE))


_CENTERED: Mapping[Dataset, Callable[[Canvas], npt.NDArray[np.uint8]]] = {
    Dataset.DIGITS: _like_digits,
    Dataset.MNIST: _like_mnist,
    Dataset.FASHION_MNIST: _like_fashion,
}


def _fitted(canvas: Canvas, size: int) -> Grey:
    """The ink alone, its longer side `size` pixels; sides keep their ratio, and grey levels smooth the edges."""
    rows, columns = (np.flatnonzero((canvas >= _FAINT).any(axis=axis)) for axis in (1, 0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = size / max(width, height)
    target = max(round(width * scale), 1), max(round(height * scale), 1)
    picture = Image.fromarray(canvas).resize(target, Image.Resampling.BOX, box=box)
    return np.asarray(picture, np.float64)


def _in_the_middle(ink: Grey, size: int) -> Grey:
    height, width = ink.shape
    return _placed(ink, size, (size - height) // 2, (size - width) // 2)


def _placed(ink: Grey, size: int, top: int, left: int) -> Grey:
    """On an empty square of `size` pixels; moved inward where it would stand out."""
    height, width = ink.shape
    top, left = min(max(top, 0), size - height), min(max(left, 0), size - width)
    square = np.zeros((size, size))
    square[top : top + height, left : left + width] = ink
    return square


def _blocks(grey: Grey, count: int) -> Grey:
    """Means over count × count equal squares."""
    side = len(grey) // count
    means: Grey = grey.reshape(count, side, count, side).mean(axis=(1, 3))
    return means


def _from_cells(cells: Grey) -> npt.NDArray[np.uint8]:
    """8×8 means as an image of `digits`: 17 levels, each value 3×3 pixels."""
    levels = np.rint(cells * 16 / 255)
    large = np.kron(_bytes(levels * 255 / 16), np.ones((_CELL, _CELL), np.uint8))
    return np.pad(large, _MARGIN)


def _bytes(grey: Grey) -> npt.NDArray[np.uint8]:
    return np.rint(grey).clip(0, 255).astype(np.uint8)
