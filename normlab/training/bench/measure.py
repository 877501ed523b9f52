"""Runs the cases: the reference and the project's training take turns, so that both meet the same machine."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.crew import crew
from normlab.presets import with_recipe
from normlab.settings import changed
from normlab.training import threads
from normlab.training.bench import cases, timing
from normlab.training.machine import machine, versions

QUICK_IMAGES = 5_000


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
    """`digits` are seconds of ten epochs; the shares are parts of the project's epoch; `growth` seconds of an epoch, or
    of as many side by side as there are runs, by what was changed and its value."""

    machine: str
    versions: dict[str, str]
    date: str
    images: int
    lines: list[Line] = field(default_factory=list)
    digits: list[float] = field(default_factory=list)
    statistics_share: float = 0.0
    rest_share: float = 0.0
    growth: list[tuple[str, str, float]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "lines": [line.plain() for line in self.lines]}


Tell = Callable[[str], None]


def measure(*, quick: bool, tell: Tell) -> Report:
    """The whole table; `quick` takes 5,000 training images, and only epochs and digits."""
    images, rounds = (QUICK_IMAGES, 2) if quick else (0, 3)
    report = Report(machine(), dict(versions()), datetime.now(UTC).date().isoformat(), images or 60_000)
    tell("the reference's best number of loading processes")
    workers = timing.best_workers(cases.EPOCHS[0].config(QUICK_IMAGES))
    timing.project_epoch(cases.EPOCHS[0].config(QUICK_IMAGES))
    for case in cases.EPOCHS:
        tell(case.name)
        report.lines.append(epochs(case, images, rounds, workers))
    tell("shares of an epoch")
    report.statistics_share, report.rest_share = timing.shares(cases.EPOCHS[0].config(images))
    tell("digits")
    digits = changed(RunConfig(), {"epochs": 10})
    report.digits = [timing.run_seconds(digits) for _ in range(3)]
    if not quick:
        tell(cases.SWEEP.name)
        report.lines.append(sweep(workers))
        tell("growth")
        report.growth = growth()
        report.lines.append(to_accuracy(workers, tell))
    return report


def epochs(case: cases.Case, images: int, rounds: int, workers: int) -> Line:
    config = case.config(images)
    pairs = [(timing.reference_epoch(config, workers), timing.project_epoch(config)) for _ in range(rounds)]
    theirs, ours = zip(*pairs, strict=True)
    note = f"reference: {workers} loading processes"
    return Line(case.name, list(theirs), list(ours), case.least, case.aim, note)


def sweep(workers: int, runs: int = 8, rounds: int = 2) -> Line:
    """The reference one run after the other on two threads, the project in two processes of one thread."""
    theirs, ours, epochs = [], [], cases.SWEEP_EPOCHS
    for _ in range(rounds):
        theirs.append(runs * epochs * timing.reference_epoch(cases.SWEEP.config(), workers))
        ours.append(side_by_side([cases.SWEEP.config(epochs=epochs, seed=seed) for seed in range(runs)]))
    note = f"reference: {runs * epochs} × one epoch"
    return Line(cases.SWEEP.name, theirs, ours, cases.SWEEP.least, cases.SWEEP.aim, note)


def side_by_side(configs: list[RunConfig]) -> float:
    """Seconds of all runs in two warm processes of one thread each, as the engine trains them."""
    with crew(timing.THREADS) as pool:
        list(pool.map(_alone, [changed(RunConfig(), {"epochs": 1})] * timing.THREADS))
        start = time.perf_counter()
        list(pool.map(_alone, configs))
        return time.perf_counter() - start


def _alone(config: RunConfig) -> float:
    """Seconds of a run on one thread."""
    threads.use(1)
    return timing.run_seconds(config)


def growth() -> list[tuple[str, str, float]]:
    """How an epoch's seconds grow with images, batch size and widths, and those of several runs with their number."""
    found = []
    for what, values in cases.GROWTH.items():
        for settings in values:
            config = changed(cases.EPOCHS[0].config(cases.GROWTH_IMAGES), settings)
            value = str(next(iter(settings.values())) or 60_000)
            found.append((what, value, min(timing.project_epoch(config) for _ in range(2))))
    for runs in (1, 2, 4, 8):
        configs = [cases.SWEEP.config(cases.GROWTH_IMAGES, seed=seed) for seed in range(runs)]
        found.append(("runs", str(runs), side_by_side(configs)))
    return found


def to_accuracy(workers: int, tell: Tell, seeds: int = 5) -> Line:
    """Seconds until a test pass first reaches 99.0 %: the project's recipe for MNIST against the study's."""
    theirs, ours = [], []
    for seed in range(seeds):
        tell(f"{cases.ACCURACY.name}, seed {seed}")
        theirs.append(timing.reference_until(cases.ACCURACY.config(epochs=25, seed=seed), workers))
        ours.append(timing.project_until(changed(with_recipe(RunConfig(), Dataset.MNIST), {"seed": seed})))
    return Line(cases.ACCURACY.name, theirs, ours, cases.ACCURACY.least, cases.ACCURACY.aim, "inf: not reached")
