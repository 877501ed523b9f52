"""The numbers of a run that claims and predictions speak of."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from normlab.presets import STUDY_RECIPE
from normlab.record import EpochEnd
from normlab.store import Run

_EARLY = 5
"""Epochs that "at first" means, and "at the end"."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a finished run; `of` gives None where the run did not measure it. `unit` is "points" or "nats".

    Accuracies are in percent, so that their differences are in points.
    """

    name: str
    unit: str
    of: Callable[[Run], float | None]


def accuracies(run: Run) -> list[float]:
    """Test accuracy after each epoch, running statistics, in percent."""
    return [100 * end.test.accuracy for end in run.epochs]


def reestimated(run: Run) -> list[float]:
    """The same with re-estimated statistics: for a network without BatchNorm the same values; [] if not recorded."""
    if "bn" not in run.config.model.norms:
        return accuracies(run)
    return [100 * end.modes.reestimated.accuracy for end in run.epochs if end.modes is not None]


def swing(values: Sequence[float]) -> float | None:
    """How much a curve moves around its trend, in the values' unit; None for fewer than three values.

    Each value is held against the middle of its two neighbors, so that a straight rise counts as no swing; scaled so
    that values independent of each other give their standard deviation (Gasser, Sroka and Jennen-Steinmetz, 1986).
    """
    bends = [(before + after) / 2 - value for before, value, after in zip(values, values[1:], values[2:], strict=False)]
    return math.sqrt(2 / 3 * statistics.fmean(bend**2 for bend in bends)) if bends else None


def _later_swing(values: Sequence[float]) -> float | None:
    """Of a curve over epochs: the first epoch, in which everything moves, is left out."""
    return swing(values[1:])


def _spread(values: Sequence[float]) -> float | None:
    """What docs/predictions.md calls swing: the standard deviation over the epochs after the first, trend and all."""
    return statistics.pstdev(values[1:]) if len(values) > 2 else None


def _at_first_rate(run: Run, values: Sequence[float]) -> list[float]:
    """Of the epochs that ended while the learning rate was the study's first."""
    if len(values) != len(run.epochs):
        return []
    return [value for value, end in zip(values, run.epochs, strict=True) if end.lr >= STUDY_RECIPE["lr"]]


def _mean(values: Sequence[float]) -> float | None:
    return statistics.mean(values) if values else None


def _gain(values: Sequence[float]) -> float | None:
    """The last epochs' mean minus that of those after the first."""
    if len(values) < 2 * _EARLY + 1:
        return None
    return statistics.mean(values[-_EARLY:]) - statistics.mean(values[1 : 1 + _EARLY])


def _steadier(run: Run) -> float | None:
    running, other = _later_swing(accuracies(run)), _later_swing(reestimated(run))
    return None if running is None or other is None else running - other


def _last(run: Run, of: Callable[[EpochEnd], float]) -> float | None:
    return of(run.epochs[-1]) if run.epochs else None


def _last_of(values: Sequence[float]) -> float | None:
    return values[-1] if values else None


TEST_ACCURACY = Quantity("test accuracy", "points", lambda run: _last_of(accuracies(run)))
TEST_LOSS = Quantity("test loss", "nats", lambda run: _last(run, lambda end: end.test.loss))
REESTIMATED = Quantity("test accuracy, re-estimated statistics", "points", lambda run: _last_of(reestimated(run)))
EARLY_ACCURACY = Quantity(
    f"test accuracy, mean of the first {_EARLY} epochs", "points", lambda run: _mean(accuracies(run)[:_EARLY])
)
GAIN = Quantity(
    f"test accuracy, last {_EARLY} epochs minus epochs 2 to {_EARLY + 1}", "points", lambda run: _gain(accuracies(run))
)
SWING = Quantity("swing of the test accuracy", "points", lambda run: _later_swing(accuracies(run)))
STEADIER = Quantity("swing with running minus swing with re-estimated statistics", "points", _steadier)
SWING_REESTIMATED = Quantity("swing, re-estimated statistics", "points", lambda run: _later_swing(reestimated(run)))
FIRST_RATE_SPREAD = Quantity(
    "standard deviation over the epochs while the learning rate is 0.02",
    "points",
    lambda run: _spread(_at_first_rate(run, accuracies(run))),
)
FIRST_RATE_SPREAD_REESTIMATED = Quantity(
    "standard deviation over the epochs while the learning rate is 0.02, re-estimated statistics",
    "points",
    lambda run: _spread(_at_first_rate(run, reestimated(run))),
)
PENALTY_LEAD = Quantity(
    "penalty minus data loss in the last epoch, train mode",
    "nats",
    lambda run: _last(run, lambda end: end.penalty - end.train.loss),
)
