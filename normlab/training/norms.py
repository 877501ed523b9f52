"""A block's norms for the kernels: what shares a mean and a variance, and where their numbers are kept."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.training import kernels

_Kind = tuple[str, int]


def chains(
    config: ModelConfig,
    shapes: Sequence[tuple[int, int]],
    images: int,
    is_training: bool,
    parameters: Mapping[str, int],
    buffers: Mapping[str, int],
    dtype: npt.DTypeLike,
) -> kernels.Chain:
    """The norms of all blocks, whose outputs have `shapes` (channels, places), for so many images.

    `parameters` and `buffers` say where those of each name begin among all.
    """
    norms, blocks, widest = config.norms, len(shapes), max(channels for channels, _ in shapes)
    kinds = tuple(_kind(config, norm, is_training) for norm in norms)
    found = [_shares(kinds, channels, images, places) for channels, places in shapes]
    most = max(counts.shape[1] for _, counts in found)
    shares = np.zeros((blocks, len(norms), widest, images), dtype=np.int32)
    counts = np.ones((blocks, len(norms), most))
    for block, (share, count) in enumerate(found):
        shares[block, :, : share.shape[1]], counts[block, :, : count.shape[1]] = share, count
    before = np.empty((blocks, len(norms) + 1, 4, widest, images))
    before[:, 0, 0], before[:, 0, 1] = 1, 0
    at = [
        [parameters[f"{name}.weight"], parameters[f"{name}.bias"], buffers.get(f"{name}.running_mean", -1)]
        for name in (f"block{block}.{norm}" for block in range(1, blocks + 1) for norm in norms)
    ]
    return kernels.Chain(
        shares=shares,
        counts=counts,
        fixed=np.array([norm is Norm.BN and not is_training for norm in norms], dtype=bool),
        at=np.array(at, dtype=np.int64).reshape(blocks, len(norms), 3),
        momentum=np.full(len(norms), config.bn_momentum, dtype=np.float64),
        mean=np.zeros_like(counts),
        var=np.zeros_like(counts),
        gamma=np.empty((blocks, len(norms), widest)),
        beta=np.empty((blocks, len(norms), widest)),
        before=before,
        scaling=np.empty((blocks, 4, widest, images), dtype=dtype),
        slope=np.empty((blocks, 4, widest, images)),
        by_gamma=np.empty((blocks, len(norms), widest)),
        by_beta=np.empty((blocks, len(norms), widest)),
    )


def _kind(config: ModelConfig, norm: Norm, is_training: bool) -> _Kind:
    """What shares a mean: an image's channels in so many groups, or a channel's images in ghosts of a size (0: all)."""
    if norm is Norm.BN:
        return "images", config.ghost_batch if is_training else 0
    return "channels", {Norm.LN: 1, Norm.GN: config.groups, Norm.IN: 0}[norm]


@lru_cache(maxsize=64)
def _shares(
    kinds: tuple[_Kind, ...], channels: int, images: int, places: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[Any]]:
    """For each norm, by channel and image, the number of what shares a mean (K, C, B); and how many values each has.

    Ghost k of the q full ones has every q-th image from the k-th; images left over form one more.
    """
    shares = np.zeros((len(kinds), channels, images), dtype=np.int32)
    channel, image = np.arange(channels)[:, None], np.arange(images)[None, :]
    for k, (kind, size) in enumerate(kinds):
        if kind == "channels":
            shares[k] = channel // (channels // (size or channels)) * images + image
        else:
            ghost = min(size or images, images)
            full = images // ghost
            ghosts = full + (images % ghost > 0)
            shares[k] = channel * ghosts + np.where(image < full * ghost, image % full, full)
    most = int(shares.max()) + 1 if kinds else 1
    counts = np.array([np.bincount(share.ravel(), minlength=most) for share in shares], dtype=np.float64)
    return shares, np.maximum(counts.reshape(len(kinds), most), 1) * places
