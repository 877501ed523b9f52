"""The ruler: what a norm does to one channel of a block, as numbers to draw.

A norm measures each value with a ruler whose zero is the mean μ and whose unit is the spread √(σ² + ε), and then
relabels it: y = γ·(x − μ)/√(σ² + ε) + β. Without a mean the zero is 0 and the unit the root mean square. Who makes the
ruler is the difference between norms: this batch, memory, this image, a group of its channels, one of its maps.

Free of torch; tested against it, in train mode (dropout off) and in eval mode.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from normlab import describe
from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.inference import Mode, Output, Weights, outputs
from normlab.normmath import EPSILON
from normlab.norms import Channels, NormSpec
from normlab.record import Floats

IMAGES = 32
BATCH = f"the first {IMAGES} test images"
"""The batch that is shown, by name: the same for every run, epoch, block and norm."""


class Maker(StrEnum):
    """Who makes a ruler."""

    BATCH = "this batch"
    MEMORY = "memory"
    IMAGE = "this image"
    GROUP = "this group"
    MAP = "this map"


def makers(spec: NormSpec) -> tuple[Maker, ...]:
    """Those that a norm has: in training and in evaluation, or one for both."""
    if spec.remembers:
        return Maker.BATCH, Maker.MEMORY
    return ({Channels.ALL: Maker.IMAGE, Channels.GROUP: Maker.GROUP, Channels.ONE: Maker.MAP}[spec.channels],)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One channel before a norm, and the rulers that `maker` has for it.

    `values` (B, H, W) arrive at the norm. There are R rulers: `zeros` and `units` (R,) are in the values' own unit, and
    `owners` (B,) says which of them measures each image.
    """

    maker: Maker
    values: Floats
    zeros: Floats
    units: Floats
    owners: npt.NDArray[np.int64]

    @property
    def marks(self) -> Floats:
        """What the rulers say of every value, x̂; (B, H, W)."""
        zeros, units = (per_image[self.owners, None, None] for per_image in (self.zeros, self.units))
        marks: Floats = (self.values - zeros) / units
        return marks

    @property
    def explained(self) -> float:
        """The share of the channel's variance that lies between images, 0 to 1: that of their means."""
        return float(_explained(self.values[:, None])[0])


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """A channel of a block at one of its norms; `gamma` and `beta` (0 where a norm has none) relabel the rulers."""

    norm: Norm
    gamma: float
    beta: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BlockValues:
    """All values of a block: `before` its first norm, that is after ReLU, and `after` its last; (B, C, H, W)."""

    name: str
    before: Floats
    after: Floats

    @property
    def channels(self) -> int:
        return int(self.before.shape[1])

    @property
    def explained(self) -> npt.NDArray[np.float64]:
        """For each channel, the share of its variance before the norms that lies between images, 0 to 1; (C,)."""
        return _explained(self.before)

    @property
    def most_telling(self) -> int:
        """The channel in which images explain most, the first of equals."""
        return int(self.explained.argmax())


def channel(model: ModelConfig, weights: Weights, images: Floats, block: str, place: int, norm: Norm) -> Channel:
    """Channel `place` (from 0) of `block` for normalized images (B, 1, 28, 28), at `norm`.

    Raises:
        KeyError: if the network has no such block or norm, or `weights` are not of this network.
        IndexError: if the block has no such channel.
    """
    name = f"{block}.{norm}"
    readings = tuple(_reading(model, weights, images, block, place, norm, maker) for maker in makers(norm.spec))
    gamma = float(weights[f"{name}.weight"][place])
    beta = float(weights[f"{name}.bias"][place]) if norm.spec.has_beta else 0.0
    return Channel(norm, gamma, beta, readings)


def blocks(model: ModelConfig, weights: Weights, images: Floats) -> tuple[BlockValues, ...]:
    """Every block in order, as in training, dropout off."""
    passed = [
        {(output.stage, output.step): output.values for output in part} for part in _train_mode(model, weights, images)
    ]

    def whole(block: str, step: str) -> Floats:
        return _together(model, [part[block, step] for part in passed])

    return tuple(
        BlockValues(block.name, whole(block.name, "relu"), whole(block.name, ("relu", *block.steps)[-1]))
        for block in describe.blocks(model)
    )


def _explained(values: Floats) -> npt.NDArray[np.float64]:
    """Of (B, C, H, W): the images' means' share of each channel's variance; 0 without variance."""
    whole = values.var(axis=(0, 2, 3), dtype=np.float64)
    between = values.mean(axis=(2, 3), dtype=np.float64).var(axis=0)
    shares: npt.NDArray[np.float64] = np.divide(between, whole, out=np.zeros_like(whole), where=whole > 0)
    return shares


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What arrives at a norm, `values` (B, C, H, W), and what measures it: `mean` and `spread` (B, C) are what the norm
    subtracts and what it adds ε to (`inference.Moments`), equal in all rows where images share them."""

    norm: Norm
    values: Floats
    mean: Floats
    spread: Floats

    def reading(self, maker: Maker, place: int, owners: npt.NDArray[np.int64]) -> Reading:
        """Of channel `place`, where `owners` (B,) says whose ruler measures each image, from 0."""
        _, first = np.unique(owners, return_index=True)
        units: Floats = np.sqrt(self.spread[first, place] + EPSILON)
        return Reading(maker, self.values[:, place], self.mean[first, place], units, owners)


def measured(passed: Iterable[Output], block: str, norm: Norm | None = None) -> Measured | None:
    """What a norm of the block (its first, if none is named) measures while images pass; None if it is not there."""
    for before, output in itertools.pairwise(passed):
        if output.stage == block and output.moments is not None and norm in (None, output.step):
            shape = (before.values.shape[1], before.values.shape[0])
            mean, spread = (np.broadcast_to(part, shape).T for part in (output.moments.mean, output.moments.spread))
            return Measured(Norm(output.step), before.values, mean, spread)
    return None


def _train_mode(model: ModelConfig, weights: Weights, images: Floats) -> list[Iterator[Output]]:
    """The network in train mode, dropout off: norms that share over images measure this batch, or each of its ghosts,
    which pass by themselves."""
    if not model.remembers:
        return [outputs(model, weights, images)]
    ghosts = _ghosts(model, len(images))
    return [outputs(model, weights, images[ghosts == ghost], Mode(batches=1)) for ghost in np.unique(ghosts)]


def _together(model: ModelConfig, parts: Sequence[Floats]) -> Floats:
    """What came of each pass, in the images' order."""
    whole = np.concatenate(parts)
    if len(parts) == 1:
        return whole
    found = np.empty_like(whole)
    found[np.argsort(_ghosts(model, len(whole)), kind="stable")] = whole
    return found


def _ghosts(model: ModelConfig, images: int) -> npt.NDArray[np.int64]:
    """Which of the batch's ghosts each image belongs to, (B,)."""
    spec = next(norm.spec for norm in model.norms if norm.spec.remembers)
    return np.array(spec.sharing(images, 1, 1, model.ghost_batch).images)


def _reading(
    model: ModelConfig, weights: Weights, images: Floats, block: str, place: int, norm: Norm, maker: Maker
) -> Reading:
    passes = _train_mode(model, weights, images) if maker is Maker.BATCH else [outputs(model, weights, images)]
    parts = [part for passed in passes if (part := measured(passed, block, norm)) is not None]
    if not parts:
        raise KeyError(f"{block} has no {norm}")
    values, mean, spread = (
        _together(model, [getattr(part, name) for part in parts]) for name in ("values", "mean", "spread")
    )
    sharing = norm.spec.sharing(len(images), values.shape[1], model.groups, model.ghost_batch)
    shared = np.zeros(len(images)) if maker is Maker.MEMORY else sharing.images
    owners = np.unique(shared, return_inverse=True)[1]
    return Measured(norm, values, mean, spread).reading(maker, place, owners)
