"""Norms over a numpy array of shape (N, C, H, W), step by step.

They differ in which cells share a statistic, always a block of whole images and channels (`NormSpec.sharing`), and in
whether a mean is subtracted. Positions count from 0. Tested against torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from normlab.choices import Norm

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

EPSILON = 1e-5
"""Added to the variance before its root, as PyTorch does."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of one value."""

    image: int
    channel: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Block:
    """The images and channels whose values share their statistics."""

    images: tuple[int, ...]
    channels: tuple[int, ...]

    def holds(self, cell: Cell) -> bool:
        return cell.image in self.images and cell.channel in self.channels

    def cells(self, values: Values) -> Values:
        """Its values, (images, channels, H, W)."""
        return values[np.ix_(self.images, self.channels)]

    def mask(self, shape: tuple[int, ...]) -> Mask:
        """Where its cells lie in an array of `shape` (N, C, H, W)."""
        mask = np.zeros(shape, dtype=bool)
        mask[np.ix_(self.images, self.channels)] = True
        return mask


@dataclass(frozen=True, slots=True)
class Moments:
    """Of `count` values: mean, and variance divided by `count`; `unbiased`: divided by `count` − 1 (None: of one).

    `square` is the mean of their squares.
    """

    count: int
    mean: float
    variance: float
    unbiased: float | None
    square: float


@dataclass(frozen=True, slots=True)
class Steps:
    """How one value is normalized: what is summed, and what comes out of each step.

    `values` are the block's, in the order of images, channels, rows and columns; `total` is their sum, and `squares`
    that of their squared distances from the mean, for x̂ = (x − mean) / √(variance + ε). A norm that does not center
    takes 0 for the mean: then `squares` are of the values themselves, and x̂ = x / √(mean square + ε). `output` is
    γ·x̂ + β, or γ·x̂ where the norm has no β.
    """

    block: Block
    values: tuple[float, ...]
    position: int
    total: float
    squares: float
    moments: Moments
    normalized: float
    output: float

    @property
    def value(self) -> float:
        return self.values[self.position]


def blocks(norm: Norm, shape: tuple[int, ...], groups: int) -> tuple[Block, ...]:
    """Every block of a norm over an array of `shape` (N, C, …), in order; each cell lies in exactly one.

    Raises:
        ValueError: where a norm's groups do not divide the channels.
    """
    images, channels = shape[:2]
    sharing = norm.spec.sharing(images, channels, groups)
    sets = (_equal(sharing.images), _equal(sharing.channels))
    return tuple(Block(those, these) for those in sets[0] for these in sets[1])


def _equal(numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """The places of each number, in the order of the numbers."""
    return [tuple(place for place, own in enumerate(numbers) if own == number) for number in sorted({*numbers})]


def moments(values: Values) -> Moments:
    """Mean, both variances and mean square of all of `values`."""
    count, square = values.size, float(np.square(values).mean())
    unbiased = float(values.var(ddof=1)) if count > 1 else None
    return Moments(count, float(values.mean()), float(values.var()), unbiased, square)


def normalized(values: Values, norm: Norm, groups: int, epsilon: float = EPSILON) -> Values:
    """x̂ of every value, without γ and β; (N, C, H, W)."""
    result = np.empty_like(values, dtype=np.float64)
    for block in blocks(norm, values.shape, groups):
        cells = block.cells(values)
        center, spread = _used(norm, moments(cells))
        result[np.ix_(block.images, block.channels)] = (cells - center) / np.sqrt(spread + epsilon)
    return result


def _used(norm: Norm, found: Moments) -> tuple[float, float]:
    """What is subtracted, and what ε is added to."""
    return (found.mean, found.variance) if norm.spec.centers else (0.0, found.square)


_Number = TypeVar("_Number", float, Values)


def scaled(hat: _Number, norm: Norm, gamma: float, beta: float) -> _Number:
    """γ·x̂ + β, or γ·x̂ for a norm without β."""
    return gamma * hat + beta if norm.spec.has_beta else gamma * hat


def steps(values: Values, norm: Norm, groups: int, cell: Cell, gamma: float = 1.0, beta: float = 0.0) -> Steps:
    """The normalization of one value of an (N, C, H, W) array."""
    block = next(block for block in blocks(norm, values.shape, groups) if block.holds(cell))
    cells = block.cells(values)
    found = moments(cells)
    center, spread = _used(norm, found)
    place = (block.images.index(cell.image), block.channels.index(cell.channel), cell.row, cell.column)
    result = float((cells[place] - center) / np.sqrt(spread + EPSILON))
    return Steps(
        block=block,
        values=tuple(cells.ravel().tolist()),
        position=int(np.ravel_multi_index(place, cells.shape)),
        total=float(cells.sum()),
        squares=float(((cells - center) ** 2).sum()),
        moments=found,
        normalized=result,
        output=scaled(result, norm, gamma, beta),
    )
