"""The study's curves beside ours, and both at the last epoch, as data frames."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from normlab.findings.quantities import accuracies, reestimated
from normlab.findings.results import Results
from normlab.record import EpochEnd
from normlab.store import Run
from normlab.study.published import EXPERIMENTS, Epoch, Experiment, epochs

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
    Curve("Test accuracy", "%", lambda told: told.test_accuracy, lambda end: 100 * end.test.accuracy),
    Curve("Test loss", "nats", lambda told: told.test_loss, lambda end: end.test.loss),
    Curve(
        "Training accuracy",
        "%",
        lambda told: told.train_accuracy,
        lambda end: 100 * end.train.accuracy,
        "Both over augmented images with dropout on. The study's is a mean of running means, which lags; ours is the "
        "share of the epoch's images.",
    ),
    Curve(
        "Training loss",
        "nats",
        lambda told: told.train_loss,
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
        (THEIRS, "study, its one seed", told.epoch, *[curve.theirs(told)] * 3) for told in epochs(experiment)
    ]
    for run in runs:
        name = f"ours, seed {run.config.seed}"
        rows += [(OURS, name, end.epoch, *[curve.ours(end)] * 3) for end in run.epochs]
        if anew:
            pairs = zip(run.epochs, reestimated(run), strict=False)
            rows += [(OURS_REESTIMATED, f"{name}, re-estimated", end.epoch, *[value] * 3) for end, value in pairs]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def last_epochs(results: Results) -> pd.DataFrame:
    """A row an experiment: test accuracy after the last epoch and its range after the first, the study's and ours."""
    rows = []
    for experiment in EXPERIMENTS:
        theirs = [told.test_accuracy for told in epochs(experiment)]
        ours = [accuracies(run) for run in results.runs("study", experiment.arm)]
        later = [value for values in ours for value in values[1:]]
        ends = [values[-1] for values in ours if values]
        nothing = float("nan")
        rows.append(
            (
                experiment.name,
                theirs[-1],
                min(theirs[1:]),
                max(theirs[1:]),
                len(ends),
                statistics.mean(ends) if ends else nothing,
                statistics.stdev(ends) if len(ends) > 1 else nothing,
                min(later, default=nothing),
                max(later, default=nothing),
            )
        )
    columns = ["experiment", "study", "study_low", "study_high", "seeds", "mean", "sd", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
