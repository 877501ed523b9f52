"""Memory in which the kernels work: a network's activations on a batch, kept for the next batch of that size."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from normlab.config import ModelConfig
from normlab.training import kernels
from normlab.training.layers import KEEP_ALL, BatchNorm, Draw, Dropout
from normlab.training.layout import layout
from normlab.training.model import StudyNet
from normlab.training.norms import chains

PARTS = 2
"""Into so many a batch is cut, whatever the number of threads: sums have one order. More would make rows too short."""

KEPT = 6
_LARGEST = 40_000_000
"""Workspaces that wait for the next batch of their kind, and how many bytes each may have."""

_MIX_AFTER, _AFTER_RELU = 1, 2
_CACHE_LINE = 16
"""Values that a part's memory is a multiple of: vectors that cross a line take twice as long."""


class Kind(NamedTuple):
    """With `keeps` a workspace holds what the way back needs."""

    config: ModelConfig
    is_training: bool
    images: int
    dtype: torch.dtype
    keeps: bool


class Workspace:
    """The kernels' arrays for one kind of batch; each of its parts has a row of them."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        model, images = StudyNet(kind.config), kind.images
        starts = _starts((name, p.numel()) for name, p in model.named_parameters() if not name.startswith("head."))
        remembered = _starts((name, buffer.numel()) for name, buffer in model.named_buffers())
        found = layout(kind.config, starts, keeps=kind.keeps)
        parts = min(PARTS, images)
        most = -(-images // parts)
        self._table = found.table
        self._edges = np.array([images * part // parts for part in range(parts + 1)], dtype=np.int64)
        self.channels = found.shapes[-1][0]
        self.memory = _rows(parts, found.values * most, kind.dtype)
        self.around = _rows(2 * parts, found.widest * most if kind.keeps else 0, kind.dtype).reshape(2, parts, -1)
        self.places = np.empty((parts, found.pooled * most), dtype=np.uint8)
        self.chains = chains(kind.config, found.shapes, images, kind.is_training, starts, remembered, self.memory.dtype)

    @property
    def bytes(self) -> int:
        return int(self.memory.nbytes + self.around.nbytes)

    def net(self, network: StudyNet, parameters: Sequence[Tensor]) -> kernels.Net:
        """The network's numbers now, and the next masks of its dropout."""
        draws = [_draws(stage) for stage in network.children() if isinstance(stage, nn.Sequential)]
        keys = np.array([[draw.key for draw in pair] for pair in draws], dtype=np.uint32)
        thresholds = np.array([[draw.threshold for draw in pair] for pair in draws], dtype=np.uint32)
        scales = np.array([[draw.scale for draw in pair] for pair in draws], dtype=self.memory.dtype)
        flat = torch.cat([parameter.detach().flatten() for parameter in parameters])
        running = torch.cat([*_averages(network), flat[:0]])
        return kernels.Net(
            self._table, self._edges, _MIX_AFTER, keys, thresholds, scales, flat.numpy(), running.numpy()
        )


def remember(network: StudyNet, running: npt.NDArray[Any]) -> None:
    """Put BatchNorm's new averages where the network keeps them."""
    averages = _averages(network)
    new = torch.from_numpy(running).split([len(average) for average in averages])
    for average, values in zip(averages, new, strict=True):
        average.copy_(values)


_waiting: OrderedDict[Kind, Workspace] = OrderedDict()


class Loan:
    """A workspace for as long as somebody holds this; then it waits for the next batch of its kind."""

    def __init__(self, kind: Kind) -> None:
        self.work = _waiting.pop(kind) if kind in _waiting else Workspace(kind)

    def __del__(self) -> None:
        if self.work.bytes <= _LARGEST:
            _waiting[self.work.kind] = self.work
        while len(_waiting) > KEPT:
            _waiting.popitem(last=False)


def waiting() -> int:
    """How many workspaces nobody uses."""
    return len(_waiting)


def _starts(sizes: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Where each begins, one after the other."""
    names, lengths = zip(*sizes, strict=True) if (sizes := list(sizes)) else ((), ())
    return dict(zip(names, accumulate(lengths, initial=0), strict=False))


def _rows(parts: int, values: int, dtype: torch.dtype) -> npt.NDArray[Any]:
    """Memory that torch lays on the edge of a cache line, which numpy does not."""
    rows: npt.NDArray[Any] = torch.empty(parts, -(-values // _CACHE_LINE) * _CACHE_LINE, dtype=dtype).numpy()
    return rows


def _averages(network: StudyNet) -> list[Tensor]:
    """BatchNorm's, mean and variance of one after the other."""
    norms = [layer for layer in network.layers() if isinstance(layer, BatchNorm)]
    return [average for norm in norms for average in (norm.running_mean, norm.running_var)]


def _draws(block: nn.Sequential) -> tuple[Draw, Draw]:
    """Dropout's next masks, before and after the norms."""
    for place, layer in enumerate(block):
        if isinstance(layer, Dropout):
            return (layer.draw(), KEEP_ALL) if place == _AFTER_RELU else (KEEP_ALL, layer.draw())
    return KEEP_ALL, KEEP_ALL
