"""The network in one compiled call: what it answers, or that and the gradients of its loss.

`StudyNet` says what the network is; this gives the same numbers, but for rounding: a test holds both together. Call it
through answers.py.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from normlab import describe
from normlab.datasets import CLASSES
from normlab.training import kernels, threads
from normlab.training.model import StudyNet
from normlab.training.programs import Program
from normlab.training.workspace import Kind, workspace

Numbers = npt.NDArray[Any]

torch.empty(30 * 2**20, dtype=torch.uint8)
"""Freed at once: glibc then keeps up to twice as much freed memory, instead of asking for it page by page again."""


def answers(network: StudyNet, images: Tensor) -> Tensor:
    """Log-probabilities (B, 10) for images (B, 1, 28, 28), without a graph."""
    found = torch.empty(len(images), CLASSES, dtype=images.dtype)
    with _pass(network, images, None, found):
        return found


def learn(network: StudyNet, images: Tensor, labels: Tensor) -> Tensor:
    """As `answers`; and the gradients of the mean negative log-likelihood are added to those of the parameters."""
    found = torch.empty(len(images), CLASSES, dtype=images.dtype)
    with _pass(network, images, labels, found) as (program, _, numbers):
        network.gradient.numpy()[:] += numbers[program.gradients : program.gradients + len(network.numbers)]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What ReLU or a norm gives, in double precision: mean, std and share of zeros of each channel (C,); the range of
    the first images' values, and how many are in equal bins between."""

    mean: Numbers
    std: Numbers
    zeros: Numbers
    low: float
    high: float
    counts: Numbers


def observe(
    network: StudyNet, images: Tensor, labels: Tensor, *, shown: int, bins: int
) -> tuple[list[list[Stage]], Tensor]:
    """Each block's stages on a batch of images, as in training but without dropout, with histograms of the first
    `shown`; and the loss's gradient (parameters,). The network stays as it was."""
    config = replace(network.config, dropout=0.0)
    kind = Kind(config, True, len(images), images.dtype, learns=True, together=True)
    found = torch.empty(len(images), CLASSES, dtype=images.dtype)
    with _pass(network, images, labels, found, kind) as (program, chains, numbers):
        stages = [
            [
                _stage(numbers, program.rectified[block], shape, chains.before[block, stage], images, shown, bins)
                for stage in range(1 + len(known.norms))
            ]
            for block, (known, shape) in enumerate(zip(describe.blocks(config), program.shapes, strict=True))
        ]
        gradient = numbers[program.gradients : program.gradients + len(network.numbers)].copy()
    return stages, torch.from_numpy(gradient)


def _stage(
    numbers: Numbers,
    starts: npt.NDArray[np.int64],
    shape: tuple[int, int],
    known: Numbers,
    images: Tensor,
    shown: int,
    bins: int,
) -> Stage:
    """`known` (4, C, B): the scale and the shift that give it from what ReLU gives, its sums and sums of squares."""
    (channels, size), edges = shape, np.empty(2)
    known, counts, zeros = known[:, :channels], np.empty(bins), np.empty(channels)
    factor, shift = known[kernels.SCALE], known[kernels.SHIFT]
    kernels.observe(numbers, starts, size, len(images), shown, factor, shift, zeros, edges, counts)
    values = len(images) * size**2
    mean, square = (known[which].sum(axis=1) / values for which in (kernels.SUM, kernels.SQUARE))
    std = np.sqrt(np.maximum(square - mean**2, 0.0))
    return Stage(mean, std, zeros / values, float(edges[0]), float(edges[1]), counts)


@contextmanager
def _pass(
    network: StudyNet, images: Tensor, labels: Tensor | None, found: Tensor, kind: Kind | None = None
) -> Iterator[tuple[Program, kernels.Chain, Numbers]]:
    """Fills `found`; with labels there are gradients as well, with a `kind` of its own the network only lends weights.

    Gives what the pass has left in memory, which the next one overwrites.
    """
    together = network.training and network.config.remembers
    own = Kind(network.config, network.training, len(images), images.dtype, labels is not None, together)
    goals = np.empty(0, dtype=np.int64) if labels is None else labels.numpy()
    with workspace(kind or own) as work, work.memory() as (numbers, places):
        averages = network.averages.numpy().copy()
        numbers[: len(network.numbers)] = network.numbers.numpy()
        draws = work.draws(network if kind is None else None)
        arrays = _pixels(images), goals, averages, numbers, places, found.numpy()
        _on_all_threads(work.program.parts, work.program.steps, work.chains, *draws, *arrays)
        if kind is None:
            network.averages.numpy()[:] = averages
        yield work.program, work.chains, numbers


def _pixels(images: Tensor) -> Numbers:
    pixels: Numbers = images.detach().flatten(1).contiguous().numpy()
    return pixels


_OPEN = 2**62
"""A counter of so many arrivals lets every thread through every barrier of its pass."""


def _on_all_threads(parts: int, *arguments: Any) -> None:
    """A pass, its parts shared out among the threads.

    A thread whose part ends early, by an error or by Ctrl-C, opens the barriers: else the others would wait for it,
    awake, for ever. What they compute then is of no use, and nobody sees it.
    """
    count = min(threads.count(), parts)
    counter = np.zeros(1, dtype=np.int64)
    others: list[Future[None]] = []
    try:
        for k in range(1, count):
            others.append(_helpers(count - 1).submit(_help, k, count, counter, *arguments))
        kernels.run(0, count, counter, *arguments)
    except BaseException:
        counter[0] = _OPEN
        raise
    finally:
        wait_for(others)
    for other in others:
        other.result()


def _help(thread: int, count: int, counter: npt.NDArray[np.int64], *arguments: Any) -> None:
    """A helper's part."""
    try:
        kernels.run(thread, count, counter, *arguments)
    except BaseException:
        counter[0] = _OPEN
        raise


@lru_cache(maxsize=1)
def _helpers(count: int) -> ThreadPoolExecutor:
    """They sleep between two passes: threads that wait awake take the cores from whoever else has work."""
    return ThreadPoolExecutor(count, "kernels")
