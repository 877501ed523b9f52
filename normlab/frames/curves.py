"""What changes over a run: scores, losses, penalty and learning rate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pandas as pd

from normlab.choices import Statistics
from normlab.labels import difference_labels
from normlab.record import EpochEnd, Score, StepEnd
from normlab.store import Run

SERIES: Mapping[str, Callable[[EpochEnd], Score | None]] = {
    "training, train mode": lambda end: end.train,
    "training, eval mode": lambda end: end.train_eval,
    "validation": lambda end: end.validation,
    "test": lambda end: end.test,
}
"""The four scores of an epoch, under the names by which charts and texts know them."""


MODE_COLUMNS = ("batch_loss", "batch_accuracy", "reestimated_loss", "reestimated_accuracy")
"""Of the log: test scores with batch and with re-estimated statistics."""

MODES: Mapping[Statistics, Callable[[EpochEnd], Score | None]] = {
    Statistics.RUNNING: lambda end: end.test,
    Statistics.BATCH: lambda end: end.modes.batch if end.modes else None,
    Statistics.REESTIMATED: lambda end: end.modes.reestimated if end.modes else None,
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of an epoch; `unit` is "%", "points" or "nats". `value` is None where the run does not measure it."""

    label: str
    unit: str
    value: Callable[[EpochEnd], float | None]


def _percent(series: str) -> Callable[[EpochEnd], float | None]:
    def value(end: EpochEnd) -> float | None:
        score = SERIES[series](end)
        return None if score is None else 100 * score.accuracy

    return value


def _nats(series: str) -> Callable[[EpochEnd], float | None]:
    def value(end: EpochEnd) -> float | None:
        score = SERIES[series](end)
        return None if score is None else score.loss

    return value


METRICS: tuple[Metric, ...] = (
    Metric("Test accuracy", "%", _percent("test")),
    Metric("Validation accuracy", "%", _percent("validation")),
    Metric("Training accuracy, eval mode", "%", _percent("training, eval mode")),
    Metric("Training accuracy, train mode", "%", _percent("training, train mode")),
    Metric("Test loss", "nats", _nats("test")),
    Metric("Validation loss", "nats", _nats("validation")),
    Metric("Training loss, eval mode", "nats", _nats("training, eval mode")),
    Metric("Training loss, train mode", "nats", _nats("training, train mode")),
    Metric("Penalty", "nats", lambda end: end.penalty),
    Metric("Accuracy gap", "points", lambda end: 100 * (end.train_eval.accuracy - end.test.accuracy)),
)
"""What can be overlaid for several runs."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How much better the network does on images it has learned from, both sides measured in eval mode.

    `accuracy` is training minus test in percentage points, `loss` is test minus training in nats: positive means the
    network generalizes less well than it fits.
    """

    epoch: int
    accuracy: float
    loss: float


def end_of(run: Run, epoch: int | None = None) -> EpochEnd | None:
    """The end of `epoch`, or of the last one; None where it has not ended, or is 0."""
    if epoch is None:
        return run.epochs[-1] if run.epochs else None
    return next((end for end in run.epochs if end.epoch == epoch), None)


def gap(run: Run, epoch: int | None = None) -> Gap | None:
    """The generalization gap after `epoch`, or after the last one; None before the first has ended."""
    end = end_of(run, epoch)
    if end is None:
        return None
    accuracy = 100 * (end.train_eval.accuracy - end.test.accuracy)
    return Gap(end.epoch, accuracy, end.test.loss - end.train_eval.loss)


def curves(runs: Sequence[Run]) -> pd.DataFrame:
    """Columns run (label), epoch, series, accuracy (%), loss (nats): a row an epoch and measured series."""
    rows = [
        (label, end.epoch, name, 100 * score.accuracy, score.loss)
        for run, label in zip(runs, difference_labels(runs), strict=True)
        for end in run.epochs
        for name, score_of in SERIES.items()
        if (score := score_of(end)) is not None
    ]
    columns = {"run": "str", "epoch": "int64", "series": "str", "accuracy": "float64", "loss": "float64"}
    return _frame(rows, columns)


def overlay(runs: Sequence[Run], metric: Metric) -> pd.DataFrame:
    """Columns run (label), epoch, value: one metric of several runs."""
    rows = [
        (label, end.epoch, value)
        for run, label in zip(runs, difference_labels(runs), strict=True)
        for end in run.epochs
        if (value := metric.value(end)) is not None
    ]
    return _frame(rows, {"run": "str", "epoch": "int64", "value": "float64"})


def modes(run: Run) -> pd.DataFrame:
    """Columns epoch, mode, accuracy (%), loss (nats) on the test images: a row an epoch and mode, if recorded."""
    rows = [
        (end.epoch, str(mode), 100 * score.accuracy, score.loss)
        for end in run.epochs
        if end.modes is not None
        for mode, score_of in MODES.items()
        if (score := score_of(end)) is not None
    ]
    return _frame(rows, {"epoch": "int64", "mode": "str", "accuracy": "float64", "loss": "float64"})


def steps(run: Run) -> pd.DataFrame:
    """Columns step, epoch, lr, data_loss, penalty (nats), accuracy (%), seconds: a row a live point.

    `epoch` is a fraction: 1.5 is the middle of the second. A run without live points (it ships without its history) has
    a row an epoch, with the epoch's means.
    """
    per_epoch = _steps_per_epoch(run)
    points = run.steps or _epochs_as_points(run)
    rows = [(s.step, s.step / per_epoch, s.lr, s.data_loss, s.penalty, 100 * s.accuracy, s.seconds) for s in points]
    names = ("epoch", "lr", "data_loss", "penalty", "accuracy", "seconds")
    return _frame(rows, {"step": "int64", **dict.fromkeys(names, "float64")})


def _epochs_as_points(run: Run) -> tuple[StepEnd, ...]:
    seconds = accumulate(end.seconds for end in run.epochs)
    return tuple(
        StepEnd(end.step, end.epoch, end.lr, end.train.loss, end.penalty, end.train.accuracy, so_far)
        for end, so_far in zip(run.epochs, seconds, strict=True)
    )


def epochs(run: Run) -> pd.DataFrame:
    """The run's log: a row an epoch with its step, lr, every loss and accuracy, the penalty and its own seconds.

    `seconds` is the epoch's duration. Validation columns hold NaN without a validation split, those of BatchNorm's
    other statistics where they were not recorded.
    """
    rows = [_log_row(end) for end in run.epochs]
    numbers = ("lr", "train_loss", "penalty", "train_accuracy", "train_eval_loss", "train_eval_accuracy")
    scores = ("validation_loss", "validation_accuracy", "test_loss", "test_accuracy", *MODE_COLUMNS, "seconds")
    return _frame(rows, {"epoch": "int64", "step": "int64", **dict.fromkeys((*numbers, *scores), "float64")})


def _log_row(end: EpochEnd) -> tuple[float, ...]:
    nothing = Score(float("nan"), float("nan"))
    modes = (end.modes.batch, end.modes.reestimated) if end.modes else (nothing, nothing)
    measured = (end.train_eval, end.validation or nothing, end.test, *modes)
    scores = [value for score in measured for value in _pair(score)]
    train_loss, train_accuracy = _pair(end.train)
    return (end.epoch, end.step, end.lr, train_loss, end.penalty, train_accuracy, *scores, end.seconds)


def _pair(score: Score) -> tuple[float, float]:
    return score.loss, 100 * score.accuracy


def _steps_per_epoch(run: Run) -> float:
    if run.started is not None:
        return run.started.steps / run.started.epochs
    return -(-run.config.data.training_images // run.config.optim.batch_size)


def _frame(rows: Sequence[tuple[object, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype({name: kind for name, kind in columns.items() if kind != "str"})
