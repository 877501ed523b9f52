"""How long one thing takes, in seconds: epochs of the reference and of the project, whole runs, parts of an epoch."""

import time
from collections.abc import Callable, Iterator

import torch

from normlab.config import RunConfig
from normlab.record import EpochEnd, StepEnd
from normlab.settings import changed
from normlab.training import threads
from normlab.training.bench import reference
from normlab.training.data import load_splits
from normlab.training.evaluate import evaluate
from normlab.training.model import StudyNet
from normlab.training.probe import layer_statistics
from normlab.training.train import train

THREADS = 2
REACHED = 0.99
"""Of the test images, for the time to an accuracy."""


def best_workers(config: RunConfig) -> int:
    """The number of loading processes, 0 to 2, with which the reference is fastest."""
    return min(range(3), key=lambda workers: reference_epoch(config, workers))


def reference_epoch(config: RunConfig, workers: int) -> float:
    """Of training and test pass."""
    torch.set_num_threads(THREADS)
    (epoch,) = reference.train(config, workers)
    return epoch.seconds


def project_epoch(config: RunConfig) -> float:
    """With everything a run measures at an epoch's end, not only the test pass.

    The first of two, so that it is without what is measured once a run: BatchNorm's other statistics, after the last.
    """
    threads.use(THREADS)
    return next(ends(_longer(config))).seconds


def run_seconds(config: RunConfig) -> float:
    """A whole run in a warm process, from its configuration to its last event."""
    start = time.perf_counter()
    for _ in train(config, load_splits(config.data)):
        pass
    return time.perf_counter() - start


def reference_until(config: RunConfig, workers: int) -> float:
    """Until a test pass first reaches 99.0 %; infinite if none does."""
    torch.set_num_threads(THREADS)
    return _until((epoch.seconds, epoch.accuracy) for epoch in reference.train(config, workers))


def project_until(config: RunConfig) -> float:
    """As `reference_until`."""
    threads.use(THREADS)
    return _until((end.seconds, end.test.accuracy) for end in ends(config))


def _until(epochs: Iterator[tuple[float, float]]) -> float:
    total = 0.0
    for seconds, accuracy in epochs:
        total += seconds
        if accuracy >= REACHED:
            return total
    return float("inf")


def ends(config: RunConfig) -> Iterator[EpochEnd]:
    for event in train(config, load_splits(config.data)):
        if isinstance(event, EpochEnd):
            yield event


def shares(config: RunConfig) -> tuple[float, float]:
    """Of an epoch: the per-layer statistics, and all but training steps and the test pass."""
    threads.use(THREADS)
    splits, steps, whole = load_splits(config.data), 0.0, 0.0
    for event in train(_longer(config), splits):
        if isinstance(event, StepEnd):
            steps = event.seconds
        elif isinstance(event, EpochEnd):
            whole = event.seconds
            break
    model = StudyNet(config.model)
    test = _seconds(lambda: evaluate(model, splits.test))
    statistics = _seconds(lambda: layer_statistics(model, splits.clean))
    return statistics / whole, 1 - (steps + test) / whole


def _longer(config: RunConfig) -> RunConfig:
    return changed(config, {"epochs": config.optim.epochs + 1})


def _seconds(call: Callable[[], object]) -> float:
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
