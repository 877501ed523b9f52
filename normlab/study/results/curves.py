"""The study's curves beside ours, and both at the last epoch, as data frames."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from normlab.labels import seeds_text
from normlab.record import EpochEnd
from normlab.store import Run
from normlab.study.results.measured import Results
from normlab.study.results.published import EXPERIMENTS, Epoch, Experiment, epochs
from normlab.study.results.quantities import accuracies, reestimated

THEIRS, OURS, OURS_REESTIMATED = "study", "ours", "ours, re-estimated"


@dataclass(frozen=True, slots=True)
class Curve:
    """A number of every epoch that the study published, and what it is in our runs. `unit` is "%" or "nats"."""

    name: str
    unit: str
    theirs: Callable[[Epoch], float]
    ours: Callable[[EpochEnd], float]
    note: str = ""


CURVES: tuple[Curve, ...] = (
    Curve("Test accuracy", "%", lambda epoch: epoch.test_accuracy, lambda end: 100 * end.test.accuracy),
    Curve("Test loss", "nats", lambda epoch: epoch.test_loss, lambda end: end.test.loss),
    Curve(
        "Training accuracy",
        "%",
        lambda epoch: epoch.train_accuracy,
        lambda end: 100 * end.train.accuracy,
        "Both over augmented images with dropout on. The study's is a mean of running means, which lags; ours is the "
        "share of the epoch's images.",
    ),
    Curve(
        "Training loss",
        "nats",
        lambda epoch: epoch.train_loss,
        lambda end: end.train.loss + end.penalty,
        "With the penalty in it, as the study has it. In the lab data loss and penalty are two numbers.",
    ),
)
_COLUMNS = {"arm": "object", "run": "object", "epoch": "int64", **dict.fromkeys(("value", "low", "high"), "float64")}


def frame(experiment: Experiment, curve: Curve, runs: Sequence[Run], *, anew: bool = False) -> pd.DataFrame:
    """Columns arm (`THEIRS`, `OURS`), run, epoch, value, low, high (both the value): a row a run and epoch.

    With `anew` our test accuracy with re-estimated statistics is a third arm, where it was recorded.
    """
    rows: list[tuple[object, ...]] = [
        (THEIRS, "study, its one seed", epoch.epoch, *[curve.theirs(epoch)] * 3) for epoch in epochs(experiment)
    ]
    for run in runs:
        name = f"ours, seed {run.config.seed}"
        rows += [(OURS, name, end.epoch, *[curve.ours(end)] * 3) for end in run.epochs]
        if anew:
            pairs = zip(run.epochs, reestimated(run), strict=False)
            rows += [(OURS_REESTIMATED, f"{name}, re-estimated", end.epoch, *[value] * 3) for end, value in pairs]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def curve_alt(experiment: Experiment, curve: Curve, rows: pd.DataFrame) -> str:
    """The last epoch of a frame of `frame` in words."""
    ends = []
    for arm, part in rows.groupby("arm", sort=False):
        last = part.loc[part["epoch"] == part["epoch"].max(), "value"]
        spread = f", from {last.min():.4g} to {last.max():.4g}" if len(last) > 1 else ""
        ends.append(f"{arm} {last.mean():.4g} {curve.unit} ({seeds_text(len(last))}{spread})")
    return f"{experiment.name}: {curve.name.lower()} over the epochs. After the last: {'; '.join(ends)}."


@dataclass(frozen=True, slots=True)
class LastEpoch:
    """An experiment's test accuracy in percent: after the last epoch, and its range over those after the first.

    The study's is of its one seed; ours is the mean and standard deviation of `seeds` seeds and the range over all of
    them, None where there are too few.
    """

    name: str
    study: float
    study_range: tuple[float, float]
    seeds: int
    mean: float | None
    spread: float | None
    range: tuple[float, float] | None


def last_epochs(results: Results) -> list[LastEpoch]:
    """The three experiments."""
    return [_last_epoch(experiment, results) for experiment in EXPERIMENTS]


def _last_epoch(experiment: Experiment, results: Results) -> LastEpoch:
    theirs = [epoch.test_accuracy for epoch in epochs(experiment)]
    ours = [accuracies(run) for run in results.runs("study", experiment.arm)]
    ends = [values[-1] for values in ours if values]
    later = [value for values in ours for value in values[1:]]
    return LastEpoch(
        experiment.name,
        theirs[-1],
        (min(theirs[1:]), max(theirs[1:])),
        len(ends),
        statistics.mean(ends) if ends else None,
        statistics.stdev(ends) if len(ends) > 1 else None,
        (min(later), max(later)) if later else None,
    )
