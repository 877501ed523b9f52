"""Why BN + L1 + L2 swings, as numbers a seed: how much of base's deficit each change removes, and what is given back.

The deficit is accuracy with batch statistics minus accuracy with running ones, in points, on the same weights and
images. Everything is computed from the result files of `study.mechanisms`. Three seeds give no 95 % interval of a
share, so with each share stand its lowest and its highest seed.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from normlab.numerals import number
from normlab.study.plan.mechanisms import SEEDS, VARIANTS, Variant
from normlab.study.results.measured import Results, Values
from normlab.study.results.quantities import swing

BASE = "base"
Content = Mapping[str, Any]
"""The content of one result file."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An arm of the mechanisms. Accuracies in percent, swing (around the trend) and deficit in points; means over the
    seeds. `removes` is 1 − (the arm's deficit / base's of the same seed): None for base itself, and where no norm
    remembers anything, so that there is nothing to remove.
    """

    name: str
    title: str
    asks: str
    seeds: int
    running: float
    swing: float
    lowest: float
    batch: float
    batch_swing: float
    deficit: float
    removes: "Share | None"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the deficit: the mean of the seeds, the lowest and the highest of them."""

    mean: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """ "53 % (52 to 54)", or without the seeds' range where it has no width."""
        low, high = (number(100 * value, 0) for value in (self.low, self.high))
        mean = f"{number(100 * self.mean, 0)} %"
        return mean if low == high else f"{mean} ({low} to {high})"


def share(values: Values) -> Share | None:
    """Of a number a seed; None if there is none."""
    seeds = list(values.values())
    return Share(statistics.fmean(seeds), min(seeds), max(seeds)) if seeds else None


def rows(results: Results) -> list[Row]:
    """A row for each arm that has been measured."""
    return [row for variant in VARIANTS if (row := _row(variant, results)) is not None]


def _row(variant: Variant, results: Results) -> Row | None:
    found = list(results.measurements(variant.name).values())
    if not found:
        return None
    remembers = variant.config(SEEDS[0]).model.remembers

    def mean(column: str) -> float:
        return float(statistics.mean(one["summary"][column] for one in found))

    return Row(
        variant.name,
        variant.title,
        variant.asks,
        len(found),
        running=mean("test_running_mean"),
        swing=statistics.fmean(swings(results, variant.name, "running").values()),
        lowest=min(one["summary"]["test_running_lowest"] for one in found),
        batch=mean("test_batch_mean"),
        batch_swing=statistics.fmean(swings(results, variant.name, "batch").values()),
        deficit=mean("deficit"),
        removes=share(removed(results, variant.name)) if remembers and variant.name != BASE else None,
    )


def swings(results: Results, arm: str, mode: str, images: str = "test") -> Values:
    """How much accuracy with "running" or "batch" statistics moves from check to check around its trend, in points."""
    found = {seed: swing(_later_checks(content, images, mode)) for seed, content in results.measurements(arm).items()}
    return {seed: value for seed, value in found.items() if value is not None}


def _later_checks(content: Content, images: str, mode: str) -> list[float]:
    """After the first epoch."""
    per_epoch = len(content["checks"]) // len(content["epochs"])
    return [check[images][mode] for check in content["checks"][per_epoch:]]


def summary(results: Results, arm: str, column: str) -> Values:
    """One number of each file's summary."""
    return {seed: found["summary"][column] for seed, found in results.measurements(arm).items()}


def removed(results: Results, arm: str) -> Values:
    """The share of base's deficit that is gone in the arm, seed by seed."""
    own, whole = summary(results, arm, "deficit"), summary(results, BASE, "deficit")
    return {seed: 1 - own[seed] / whole[seed] for seed in own if whole.get(seed)}


def of_epochs(results: Results, arm: str, number: Callable[[Sequence[Content]], float | None]) -> Values:
    """A number of each file's epochs after the first (of all, if there is one only)."""
    found = {seed: number(_later(one["epochs"])) for seed, one in results.measurements(arm).items()}
    return {seed: value for seed, value in found.items() if value is not None}


def _later(epochs: Sequence[Content]) -> Sequence[Content]:
    return epochs[1:] or epochs


def given_back(part: Callable[[Content], float]) -> Callable[[Sequence[Content]], float | None]:
    """The share of the deficit that replacing a part of the statistics gives back: `part` is the accuracy then."""

    def share(epochs: Sequence[Content]) -> float | None:
        seen = [epoch["dissected"] for epoch in epochs]
        whole = sum(one["batch"] - one["running"] for one in seen)
        return sum(part(one) - one["running"] for one in seen) / whole if whole > 0 else None

    return share


def best_block(epochs: Sequence[Content]) -> float | None:
    """The largest share that batch statistics in a single block give back."""
    if not all("one_block" in epoch["dissected"] for epoch in epochs):
        return None
    shares = [given_back(partial(_with_block, block))(epochs) for block in epochs[0]["dissected"]["one_block"]]
    return max((share for share in shares if share is not None), default=None)


def _with_block(block: str, dissected: Content) -> float:
    return float(dissected["one_block"][block])


def mean_of(number: Callable[[Content], float]) -> Callable[[Sequence[Content]], float | None]:
    """The mean over epochs of a number of the dissection."""
    return lambda epochs: statistics.mean(number(epoch["dissected"]) for epoch in epochs)


def swing_of(column: str) -> Callable[[Sequence[Content]], float | None]:
    """Standard deviation over the epochs of an accuracy on all test images."""
    return lambda epochs: statistics.pstdev(epoch[column] for epoch in epochs)


def slow_swing_share(results: Results, arm: str) -> Values:
    """The swing while lr ≤ 0.005 as a share of that at the first rate; nothing for a seed whose rate stayed higher."""
    found = {}
    for seed, content in results.measurements(arm).items():
        checks = list(_checks_with_rate(content))
        fast = [accuracy for lr, accuracy in checks if lr >= 0.02]
        slow = [accuracy for lr, accuracy in checks if lr <= 0.005]
        if len(fast) > 1 and len(slow) > 1:
            found[seed] = statistics.pstdev(slow) / statistics.pstdev(fast)
    return found


def _checks_with_rate(content: Content) -> Iterator[tuple[float, float]]:
    """Learning rate and test accuracy, running statistics, of every check after the first epoch."""
    per_epoch = len(content["checks"]) // len(content["epochs"])
    for place, check in enumerate(content["checks"][per_epoch:], start=per_epoch):
        epoch = content["epochs"][min(place // per_epoch, len(content["epochs"]) - 1)]
        yield epoch["lr"], check["test"]["running"]
