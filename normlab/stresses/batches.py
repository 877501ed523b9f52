"""Who shares a batch."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from normlab.choices import Statistics
from normlab.config import ConfigError
from normlab.images import Bytes, Indices
from normlab.stresses.settings import Composition, Neighbors, Stress


def batches(stress: Stress, labels: Bytes) -> list[Indices]:
    """The images of each batch, by their numbers: all of them, each once, in batches that differ by one image at most
    (of each class, where no batch has two); or with `Composition.AMONG` one batch, the single image first.

    The order is drawn from numpy's frozen `RandomState`, so that it is the same with every version of numpy.

    Raises:
        ConfigError: if the single image has fewer neighbors than its batch needs.
    """
    order = np.argsort(np.random.RandomState(stress.draw).random_sample(len(labels)), kind="stable")
    match stress.composition:
        case Composition.MIXED:
            return _cut(order, stress.test_batch)
        case Composition.SORTED:
            return _cut(order[np.argsort(labels[order], kind="stable")], stress.test_batch)
        case Composition.ONE_CLASS:
            classes = (order[labels[order] == label] for label in np.unique(labels))
            return [batch for members in classes for batch in _cut(members, stress.test_batch)]
        case Composition.AMONG:
            return [_among(stress, labels, order)]


def passes(stress: Stress, shared: Sequence[Indices], most: int) -> Iterator[tuple[Indices, int]]:
    """The images of these batches as they pass the network, about `most` at a time: batches of equal size side by side,
    with their number; or with 0 where a batch means nothing, in the images' own order."""
    if stress.statistics is not Statistics.BATCH:
        images = np.sort(np.concatenate(shared))
        yield from ((part, 0) for part in _cut(images, most))
        return
    for size, equal in groupby(shared, len):
        waiting, few = list(equal), max(1, most // size)
        for at in range(0, len(waiting), few):
            part = waiting[at : at + few]
            yield np.concatenate(part), len(part)


def _cut(images: Indices, size: int) -> list[Indices]:
    return np.array_split(images, -(-len(images) // size))


def _among(stress: Stress, labels: Bytes, order: Indices) -> Indices:
    others = order[order != stress.image]
    if stress.neighbors is not Neighbors.MIXED:
        own = stress.neighbors is Neighbors.OWN
        label = labels[stress.image] if own else int(stress.neighbors)
        others = others[labels[others] == label]
    if len(others) < stress.test_batch - 1:
        raise ConfigError(
            "test_batch",
            f"test_batch={stress.test_batch} needs {stress.test_batch - 1} neighbors, and there are {len(others)} "
            f"such images: use at most {len(others) + 1}.",
        )
    return np.concatenate(([stress.image], others[: stress.test_batch - 1]))
