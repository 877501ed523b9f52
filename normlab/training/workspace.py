"""What the kernels work in: tables and norms of each kind of batch, and the memory that all kinds share."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from normlab.config import ModelConfig
from normlab.training.layers import KEEP_ALL, Draw, Dropout
from normlab.training.model import StudyNet
from normlab.training.norms import chains
from normlab.training.programs import program

KEPT = 8
_LARGEST = 64_000_000
"""How many workspaces wait for the next batch of their kind, and the most bytes of activations that wait for any."""

_AFTER_RELU = 2
_LINE = 64
"""Bytes that arrays begin at a multiple of: vectors that cross the edge of a cache line take twice as long."""

_Array = npt.NDArray[Any]


class Kind(NamedTuple):
    """With `learns` a workspace holds what the way back needs, `together` that of all images at once."""

    config: ModelConfig
    is_training: bool
    images: int
    dtype: torch.dtype
    learns: bool
    together: bool


class Workspace:
    """The kernels' program and norms for one kind of batch."""

    def __init__(self, kind: Kind) -> None:
        model, images, learns = StudyNet(kind.config), kind.images, kind.learns
        starts = _starts((name, parameter.numel()) for name, parameter in model.named_parameters())
        remembered = _starts((name, buffer.numel()) for name, buffer in model.named_buffers())
        count = len(model.numbers)
        self.program = program(kind.config, starts, count, images, together=kind.together, learns=learns)
        self._numbers = torch.empty(0, dtype=kind.dtype).numpy().dtype
        shapes, mode = self.program.shapes, kind.is_training
        self._no_draws = self._numbers_of([(KEEP_ALL, KEEP_ALL)] * len(shapes))
        self.chains = chains(kind.config, shapes, images, mode, starts, remembered, self._numbers, learns=learns)

    def draws(self, network: StudyNet | None) -> tuple[_Array, _Array]:
        """The next masks of a network's dropout, if there is one: keys and thresholds, and what is multiplied by."""
        if network is None or not network.training or not network.config.dropout:
            return self._no_draws
        return self._numbers_of([_draws(stage) for stage in network.children() if isinstance(stage, nn.Sequential)])

    def _numbers_of(self, draws: Sequence[tuple[Draw, Draw]]) -> tuple[_Array, _Array]:
        words = np.array([[(draw.key, draw.threshold) for draw in pair] for pair in draws], dtype=np.uint32)
        return words, np.array([[draw.scale for draw in pair] for pair in draws], dtype=self._numbers)

    @contextmanager
    def memory(self) -> Iterator[tuple[_Array, _Array]]:
        """Numbers and places for one pass; the network's parameters are to be put where the numbers begin.

        Then both wait for the next one, unless the pass ended early: a helper may still write to them.
        """
        size = _whole_lines(self.program.size * self._numbers.itemsize)
        buffer = _borrow(size + self.program.places)
        numbers = buffer[:size].numpy().view(self._numbers)
        numbers[self.program.nothing] = 0
        yield numbers, buffer[size : size + self.program.places].numpy()
        _give_back(buffer)


_waiting: OrderedDict[Kind, Workspace] = OrderedDict()
_spare: list[Tensor] = []


@contextmanager
def workspace(kind: Kind) -> Iterator[Workspace]:
    """One that nobody else uses meanwhile; then it waits for the next batch of its kind, as `Workspace.memory`."""
    work = _waiting.pop(kind) if kind in _waiting else Workspace(kind)
    yield work
    _waiting[kind] = work
    while len(_waiting) > KEPT:
        _waiting.popitem(last=False)


def waiting() -> int:
    """How many workspaces nobody uses."""
    return len(_waiting)


def _borrow(size: int) -> Tensor:
    """Bytes that begin at the edge of a cache line, as torch lays them: those that wait, if they are enough."""
    if _spare and len(_spare[-1]) >= size:
        return _spare.pop()
    _spare.clear()
    return torch.empty(_whole_lines(size), dtype=torch.uint8)


def _give_back(buffer: Tensor) -> None:
    if len(buffer) <= _LARGEST:
        _spare.append(buffer)
        _spare.sort(key=len)
        del _spare[:-1]


def _starts(sizes: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Where each begins, one after the other."""
    starts, end = {}, 0
    for name, size in sizes:
        starts[name] = end
        end += size
    return starts


def _whole_lines(size: int) -> int:
    return -(-size // _LINE) * _LINE


def _draws(block: nn.Sequential) -> tuple[Draw, Draw]:
    """Dropout's next masks, before and after the norms."""
    for place, layer in enumerate(block):
        if isinstance(layer, Dropout):
            return (layer.draw(), KEEP_ALL) if place == _AFTER_RELU else (KEEP_ALL, layer.draw())
    return KEEP_ALL, KEEP_ALL
