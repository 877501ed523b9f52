"""The ruler: what a norm does to one channel of a block, as numbers to draw.

A norm measures each value with a ruler whose zero is the mean μ and whose unit is the spread √(σ² + ε), and then
relabels it: y = γ·(x − μ)/√(σ² + ε) + β. Without a mean the zero is 0 and the unit the root mean square. Who makes the
ruler is the difference between norms: this batch, memory, this image, a group of its channels, one of its maps.

Free of torch; tested against it, in train mode (dropout off) and in eval mode.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from normlab import describe
from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.inference import Weights, outputs
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
    steps = trained(model, weights, images)
    return tuple(
        BlockValues(block.name, steps[block.name, "relu"], steps[block.name, ("relu", *block.steps)[-1]])
        for block in describe.blocks(model)
    )


def _explained(values: Floats) -> npt.NDArray[np.float64]:
    """Of (B, C, H, W): the images' means' share of each channel's variance; 0 without variance."""
    whole = values.var(axis=(0, 2, 3), dtype=np.float64)
    between = values.mean(axis=(2, 3), dtype=np.float64).var(axis=0)
    shares: npt.NDArray[np.float64] = np.divide(between, whole, out=np.zeros_like(whole), where=whole > 0)
    return shares


Steps = Mapping[tuple[str, str], Floats]
"""What each stage's steps put out, (B, C, H, W); names as in `inference.Output`."""


def evaluated(model: ModelConfig, weights: Weights, images: Floats) -> Steps:
    """The network in eval mode: with what norms remember."""
    return {(output.stage, output.step): output.values for output in outputs(model, weights, images)}


def trained(model: ModelConfig, weights: Weights, images: Floats) -> Steps:
    """The network in train mode, dropout off: norms that share over images measure this batch, or its ghosts."""
    if not model.remembers:
        return evaluated(model, weights, images)
    ghosts = _ghosts(model, len(images))
    found: dict[tuple[str, str], Floats] = {}
    for ghost in np.unique(ghosts):
        own = ghosts == ghost
        for place, values in _as_one_batch(model, weights, images[own]):
            whole = found.setdefault(place, np.empty((len(images), *values.shape[1:]), values.dtype))
            whole[own] = values
    return found


def _as_one_batch(model: ModelConfig, weights: Weights, images: Floats) -> Iterator[tuple[tuple[str, str], Floats]]:
    """Every step, with the batch's own statistics in memory's place.

    `outputs` is lazy: a norm reads its memory when its own step is asked for, after the values that it will measure.
    """
    own = dict(weights)
    norms = {
        (block.name, before): Norm(step)
        for block in describe.blocks(model)
        for before, step in itertools.pairwise(("relu", *block.steps))
        if step != "dropout"
    }
    for output in outputs(model, own, images):
        norm = norms.get((output.stage, output.step))
        if norm is not None and norm.spec.remembers:
            over = (0, 2, 3)
            statistics = output.values.mean(axis=over), output.values.var(axis=over)
            own |= {
                f"{output.stage}.{norm}.{part}": each for part, each in zip(norm.spec.buffers, statistics, strict=True)
            }
        yield (output.stage, output.step), output.values


def _ghosts(model: ModelConfig, images: int) -> npt.NDArray[np.int64]:
    """Which of the batch's ghosts each image belongs to, (B,)."""
    spec = next(norm.spec for norm in model.norms if norm.spec.remembers)
    return np.array(spec.sharing(images, 1, 1, model.ghost_batch).images)


def _reading(
    model: ModelConfig, weights: Weights, images: Floats, block: str, place: int, norm: Norm, maker: Maker
) -> Reading:
    run = trained if maker is Maker.BATCH else evaluated
    arriving = run(model, weights, images)[block, _before(model, block, norm)]
    if maker is Maker.MEMORY:
        mean, var = (weights[f"{block}.{norm}.{part}"][place : place + 1] for part in norm.spec.buffers)
        return Reading(maker, arriving[:, place], mean, _unit(var), np.zeros(len(images), np.int64))
    sharing = norm.spec.sharing(arriving.shape[0], arriving.shape[1], model.groups, model.ghost_batch)
    channels = np.array(sharing.channels) == sharing.channels[place]
    numbers, owners = np.unique(sharing.images, return_inverse=True)
    shared = [arriving[np.array(sharing.images) == number][:, channels] for number in numbers]
    zeros = np.array([values.mean() if norm.spec.centers else 0.0 for values in shared], arriving.dtype)
    squares = [np.square(values - zero).mean() for values, zero in zip(shared, zeros, strict=True)]
    return Reading(maker, arriving[:, place], zeros, _unit(np.array(squares, arriving.dtype)), owners)


def _before(model: ModelConfig, block: str, norm: Norm) -> str:
    """The step whose output arrives at the norm."""
    steps = ("relu", *describe.block(model, block).steps)
    if norm not in describe.block(model, block).norms:
        raise KeyError(f"{block} has no {norm}")
    return steps[steps.index(str(norm)) - 1]


def _unit(variance: Floats) -> Floats:
    unit: Floats = np.sqrt(variance + EPSILON)
    return unit
