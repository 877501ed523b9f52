"""What the kernels work in: tables and norms of each kind of batch, and the memory that all kinds share."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from normlab import cores
from normlab.config import ModelConfig
from normlab.training import kernels
from normlab.training.layers import KEEP_ALL, BatchNorm, Draw, Dropout
from normlab.training.layout import layout
from normlab.training.model import StudyNet
from normlab.training.norms import chains

PARTS = cores.MOST
"""Into so many a batch is cut, whatever the number of threads: sums have one order. More would make rows too short."""

KEPT = 8
_LARGEST = 64_000_000
"""How many workspaces wait for the next batch of their kind, and the most bytes of activations that wait for any."""

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
    """The kernels' tables and norms for one kind of batch."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        model, images = StudyNet(kind.config), kind.images
        starts = _starts((name, p.numel()) for name, p in model.named_parameters() if not name.startswith("head."))
        remembered = _starts((name, buffer.numel()) for name, buffer in model.named_buffers())
        found = layout(kind.config, starts, keeps=kind.keeps)
        self.parts = min(PARTS, images)
        most = -(-images // self.parts)
        self._table = found.table
        self._edges = np.array([images * part // self.parts for part in range(self.parts + 1)], dtype=np.int64)
        self.channels = found.shapes[-1][0]
        self.activations = _whole_lines(found.values * most)
        self.gradients = _whole_lines(found.widest * most) if kind.keeps else 0
        self.places = np.empty((self.parts, found.pooled * most), dtype=np.uint8)
        self.numbers = torch.empty(0, dtype=kind.dtype).numpy().dtype
        self.chains = chains(kind.config, found.shapes, images, kind.is_training, starts, remembered, self.numbers)

    def net(self, network: StudyNet, parameters: Sequence[Tensor]) -> kernels.Net:
        """The network's numbers now, and the next masks of its dropout."""
        draws = [_draws(stage) for stage in network.children() if isinstance(stage, nn.Sequential)]
        keys = np.array([[draw.key for draw in pair] for pair in draws], dtype=np.uint32)
        thresholds = np.array([[draw.threshold for draw in pair] for pair in draws], dtype=np.uint32)
        scales = np.array([[draw.scale for draw in pair] for pair in draws], dtype=self.numbers)
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
_spare: list[Tensor] = []


class Loan:
    """A workspace and memory for it, for as long as somebody holds this; then they wait for the next batch.

    `memory` (P, ...) is for the activations of each part, `around` (2, P, ...) for gradients on the way back.
    """

    _buffer: Tensor | None = None

    def __init__(self, kind: Kind) -> None:
        self.work = work = _waiting.pop(kind) if kind in _waiting else Workspace(kind)
        activations, gradients = work.parts * work.activations, 2 * work.parts * work.gradients
        buffer = _memory((activations + gradients) * work.numbers.itemsize)
        values = buffer.view(kind.dtype).numpy()
        self.memory = values[:activations].reshape(work.parts, work.activations)
        self.around = values[activations : activations + gradients].reshape(2, work.parts, work.gradients)
        self._buffer = buffer

    def __del__(self) -> None:
        if self._buffer is None:  # interrupted before it was whole
            return
        _waiting[self.work.kind] = self.work
        while len(_waiting) > KEPT:
            _waiting.popitem(last=False)
        if len(self._buffer) <= _LARGEST:
            _spare.append(self._buffer)
            _spare.sort(key=len)
            del _spare[:-1]


def _memory(size: int) -> Tensor:
    """Bytes that begin at the edge of a cache line, as torch lays them: those that wait, if they are enough."""
    if _spare and len(_spare[-1]) >= size:
        return _spare.pop()
    _spare.clear()
    return torch.empty(-(-size // 64) * 64, dtype=torch.uint8)


def waiting() -> int:
    """How many workspaces nobody uses."""
    return len(_waiting)


def _starts(sizes: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Where each begins, one after the other."""
    starts, end = {}, 0
    for name, size in sizes:
        starts[name] = end
        end += size
    return starts


def _whole_lines(values: int) -> int:
    return -(-values // _CACHE_LINE) * _CACHE_LINE


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
