"""The network's forward pass in numpy, from a snapshot's weights: what a trained network says, without torch.

Always in eval mode: dropout is off, and what a norm remembers is used. Tested against `training/model.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
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

_BINS = 40
_BATCH = 100
"""Images at a time: few enough that a layer's windows stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """What one step puts out: `stage` and `step` as in `describe` ("" where a stage is one step), (B, C, H, W)."""

    stage: str
    step: str
    values: Floats


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
    """Normalized images (B, 1, 28, 28) to log-probabilities (B, 10)."""
    parts = [_last(outputs(model, weights, images[at : at + _BATCH])) for at in range(0, len(images), _BATCH)]
    return np.concatenate(parts)


def read(model: ModelConfig, weights: Weights, image: Floats) -> Reading:
    """One normalized image (1, 1, 28, 28) and what happens to it on the way."""
    blocks: dict[str, list[StageStats]] = {}
    for output in outputs(model, weights, image):
        if output.step == "relu" or output.step in model.norms:
            blocks.setdefault(output.stage, []).append(_statistics(output.step, output.values))
    return Reading(np.exp(output.values.reshape(CLASSES)), blocks)


def outputs(model: ModelConfig, weights: Weights, images: Floats) -> Iterator[Output]:
    """Every step of the network in order; the last, ("output", ""), are the log-probabilities (B, 10, 1, 1).

    Raises:
        KeyError: if `weights` are not of this network.
    """
    x = images
    for stage in describe.stages(model):
        match stage:
            case describe.Block():
                for step, y in _block(stage, model, weights, x):
                    yield Output(stage.name, step, y)
                x = y
            case describe.Pointwise():
                x = _convolution(x, weights, stage.name)
                yield Output(stage.name, "", x)
            case describe.Pool():
                x = _pool(x, stage)
                yield Output(stage.name, "", x)
    shifted = x - x.max(axis=1, keepdims=True)
    yield Output("output", "", shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _block(block: describe.Block, model: ModelConfig, weights: Weights, x: Floats) -> Iterator[tuple[str, Floats]]:
    x = _convolution(x, weights, f"{block.name}.conv", block.padding)
    yield "conv", x
    x = np.maximum(x, np.float32(0))
    yield "relu", x
    for step in describe.block_steps(model):
        if step != "dropout":
            x = _norm(x, Norm(step), model, weights, f"{block.name}.{step}")
        yield step, x


def _convolution(x: Floats, weights: Weights, name: str, padding: int = 0) -> Floats:
    """(B, I, H, W) and a kernel (O, I, k, k): every window as a row, times the kernels as columns."""
    kernel = weights[f"{name}.weight"]
    if padding:
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(2, 3))  # (B, I, H', W', k, k)
    y: Floats = np.tensordot(windows, kernel, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    return y + _per_channel(weights[f"{name}.bias"]) if f"{name}.bias" in weights else y


def _pool(x: Floats, pool: describe.Pool) -> Floats:
    """Windows that do not overlap; what is left over at the right and below is dropped, as in PyTorch."""
    b, c, h, w = x.shape
    rows, columns = h // pool.size, w // pool.size
    cut = x[:, :, : rows * pool.size, : columns * pool.size]
    windows = cut.reshape(b, c, rows, pool.size, columns, pool.size)
    pooled: Floats = windows.max(axis=(3, 5)) if pool.kind == "max" else windows.mean(axis=(3, 5))
    return pooled


def _norm(x: Floats, norm: Norm, model: ModelConfig, weights: Weights, name: str) -> Floats:
    """y = γ·(x - μ)/√(σ² + ε) + β; μ and σ² are what a norm remembers, or those of each image's channels that share
    them. Without μ, σ² is the mean square."""
    if norm.spec.remembers:
        mean, var = (_per_channel(weights[f"{name}.{part}"]) for part in norm.spec.buffers)
        x = (x - mean) / np.sqrt(var + EPSILON)
    else:
        sharing = norm.spec.sharing(1, x.shape[1], model.groups)
        grouped = x.reshape(len(x), len({*sharing.channels}), -1)
        if norm.spec.centers:
            grouped = grouped - grouped.mean(axis=2, keepdims=True)
        var = np.square(grouped).mean(axis=2, keepdims=True)
        x = (grouped / np.sqrt(var + EPSILON)).reshape(x.shape)
    y: Floats = x * _per_channel(weights[f"{name}.weight"])
    return y + _per_channel(weights[f"{name}.bias"]) if norm.spec.has_beta else y


def _per_channel(values: npt.NDArray[Any]) -> Floats:
    return values.reshape(1, -1, 1, 1)


def _statistics(stage: str, x: Floats) -> StageStats:
    low, high = float(x.min()), float(x.max())
    if not low < high:
        high = low + max(1.0, abs(low) * 1e-3)
    counts, _ = np.histogram(x, _BINS, (low, high))
    histogram = Histogram(low, high, (counts / x.size).astype(np.float32))
    over = (0, 2, 3)
    return StageStats(stage, x.mean(axis=over), x.std(axis=over), (x == 0).mean(axis=over, dtype=np.float32), histogram)


def _last(steps: Iterator[Output]) -> Floats:
    *_, output = steps
    return output.values.reshape(-1, CLASSES)
