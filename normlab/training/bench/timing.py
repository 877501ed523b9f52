"""How long a loop takes for one thing, in seconds. Each runs in the loop's own process."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from normlab.config import RunConfig
from normlab.settings import changed
from normlab.training.bench.reference import Epoch

REACHED = 0.99
"""Of the test images, for the time to an accuracy."""


class Loop(Protocol):
    """A way to train; `text` says with how many threads, and what else was chosen for it."""

    @property
    def text(self) -> str: ...

    def epochs(self, config: RunConfig) -> Iterator[Epoch]: ...


def fastest(loops: Sequence[Any], config: RunConfig) -> Any:
    """The one with the shortest epoch, each the second time."""

    def seconds(loop: Loop) -> float:
        epoch_seconds(loop, config)
        return epoch_seconds(loop, config)

    return min(loops, key=seconds)


def text_of(loop: Loop) -> str:
    """Its text, which depends on the process: whether something could be compiled there."""
    return loop.text


def epoch_seconds(loop: Loop, config: RunConfig) -> float:
    """Of training and test pass; normlab's with all that a run measures at an epoch's end.

    The first of two, so that it is without what normlab measures once a run: BatchNorm's other statistics, after the
    last.
    """
    return next(loop.epochs(changed(config, {"epochs": 2}))).seconds


def run_seconds(loop: Loop, config: RunConfig) -> float:
    """A whole run in a warm process, from its configuration to its last event."""
    start = time.perf_counter()
    for _ in loop.epochs(config):
        pass
    return time.perf_counter() - start


def seconds_until(loop: Loop, config: RunConfig) -> float:
    """Of the epochs until a test pass first reaches 99.0 %; infinite if none does."""
    total = 0.0
    for epoch in loop.epochs(config):
        total += epoch.seconds
        if epoch.accuracy >= REACHED:
            return total
    return float("inf")
