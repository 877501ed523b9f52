"""Runs the cases: the reference and the project's training take turns, so that both meet the same machine."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.presets import with_recipe
from normlab.record import EpochEnd, StepEnd
from normlab.settings import changed
from normlab.training import threads
from normlab.training.bench import cases, reference
from normlab.training.bench.cases import Case
from normlab.training.data import load_splits
from normlab.training.evaluate import evaluate
from normlab.training.machine import machine, versions
from normlab.training.model import StudyNet
from normlab.training.probe import layer_statistics
from normlab.training.train import train

THREADS = 2
QUICK_IMAGES = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds of the reference and of the project, one of each a round; `ratio` is that of the medians."""

    name: str
    reference: list[float]
    project: list[float]
    least: float
    aim: float
    note: str = ""

    @property
    def ratio(self) -> float:
        return statistics.median(self.reference) / statistics.median(self.project)

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 2)}


@dataclass(slots=True)
class Report:
    """`digits` are seconds of ten epochs; the shares are parts of the project's epoch."""

    machine: str
    versions: dict[str, str]
    images: int
    lines: list[Line] = field(default_factory=list)
    digits: list[float] = field(default_factory=list)
    statistics_share: float = 0.0
    rest_share: float = 0.0

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "lines": [line.plain() for line in self.lines]}


def measure(*, quick: bool, tell: Callable[[str], None]) -> Report:
    """The whole table; `quick` takes 10,000 training images, and leaves out the sweep and the way to 99 %."""
    threads.use(THREADS)
    images, rounds = (QUICK_IMAGES, 2) if quick else (0, 3)
    report = Report(machine(), dict(versions()), images or 60_000)
    tell("finding the reference's best number of loading processes")
    workers = best_workers(cases.EPOCHS[0].config(QUICK_IMAGES))
    project_epoch(cases.EPOCHS[0].config(QUICK_IMAGES))
    for case in cases.EPOCHS:
        tell(case.name)
        config = case.config(images)
        pairs = [(reference_epoch(config, workers), project_epoch(config)) for _ in range(rounds)]
        theirs, ours = zip(*pairs, strict=True)
        note = f"{workers} loading processes"
        report.lines.append(Line(case.name, list(theirs), list(ours), case.least, case.aim, note))
    tell("shares of an epoch")
    report.statistics_share, report.rest_share = shares(cases.EPOCHS[0].config(images))
    tell("digits")
    digits = changed(RunConfig(), {"epochs": 10})
    report.digits = [run_seconds(digits) for _ in range(3)]
    if not quick:
        tell(cases.SWEEP.name)
        report.lines.append(sweep(workers))
        tell(cases.ACCURACY.name)
        report.lines.append(to_accuracy(workers, tell))
    return report


def best_workers(config: RunConfig) -> int:
    return min(range(3), key=lambda workers: reference_epoch(config, workers))


def reference_epoch(config: RunConfig, workers: int) -> float:
    (epoch,) = reference.train(config, workers)
    return epoch.seconds


def project_epoch(config: RunConfig) -> float:
    """With everything a run measures and keeps at an epoch's end, not only the test pass."""
    (end,) = _ends(config)
    return end.seconds


def run_seconds(config: RunConfig) -> float:
    """A whole run in a warm process, from its configuration to its last event."""
    start = time.perf_counter()
    for _ in train(config, load_splits(config.data)):
        pass
    return time.perf_counter() - start


def shares(config: RunConfig) -> tuple[float, float]:
    """Of an epoch's seconds: the per-layer statistics, and all but training steps and the test pass."""
    splits, steps = load_splits(config.data), 0.0
    for event in train(config, splits):
        if isinstance(event, StepEnd):
            steps = event.seconds
        elif isinstance(event, EpochEnd):
            whole = event.seconds
    model = StudyNet(config.model)
    test, probe = (_seconds(call) for call in (lambda: evaluate(model, splits.test), lambda: _probe(model, splits)))
    return probe / whole, 1 - (steps + test) / whole


def _probe(model: StudyNet, splits: Any) -> None:
    layer_statistics(model, splits.clean)


def _seconds(call: Callable[[], object]) -> float:
    call()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def sweep(workers: int, runs: int = 8) -> Line:
    """Eight one-epoch runs: the reference one after the other on two threads, the project in two processes."""
    config = cases.SWEEP.config(0)
    theirs = runs * reference_epoch(config, workers)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(THREADS, context, initializer=_one_thread) as pool:
        list(pool.map(run_seconds, [changed(RunConfig(), {"epochs": 1})] * THREADS))
        start = time.perf_counter()
        list(pool.map(run_seconds, [cases.SWEEP.config(0, seed=seed) for seed in range(runs)]))
        ours = time.perf_counter() - start
    return Line(cases.SWEEP.name, [theirs], [ours], cases.SWEEP.least, cases.SWEEP.aim, "reference: 8 × one run")


def _one_thread() -> None:
    threads.use(1)


def to_accuracy(workers: int, tell: Callable[[str], None], seeds: int = 5) -> Line:
    """Seconds until a test pass first reaches 99.0 %: the project's recipe for MNIST against the study's."""
    theirs, ours = [], []
    for seed in range(seeds):
        tell(f"{cases.ACCURACY.name}, seed {seed}")
        study = cases.ACCURACY.config(0, epochs=25, seed=seed)
        theirs.append(_until((epoch.seconds, epoch.accuracy) for epoch in reference.train(study, workers)))
        own = changed(with_recipe(RunConfig(), Dataset.MNIST), {"seed": seed})
        ours.append(_until((end.seconds, end.test.accuracy) for end in _ends(own)))
    return Line(cases.ACCURACY.name, theirs, ours, cases.ACCURACY.least, cases.ACCURACY.aim, "inf: not reached")


def _until(epochs: Iterator[tuple[float, float]]) -> float:
    total = 0.0
    for seconds, accuracy in epochs:
        total += seconds
        if accuracy >= cases.REACHED:
            return total
    return float("inf")


def _ends(config: RunConfig) -> Iterator[EpochEnd]:
    for event in train(config, load_splits(config.data)):
        if isinstance(event, EpochEnd):
            yield event


def differences(case: Case, workers: int, seeds: int = 10, epochs: int = 3) -> list[float]:
    """Test accuracy after three epochs, the project's minus the reference's, seed by seed."""
    found = []
    for seed in range(seeds):
        config = case.config(0, epochs=epochs, seed=seed)
        *_, theirs = reference.train(config, workers)
        *_, ours = _ends(config)
        found.append(ours.test.accuracy - theirs.accuracy)
    return found
