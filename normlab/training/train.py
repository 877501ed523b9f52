"""Training as a generator of events. Knows nothing of files, processes and pages: to stop is to stop iterating."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from normlab import images
from normlab.choices import Augmentation
from normlab.config import RunConfig
from normlab.record import Account, Ended, EpochEnd, Event, LayerStats, Score, Snapshot, Started, Status, StepEnd
from normlab.training import threads
from normlab.training.answers import learn
from normlab.training.data import Splits, load_splits
from normlab.training.evaluate import Evaluation, evaluate
from normlab.training.freedom import HeldLengths, rates
from normlab.training.ledger import Ledger
from normlab.training.machine import here, machine
from normlab.training.model import StudyNet
from normlab.training.modes import other_modes
from normlab.training.optimizers import make_optimizer
from normlab.training.penalties import Penalty
from normlab.training.probe import layer_statistics
from normlab.training.schedule import LearningRate
from normlab.training.seeds import generator

_POINTS = 8
"""Live points in an epoch."""


class Diverged(Exception):
    """A number that should be finite is not; the message is one sentence."""


AfterStep = Callable[[StudyNet, int], None]
"""Called with the network and the number of the step that has ended: experiments watch the weights, or change them."""


def iter_events(
    config: RunConfig, data: Splits | None = None, after_step: AfterStep | None = None
) -> Iterator[Event | Snapshot]:
    """Train the network that `config` describes and tell what happens: `Started`, live points, epochs, `Ended`.

    The same configuration and machine give the same history but for the seconds, with any number of threads. A loss
    that is not finite ends the run as DIVERGED; no event before it holds a number that is not finite. `data`, which
    several runs can share, is loaded if it is not given.

    Raises:
        ConfigError: if `data` was loaded for other settings than the configuration's.
        DataProblem: if the data set is missing or damaged.
    """
    data = load_splits(config.data) if data is None else data
    data.require(config.data)
    return _events(config, data, after_step)


def _events(config: RunConfig, splits: Splits, after_step: AfterStep | None) -> Iterator[Event | Snapshot]:
    model = StudyNet(config.model, config.seed)
    per_epoch = math.ceil(len(splits.train) / config.optim.batch_size)
    kept = snapshot_epochs(config.optim.epochs, len(splits.test))
    yield _started(config, model, per_epoch)
    yield _snapshot(0, model, evaluate(model, splits.test))
    try:
        for event, evaluation in _epochs(config, splits, model, per_epoch, after_step):
            yield event
            if evaluation is not None and isinstance(event, EpochEnd) and event.epoch in kept:
                yield _snapshot(event.epoch, model, evaluation)
    except Diverged as problem:
        yield Ended(Status.DIVERGED, f"{problem}: {_hint(config)}.")
    else:
        yield Ended(Status.FINISHED)


def _epochs(
    config: RunConfig, splits: Splits, model: StudyNet, per_epoch: int, after_step: AfterStep | None
) -> Iterator[tuple[StepEnd, None] | tuple[EpochEnd, Evaluation]]:
    """The training loop; each epoch's end comes with the test predictions."""
    optim = config.optim
    optimizer = make_optimizer(optim, model)
    rate = LearningRate(optim, optimizer, per_epoch * optim.epochs)
    freedom = rates(optim, model, config.seed)
    penalty, ledger, lengths = Penalty(config.penalty, model, freedom), Ledger(model), HeldLengths(optim, model)
    frozen = freedom == 0
    has_frozen = bool(frozen.any())
    order = generator(config.seed, "order")
    augment = generator(config.seed, "augmentation") if config.data.augmentation is Augmentation.STUDY else None
    live, step, start = live_steps(per_epoch), 0, time.perf_counter()
    for epoch in range(1, optim.epochs + 1):
        began, whole, recent = time.perf_counter(), _Means(), _Means()
        for index in torch.randperm(len(splits.train), generator=order).split(optim.batch_size):
            step, lr, penalty_value = step + 1, rate.now, penalty.value()
            batch = splits.train.batch(index, augment)
            model.zero_grad()
            ledger.open()
            data_loss, correct = _go_back(model, *batch, penalty_value, f"at step {step} (epoch {epoch})")
            gradient = model.gradient.clone()
            pull = penalty.add_gradients()
            if has_frozen:
                model.gradient.masked_fill_(frozen, 0.0)
            optimizer.step()
            penalty.shrink(lr, optim.momentum)
            lengths.restore()
            ledger.close(gradient, pull)
            if after_step is not None:
                after_step(model, step)
            rate.after_step()

            for means in (whole, recent):
                means.add(len(index), data_loss, penalty_value, correct)
            if step == 1 or step - (epoch - 1) * per_epoch in live:
                point = recent.loss, recent.penalty, recent.accuracy
                yield StepEnd(step, epoch, lr, *point, seconds=time.perf_counter() - start), None
                recent = _Means()

        end, evaluation = _measure(config, model, splits, epoch, step, lr, whole, ledger.balance(), began)
        rate.after_epoch(end.test, end.validation)
        yield end, evaluation


def _go_back(model: StudyNet, images: Tensor, labels: Tensor, penalty: float, when: str) -> tuple[float, int]:
    """The data loss of a batch, whose gradients the parameters get, and how many answers are right."""
    log_probabilities = learn(model, images, labels)
    data_loss = float(F.nll_loss(log_probabilities, labels))
    _require_finite("loss", data_loss + penalty, when)
    return data_loss, int((log_probabilities.argmax(dim=1) == labels).sum())


def _measure(
    config: RunConfig,
    model: StudyNet,
    splits: Splits,
    epoch: int,
    step: int,
    lr: float,
    means: "_Means",
    ledger: tuple[Account, ...],
    began: float,
) -> tuple[EpochEnd, Evaluation]:
    when = f"after epoch {epoch}"
    test = evaluate(model, splits.test)
    train_eval = evaluate(model, splits.clean).score
    validation = evaluate(model, splits.validation).score if splits.validation else None
    _require_finite("test loss", test.score.loss, when)
    _require_finite("training loss in eval mode", train_eval.loss, when)
    if validation:
        _require_finite("validation loss", validation.loss, when)
    is_last = epoch == config.optim.epochs
    modes = other_modes(model, splits) if config.bn_modes or (is_last and config.model.remembers) else None
    for score in (modes.batch, modes.reestimated) if modes else ():
        _require_finite("test loss with other statistics", score.loss, when)
    layers = layer_statistics(model, splits.clean)
    _require_finite("sum of the layer statistics", sum(_scalars(layers)), when)
    train = Score(means.loss, means.accuracy)
    seconds = time.perf_counter() - began
    scores = train_eval, validation, test.score
    told = "".join(map(str, test.predicted[images.sample(splits.test.labels.numpy())]))
    return EpochEnd(epoch, step, lr, train, means.penalty, *scores, seconds, layers, modes, ledger, told), test


@dataclass(slots=True)
class _Means:
    """Means over the images added so far."""

    images: int = 0
    losses: float = 0.0
    penalties: float = 0.0
    correct: int = 0

    def add(self, images: int, loss: float, penalty: float, correct: int) -> None:
        self.images += images
        self.losses += images * loss
        self.penalties += images * penalty
        self.correct += correct

    @property
    def loss(self) -> float:
        return self.losses / self.images

    @property
    def penalty(self) -> float:
        return self.penalties / self.images

    @property
    def accuracy(self) -> float:
        return self.correct / self.images


def live_steps(per_epoch: int) -> frozenset[int]:
    """The steps of each epoch, from 1, that end with a live point: about eight, the last one among them."""
    return frozenset(math.ceil(k * per_epoch / _POINTS) for k in range(1, _POINTS + 1))


def snapshot_epochs(epochs: int, test_images: int) -> frozenset[int]:
    """The epochs that end with a snapshot: 0, log-spaced ones and the last. Seven for a small test set, else four."""
    after_start = 6 if test_images <= 1_000 else 3
    spaced = (epochs ** (k / (after_start - 1)) for k in range(after_start))
    return frozenset({0, epochs, *(round(epoch) for epoch in spaced)})


def _started(config: RunConfig, model: StudyNet, per_epoch: int) -> Started:
    parameters = sum(parameter.numel() for parameter in model.parameters())
    epochs = config.optim.epochs
    made = here()
    return Started(
        steps=per_epoch * epochs,
        epochs=epochs,
        parameters=parameters,
        threads=threads.count(),
        machine=machine(),
        versions=made.versions,
        generation=made.generation,
        processor=made.processor,
    )


def _snapshot(epoch: int, model: StudyNet, evaluation: Evaluation) -> Snapshot:
    weights = {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}
    return Snapshot(epoch, weights, evaluation.predicted, evaluation.confidence)


def _scalars(layers: tuple[LayerStats, ...]) -> Iterator[float]:
    for layer in layers:
        yield from (layer.weights.norm, layer.weights.gradient_norm)
        for stage in layer.stages:
            yield from (stage.histogram.low, stage.histogram.high)


def _require_finite(name: str, value: float, when: str) -> None:
    if not math.isfinite(value):
        raise Diverged(f"The {name} became {'NaN' if math.isnan(value) else 'infinite'} {when}")


def _hint(config: RunConfig) -> str:
    lower = f"try a lower learning rate than {config.optim.lr:g}"
    return lower if config.model.norms else f"{lower}, or a norm"
