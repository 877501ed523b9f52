"""The network's forward pass in numpy, from a snapshot's weights: what a trained network says, without torch.

In eval mode unless a `Mode` says otherwise: dropout is off, and what a norm remembers is used. Tested against
`training/model.py`.

Inside, activations lie as (H, C, W, B), images innermost. So the windows of one row of a convolution are a part of
memory as it is once each row is copied k times, shifted by a column (not k² times, as for a usual im2col); and sums
over places or channels run along whole rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from normlab import describe
from normlab.choices import Dataset, Norm
from normlab.config import ModelConfig
from normlab.datasets import CLASSES
from normlab.normmath import EPSILON
from normlab.record import Floats, Histogram, StageStats

Weights = Mapping[str, npt.NDArray[Any]]

CHUNK = 32
"""Images at a time: few enough that a layer's windows stay in the processor's cache."""

_BINS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What a norm subtracts and what it adds ε to, of each channel and image: (C, B), or (C, 1) if all images share it.

    `mean` is 0 where the norm does not center; `spread` is the variance, or then the mean square.
    """

    mean: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """What one step puts out: `stage` and `step` as in `describe` ("" where a stage is one step), (B, C, H, W).

    `moments` are there if the step is a norm: those that it used.
    """

    stage: str
    step: str
    values: Floats
    moments: Moments | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """How images pass the network, if not in eval mode.

    With `batches` they are that many batches of equal size, one after the other, and norms that remember use the
    statistics of each batch instead, as in train mode; their memory does not move. `dropout` gives for a block's name
    what its dropout multiplies values by, (B, C, H, W); without it dropout is off.
    """

    batches: int = 0
    dropout: Callable[[str], Floats] | None = None


EVAL = Mode()


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a network makes of one image.

    `probabilities` (10,) sum to 1; `blocks` has each block's stages, "relu" and the norms in order, with statistics of
    this image alone: each channel's mean, std and zeros are over its H × W values.
    """

    probabilities: Floats
    blocks: Mapping[str, Sequence[StageStats]]


def normalized(images: npt.NDArray[np.uint8], dataset: Dataset) -> Floats:
    """Images (B, 28, 28), 0..255, as the network takes them: (B, 1, 28, 28), with the data set's normalization."""
    mean, std = dataset.spec.normalization
    scaled: Floats = (images[:, None].astype(np.float32) / np.float32(255) - np.float32(mean)) / np.float32(std)
    return scaled


def log_probabilities(model: ModelConfig, weights: Weights, images: Floats) -> Floats:
    """Normalized images (B, 1, 28, 28) to log-probabilities (B, 10), a few images at a time."""
    parts = [forward(model, weights, images[at : at + CHUNK]) for at in range(0, len(images), CHUNK)]
    return np.concatenate(parts)


def forward(model: ModelConfig, weights: Weights, images: Floats, mode: Mode = EVAL) -> Floats:
    """The same in one go, in any mode.

    Raises:
        KeyError: if `weights` are not of this network.
        ValueError: if the images do not make so many equal batches.
    """
    *_, output = outputs(model, weights, images, mode, lasting=False)
    return output.values.reshape(-1, CLASSES)


def read(model: ModelConfig, weights: Weights, image: Floats) -> Reading:
    """One normalized image (1, 1, 28, 28) and what happens to it on the way."""
    blocks: dict[str, list[StageStats]] = {}
    for output in outputs(model, weights, image):
        if output.step == "relu" or output.step in model.norms:
            blocks.setdefault(output.stage, []).append(_statistics(output.step, output.values))
    return Reading(np.exp(output.values.reshape(CLASSES)), blocks)


def outputs(
    model: ModelConfig, weights: Weights, images: Floats, mode: Mode = EVAL, *, lasting: bool = True
) -> Iterator[Output]:
    """Every step of the network in order; the last, ("output", ""), are the log-probabilities (B, 10, 1, 1).

    Without `lasting`, which is faster, the values of a step hold only until the next is asked for.

    Raises:
        KeyError: if `weights` are not of this network.
        ValueError: if the images do not make so many equal batches.
    """
    return _Pass(model, weights, mode, lasting).steps(images)


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """A way through the network; `lasting` as in `outputs`."""

    model: ModelConfig
    weights: Weights
    mode: Mode
    lasting: bool

    def steps(self, images: Floats) -> Iterator[Output]:
        x = np.ascontiguousarray(images.transpose(2, 1, 3, 0))
        for stage in describe.stages(self.model):
            match stage:
                case describe.Block():
                    for step, y, moments in self._block(stage, x):
                        yield Output(stage.name, step, _shown(y), moments)
                    x = y
                case describe.Pointwise():
                    x = self._convolution(x, stage.name)
                    yield Output(stage.name, "", _shown(x))
                case describe.Pool():
                    x = _pool(x, stage)
                    yield Output(stage.name, "", _shown(x))
        shifted = _shown(x - x.max(axis=1, keepdims=True))
        yield Output("output", "", shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))

    def _block(self, block: describe.Block, x: Floats) -> Iterator[tuple[str, Floats, Moments | None]]:
        x = self._convolution(x, f"{block.name}.conv", block.padding)
        yield "conv", x, None
        x = np.maximum(x, np.float32(0), out=self._over(x))
        yield "relu", x, None
        for step in block.steps:
            if step != "dropout":
                x, moments = self._norm(x, Norm(step), f"{block.name}.{step}")
                yield step, x, moments
            else:
                if self.mode.dropout is not None:
                    x = np.multiply(x, self.mode.dropout(block.name).transpose(2, 1, 3, 0), out=self._over(x))
                yield step, x, None

    def _over(self, x: Floats) -> Floats | None:
        """Where a step of the same shape puts its values: over those of the step before, or somewhere new."""
        return None if self.lasting else x

    def _convolution(self, x: Floats, name: str, padding: int = 0) -> Floats:
        """A kernel (O, I, k, k) over (H, I, W, B): a matrix product for each row of the output."""
        kernel = self.weights[f"{name}.weight"]
        outputs, inputs, size, _ = kernel.shape
        if padding:
            x = np.pad(x, ((padding, padding), (0, 0), (padding, padding), (0, 0)))
        h, _, w, b = x.shape
        rows, columns = h - size + 1, w - size + 1
        shifted = np.stack([x[:, :, at : at + columns] for at in range(size)], axis=1) if size > 1 else x
        lines = shifted.reshape(h, size * inputs, columns * b)
        windows = np.lib.stride_tricks.as_strided(
            lines, (rows, size * size * inputs, columns * b), lines.strides, writeable=False
        )
        y: Floats = np.matmul(kernel.transpose(0, 2, 3, 1).reshape(outputs, -1), windows)
        y = y.reshape(rows, outputs, columns, b)
        if f"{name}.bias" in self.weights:
            y += _per_channel(self.weights[f"{name}.bias"])
        return y

    def _norm(self, x: Floats, norm: Norm, name: str) -> tuple[Floats, Moments]:
        """y = γ·(x - μ)/√(σ² + ε) + β; μ and σ² are what a norm remembers, or those of the channels and images that
        share them. Without μ, σ² is the mean square."""
        spec = norm.spec
        gamma = self.weights[f"{name}.weight"][:, None]
        beta = self.weights[f"{name}.bias"] if spec.has_beta else None
        if spec.remembers and not self.mode.batches:
            mean, spread = (self.weights[f"{name}.{part}"][:, None] for part in spec.buffers)
            scale = gamma / np.sqrt(spread + EPSILON)
            x = np.subtract(x, mean[:, :, None], out=self._over(x))
            x *= scale[:, :, None]
        else:
            x, mean, spread = self._centered(x, norm)
            x = np.multiply(x, _along(gamma / np.sqrt(spread + EPSILON), x), out=x if spec.centers else self._over(x))
        if beta is not None:
            x += _per_channel(beta)
        return x, Moments(mean, spread)

    def _centered(self, x: Floats, norm: Norm) -> tuple[Floats, Floats, Floats]:
        """x - μ, and the μ (C, B) and σ² (C, B) of the values that share them; x itself, 0 and the mean square where
        the norm does not center."""
        channels, images = x.shape[1], x.shape[3]
        sets = len({*norm.spec.sharing(1, channels, self.model.groups).channels})
        batches = self.mode.batches if norm.spec.over_images else images

        def shared(values: Floats) -> Floats:
            """The mean over the places, channels and images of each set."""
            means = values.sum(axis=0).sum(axis=1) / np.float32(values.shape[0] * values.shape[2])
            parts = means.reshape(sets, channels // sets, batches, images // batches)
            whole = parts.mean(axis=(1, 3), keepdims=True)
            return np.broadcast_to(whole, parts.shape).reshape(channels, images)

        if not norm.spec.centers:
            return x, np.zeros((channels, images), np.float32), shared(np.square(x))
        mean = shared(x)
        x = np.subtract(x, _along(mean, x), out=self._over(x))
        return x, mean, shared(np.square(x))


def _pool(x: Floats, pool: describe.Pool) -> Floats:
    """Windows that do not overlap; what is left over at the right and below is dropped, as in PyTorch."""
    h, c, w, b = x.shape
    rows, columns = h // pool.size, w // pool.size
    cut = x[: rows * pool.size, :, : columns * pool.size]
    windows = cut.reshape(rows, pool.size, c, columns, pool.size, b)
    pooled: Floats = windows.max(axis=1).max(axis=3) if pool.kind == "max" else windows.mean(axis=1).mean(axis=3)
    return pooled


def _shown(x: Floats) -> Floats:
    """(H, C, W, B) as (B, C, H, W): a view."""
    return x.transpose(3, 1, 0, 2)


def _per_channel(values: npt.NDArray[Any]) -> Floats:
    return values.reshape(-1, 1, 1)


def _along(values: Floats, x: Floats) -> Floats:
    """Values (C, B) as (C, W, B), each in its place, so that an operation with `x` runs along whole rows."""
    return np.repeat(values[:, None], x.shape[2], axis=1)


def _statistics(stage: str, x: Floats) -> StageStats:
    low, high = float(x.min()), float(x.max())
    if not low < high:
        high = low + max(1.0, abs(low) * 1e-3)
    counts, _ = np.histogram(x, _BINS, (low, high))
    histogram = Histogram(low, high, (counts / x.size).astype(np.float32))
    over = (0, 2, 3)
    return StageStats(stage, x.mean(axis=over), x.std(axis=over), (x == 0).mean(axis=over, dtype=np.float32), histogram)
