"""Whether what the files of a run say can be so: what its configuration demands, within the run, in order.

Whoever writes a run asks the same as whoever reads it. Each check raises `Damage`.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from normlab import describe
from normlab.choices import Norm
from normlab.config import ModelConfig, RunConfig
from normlab.record import Account, Ended, EpochEnd, Floats, LayerStats, RunRecord, Started, Status, StepEnd
from normlab.store.layout import EVENTS, RECORD, Damage, is_sha256

_BINS = 1_000
ENDS = (Status.FINISHED, Status.DIVERGED)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a configuration lets a run tell. Each check raises `Damage`."""

    model: ModelConfig
    validates: bool
    epochs: int
    per_epoch: int
    parameters: int

    @classmethod
    def of(cls, config: RunConfig) -> "Plan":
        epochs = config.optim.epochs
        return cls(config.model, config.data.validation, epochs, config.steps // epochs, _parameters(config.model))

    def check_record(self, record: RunRecord) -> None:
        """Epochs, parameters, date and results of an ended run."""
        if record.status not in ENDS:
            raise Damage(f"{RECORD} says {record.status}, which is no end of a run.")
        _require(_is_utc(record.started), RECORD, f"has the date {record.started[:40]!r}; it must be a time in UTC")
        _require(bool(record.attempt), RECORD, "names no attempt")
        _require(record.seconds >= 0, RECORD, f"has {record.seconds:g} seconds")
        self._check_origin(RECORD, record)
        _require(all(is_sha256(text) for text in record.files.values()), RECORD, "has a SHA-256 that is none")
        is_whole = record.epochs == self.epochs
        fits = is_whole or (record.status is Status.DIVERGED and 0 <= record.epochs < self.epochs)
        _require(fits, RECORD, f"says {record.status} after {record.epochs} of {self.epochs} epochs")
        for value in (record.train_accuracy, record.validation_accuracy, record.test_accuracy):
            _require(value is None or 0 <= value <= 1, RECORD, f"has the accuracy {value}; it must be from 0 to 1")

    def check_started(self, event: Started) -> None:
        self._check_origin(EVENTS, event)
        steps = self.epochs * self.per_epoch
        fits = event.steps == steps and event.epochs == self.epochs
        planned = f"its settings take {steps} steps in {self.epochs}"
        _require(fits, EVENTS, f"starts {event.steps} steps in {event.epochs} epochs; {planned}")

    def check_step(self, event: StepEnd, after: int) -> None:
        """A live point, later than the step `after`."""
        epoch = -(-event.step // self.per_epoch)
        if not after < event.step or not epoch == event.epoch <= self.epochs:
            raise Damage(
                f"{EVENTS} has step {event.step} in epoch {event.epoch} after step {after}; an epoch has "
                f"{self.per_epoch} steps, the run {self.epochs} epochs."
            )
        _check_numbers(event.lr, event.seconds, event.accuracy)

    def check_epoch(self, event: EpochEnd, done: int) -> None:
        """The end of an epoch, when `done` others have ended."""
        if not event.epoch == done + 1 <= self.epochs or event.step != event.epoch * self.per_epoch:
            raise Damage(
                f"{EVENTS} ends epoch {event.epoch} at step {event.step} after {done} epochs; an epoch has "
                f"{self.per_epoch} steps, the run {self.epochs} epochs."
            )
        if (event.validation is not None) != self.validates:
            raise Damage(f"{EVENTS} has a validation that its settings do not, or lacks it.")
        modes = (event.modes.batch, event.modes.reestimated) if event.modes else ()
        validation = (event.validation,) if event.validation else ()
        scores = (event.train, event.train_eval, event.test, *validation, *modes)
        _check_numbers(event.lr, event.seconds, *(score.accuracy for score in scores))
        if event.layers:
            _check_layers(self.model, event.layers)
        if event.ledger:
            _check_ledger(self.model, event.ledger)
        digits = event.answers.isascii() and event.answers.isdecimal()
        _require(not event.answers or digits, EVENTS, "has answers that are no digits")

    def _check_origin(self, name: str, origin: Started | RunRecord) -> None:
        if origin.parameters != self.parameters:
            raise Damage(f"{name} has {origin.parameters} parameters where its settings have {self.parameters}.")
        _require(origin.threads > 0, name, f"has {origin.threads} threads")
        _require(origin.generation >= 0, name, f"has the generation {origin.generation}")


def check_ended(event: Ended) -> None:
    _require(event.status in ENDS, EVENTS, f"ends as {event.status}, which is no end of a run")


def _require(holds: bool, name: str, problem: str) -> None:
    if not holds:
        raise Damage(f"{name} {problem}.")


def _check_numbers(lr: float, seconds: float, *accuracies: float) -> None:
    if lr < 0 or seconds < 0:
        raise Damage(f"{EVENTS} has the learning rate {lr:g} and {seconds:g} seconds; neither is below 0.")
    for accuracy in accuracies:
        if not 0 <= accuracy <= 1:
            raise Damage(f"{EVENTS} has the accuracy {accuracy:g}; it must be from 0 to 1.")


def _check_layers(model: ModelConfig, layers: Sequence[LayerStats]) -> None:
    if tuple(_outline(layer) for layer in layers) != _demanded(model):
        raise Damage(f"{EVENTS} has statistics of other layers, norms or channels than its settings have.")
    for layer in layers:
        for stage in layer.stages:
            histogram = stage.histogram
            if not histogram.low < histogram.high or not 0 < len(histogram.shares) <= _BINS:
                raise Damage(f"{EVENTS} has a histogram in {layer.layer} that is none.")


def _check_ledger(model: ModelConfig, ledger: Sequence[Account]) -> None:
    names = [name for name in describe.tensor_shapes(model) if "running" not in name]
    if [account.parameter for account in ledger] != names:
        raise Damage(f"{EVENTS} has a ledger of other parameters than its settings have.")
    for account in ledger:
        _, *numbers = astuple(account)
        if min(numbers) < 0:
            raise Damage(f"{EVENTS} has a number below 0 in its ledger.")


def _outline(layer: LayerStats) -> tuple[object, ...]:
    """Names, and the number of channels in each array."""
    return (
        layer.layer,
        tuple((s.stage, len(s.mean), len(s.std), len(s.zeros)) for s in layer.stages),
        tuple((n.norm, len(n.gamma), _size(n.beta), _size(n.running_mean), _size(n.running_std)) for n in layer.norms),
    )


def _size(array: Floats | None) -> int | None:
    return None if array is None else len(array)


@lru_cache(maxsize=256)
def _demanded(model: ModelConfig) -> tuple[tuple[object, ...], ...]:
    """The outlines of the layers that a run records."""
    return tuple(
        _block(stage) if isinstance(stage, describe.Block) else (stage.name, (), ())
        for stage in describe.stages(model)
        if not isinstance(stage, describe.Pool)
    )


def _block(block: describe.Block) -> tuple[object, ...]:
    channels = block.outputs
    stages = tuple((stage, channels, channels, channels) for stage in ("relu", *block.norms))
    return block.name, stages, tuple(_norm(norm, channels) for norm in block.norms)


def _norm(norm: Norm, channels: int) -> tuple[object, ...]:
    beta = channels if norm.spec.has_beta else None
    held = channels if norm.spec.remembers else None
    return norm, channels, beta, held, held


@lru_cache(maxsize=256)
def _parameters(model: ModelConfig) -> int:
    return describe.parameter_count(model)


def _is_utc(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).utcoffset() == timedelta(0)
    except ValueError:
        return False
