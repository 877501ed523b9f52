"""A drawing as an image of a data set: centered and scaled as that data set's own images were. Knows no page.

A drawing is a canvas of 112×112 bytes, 0 is empty: four of its pixels lie along each pixel of a 28×28 image.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from normlab.choices import Dataset
from normlab.datasets import Framing
from normlab.describe import IMAGE_SIZE

Canvas = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.float64]

FINE = 4
SIZE = FINE * IMAGE_SIZE
_LEVELS = 17
_FAINT = 24
"""Fainter pixels do not count as ink where a drawing's edges are looked for: they are the blur of a turned line."""


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
    """The drawing as a data set's image (28, 28): as it lies on the canvas, or centered and scaled."""
    framing, grey = dataset.spec.framing, canvas.astype(np.float64)
    if centered and (canvas >= _FAINT).any():
        return _finished(_framed(_fitted(canvas, framing.fits), framing), framing)
    if framing.cells:
        inner = FINE * _margin(framing.cells)
        return _finished(grey[inner:-inner, inner:-inner], framing)
    return _bytes(_blocks(grey, IMAGE_SIZE))


def _framed(ink: Grey, framing: Framing) -> Grey:
    """The ink on the square where the data set's own images have theirs."""
    height, width = ink.shape
    if not framing.by_mass:
        return _placed(ink, framing.square, (framing.square - height) // 2, (framing.square - width) // 2)
    rows, columns = np.arange(height), np.arange(width)
    top = round(framing.square / 2 - float((ink.sum(axis=1) * rows).sum() / ink.sum()))
    left = round(framing.square / 2 - float((ink.sum(axis=0) * columns).sum() / ink.sum()))
    return _placed(ink, framing.square, top, left)


def _finished(grey: Grey, framing: Framing) -> npt.NDArray[np.uint8]:
    """A square as an image: as it is, or its cells enlarged, with an empty margin."""
    if not framing.cells:
        return _bytes(grey)
    levels = np.rint(_blocks(grey, framing.cells) * (_LEVELS - 1) / 255)
    side, margin = IMAGE_SIZE // framing.cells, _margin(framing.cells)
    return np.pad(np.kron(_bytes(levels * 255 / (_LEVELS - 1)), np.ones((side, side), np.uint8)), margin)


def _margin(cells: int) -> int:
    return IMAGE_SIZE % cells // 2


def _fitted(canvas: Canvas, size: int) -> Grey:
    """The ink alone, its longer side `size` pixels; sides keep their ratio, and grey levels smooth the edges."""
    rows, columns = (np.flatnonzero((canvas >= _FAINT).any(axis=axis)) for axis in (1, 0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = size / max(width, height)
    target = max(round(width * scale), 1), max(round(height * scale), 1)
    picture = Image.fromarray(canvas).resize(target, Image.Resampling.BOX, box=box)
    return np.asarray(picture, np.float64)


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


def _bytes(grey: Grey) -> npt.NDArray[np.uint8]:
    return np.rint(grey).clip(0, 255).astype(np.uint8)
