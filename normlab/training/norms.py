"""A block's norms for the kernels: who shares a statistic, as `normlab.norms` says, and where its numbers are kept."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from normlab import describe
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
    find is not kept: the next block's take its place. A block without norms has the scale 1 and the shift 0 for good.
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
            parameters.get(f"{name}.weight", -1),
            parameters.get(f"{name}.bias", -1),
            buffers.get(f"{name}.running_mean", -1),
            norm.spec.remembers and not is_training,
            norm.spec.centers,
        ]
        for block in range(1, blocks + 1)
        for norm in norms
        for name in (f"block{block}.{norm}",)
    ]
    tiles = -(-images // kernels.LANES)
    scaling = np.zeros((blocks, 4, widest, tiles * kernels.LANES), dtype=dtype)
    bare = [not block.norms for block in describe.blocks(config)]
    scaling[bare, kernels.SCALE, :, :images] = 1
    return kernels.Chain(
        row=row,
        column=column,
        shared=shared,
        kind=np.array(kind, dtype=np.int64).reshape(blocks, len(norms), 5),
        momentum=np.full(len(norms), config.bn_momentum, dtype=np.float64),
        affine=np.zeros((blocks, len(norms), 2, widest)),
        before=before,
        scaling=scaling,
        slope=np.zeros((blocks, 4, widest, images if learns else 0)),
    )


@lru_cache(maxsize=256)
def _table(config: ModelConfig, norm: Norm, channels: int, images: int, is_training: bool) -> _Table:
    """The row of each channel and the column of each image in the table of what shares a mean; and for each place of
    that table, how many channels of images share it.
    """
    sharing = norm.spec.sharing(images, channels, config.groups, config.ghost_batch if is_training else 0)
    row, column = np.array(sharing.channels), np.array(sharing.images)
    return row, column, np.outer(np.bincount(row), np.bincount(column))
