"""BatchNorm, LayerNorm, GroupNorm and InstanceNorm over a numpy array of shape (N, C, H, W), step by step.

The four differ in one thing: over which cells a mean and a variance are taken. That is always a block of whole images
and channels: BatchNorm takes one channel of all images, LayerNorm all channels of one image, GroupNorm a group of
neighboring channels of one image, InstanceNorm one channel of one image. Positions count from 0. Tested against torch.
"""

from dataclasses import dataclass

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
    """The images and channels whose values share a mean and a variance."""

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
    """Of `count` values: mean, and variance divided by `count`; `unbiased`: divided by `count` − 1 (None: of one)."""

    count: int
    mean: float
    variance: float
    unbiased: float | None


@dataclass(frozen=True, slots=True)
class Steps:
    """How one value is normalized: what is summed, and what comes out of each of the four steps.

    `values` are the block's, in the order of images, channels, rows and columns; `squares` is the sum of their squared
    distances from the mean; `normalized` is x̂ = (x − mean) / √(variance + ε), `output` is γ·x̂ + β.
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
        ValueError: where GroupNorm's groups do not divide the channels.
    """
    images, channels = shape[:2]
    if norm is Norm.GN and (groups < 1 or channels % groups):
        raise ValueError(f"groups={groups} must divide the {channels} channels: choose one of {divisors(channels)}.")
    width = {Norm.BN: 1, Norm.LN: channels, Norm.GN: channels // groups, Norm.IN: 1}[norm]
    image_sets = [tuple(range(images))] if norm is Norm.BN else [(image,) for image in range(images)]
    channel_sets = [tuple(range(first, first + width)) for first in range(0, channels, width)]
    return tuple(Block(those, these) for those in image_sets for these in channel_sets)


def divisors(channels: int) -> tuple[int, ...]:
    """The numbers of groups that GroupNorm allows."""
    return tuple(groups for groups in range(1, channels + 1) if channels % groups == 0)


def moments(values: Values) -> Moments:
    """Mean and both variances of all of `values`."""
    count = values.size
    return Moments(count, float(values.mean()), float(values.var()), float(values.var(ddof=1)) if count > 1 else None)


def normalized(values: Values, norm: Norm, groups: int, epsilon: float = EPSILON) -> Values:
    """Every value minus its block's mean, over the root of its block's variance plus ε; (N, C, H, W)."""
    result = np.empty_like(values, dtype=np.float64)
    for block in blocks(norm, values.shape, groups):
        cells = block.cells(values)
        found = moments(cells)
        result[np.ix_(block.images, block.channels)] = (cells - found.mean) / np.sqrt(found.variance + epsilon)
    return result


def steps(values: Values, norm: Norm, groups: int, cell: Cell, gamma: float = 1.0, beta: float = 0.0) -> Steps:
    """The normalization of one value of an (N, C, H, W) array."""
    block = next(block for block in blocks(norm, values.shape, groups) if block.holds(cell))
    cells = block.cells(values)
    found = moments(cells)
    place = (block.images.index(cell.image), block.channels.index(cell.channel), cell.row, cell.column)
    result = float((cells[place] - found.mean) / np.sqrt(found.variance + EPSILON))
    return Steps(
        block=block,
        values=tuple(cells.ravel().tolist()),
        position=int(np.ravel_multi_index(place, cells.shape)),
        total=float(cells.sum()),
        squares=float(((cells - found.mean) ** 2).sum()),
        moments=found,
        normalized=result,
        output=gamma * result + beta,
    )
