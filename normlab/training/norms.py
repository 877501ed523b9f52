"""A block's norms for the kernels: what shares a mean and a variance, and where their numbers are kept."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.training import kernels

_Table = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[Any]]


def chains(
    config: ModelConfig,
    shapes: Sequence[tuple[int, int]],
    images: int,
    is_training: bool,
    parameters: Mapping[str, int],
    buffers: Mapping[str, int],
    dtype: npt.DTypeLike,
    *,
    learns: bool,
) -> kernels.Chain:
    """The norms of all blocks, whose outputs have `shapes` (channels, height), for so many images.

    `parameters` and `buffers` say where those of each name begin among all. If it never `learns`, what a block's norms
    find is not kept: the next block's take its place.
    """
    norms, blocks, widest = config.norms, len(shapes), max(channels for channels, _ in shapes)
    tables = [[_table(config, norm, channels, images, is_training) for norm in norms] for channels, _ in shapes]
    rows = max((count.shape[0] for block in tables for *_, count in block), default=1)
    columns = max((count.shape[1] for block in tables for *_, count in block), default=1)
    row = np.zeros((blocks, len(norms), widest), dtype=np.int64)
    column = np.zeros((len(norms), images), dtype=np.int64)
    shared = np.zeros((blocks, len(norms), 6, rows, columns))
    shared[:, :, kernels.COUNT] = 1
    for block, ((channels, size), found) in enumerate(zip(shapes, tables, strict=True)):
        for k, (of_channel, of_image, count) in enumerate(found):
            row[block, k, :channels], column[k] = of_channel, of_image
            shared[block, k, kernels.COUNT, : count.shape[0], : count.shape[1]] = count * size**2
    before = np.zeros((blocks if learns else 1, len(norms) + 1, 4, widest, images))
    before[:, 0, 0] = 1
    kind = [
        [
            parameters[f"{name}.weight"],
            parameters[f"{name}.bias"],
            buffers.get(f"{name}.running_mean", -1),
            norm is Norm.BN and not is_training,
            True,
        ]
        for block in range(1, blocks + 1)
        for norm in norms
        for name in (f"block{block}.{norm}",)
    ]
    tiles = -(-images // kernels.LANES)
    return kernels.Chain(
        row=row,
        column=column,
        shared=shared,
        kind=np.array(kind, dtype=np.int64).reshape(blocks, len(norms), 5),
        momentum=np.full(len(norms), config.bn_momentum, dtype=np.float64),
        affine=np.zeros((blocks, len(norms), 2, widest)),
        before=before,
        scaling=np.zeros((blocks, 4, widest, tiles * kernels.LANES), dtype=dtype),
        slope=np.zeros((blocks, 4, widest, images if learns else 0)),
    )


@lru_cache(maxsize=256)
def _table(config: ModelConfig, norm: Norm, channels: int, images: int, is_training: bool) -> _Table:
    """The row of each channel and the column of each image in the table of what shares a mean; and for each place of
    that table, how many channels of images share it.

    BatchNorm has a row for each channel and a column for each ghost: number k of the q full ones has every q-th image
    from the k-th; images left over form one more. The others have a row for each group, a column for each image.
    """
    channel, image = np.arange(channels), np.arange(images)
    if norm is Norm.BN:
        ghost = min(config.ghost_batch or images, images) if is_training else images
        full = images // ghost
        column = np.where(image < full * ghost, image % full, full)
        return channel, column, np.tile(np.bincount(column), (channels, 1))
    groups = {Norm.LN: 1, Norm.GN: config.groups, Norm.IN: channels}[norm]
    return channel // (channels // groups), image, np.full((groups, images), channels // groups)
