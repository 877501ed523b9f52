"""Runs without training: events and snapshots of the right shapes whose numbers move as a real run's do.

`events(config)` yields what `train()` would, to feed a `Store`; `run(config)` gives a `Run` in memory, in any state.
Values come from closed formulas and a seeded generator: equal arguments give equal runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from normlab import images
from normlab.choices import Dataset, Norm
from normlab.config import RunConfig
from normlab.datasets import SPECS
from normlab.describe import Block, Pool, Stage, has_bias, parameter_count, stages, tensor_shapes
from normlab.generation import GENERATION
from normlab.identity import canonical, run_id
from normlab.norms import Channels
from normlab.record import (
    Account,
    Ended,
    EpochEnd,
    Histogram,
    LayerStats,
    ModeScores,
    NormState,
    RunRecord,
    Score,
    Snapshot,
    StageStats,
    Started,
    Status,
    StepEnd,
    WeightStats,
)
from normlab.store import Run

PROCESSOR = "znver4 avx2"
VERSIONS = {"normlab": "0.1.0", "python": "3.11.7", "torch": "2.6.0", "numpy": "2.2.0"}


@dataclass(frozen=True, eq=False)
class MemoryRun(Run):
    """A `Run` whose snapshots are in memory instead of in a folder."""

    snapshots: Mapping[int, Snapshot] = field(default_factory=dict)

    def snapshot_epochs(self) -> tuple[int, ...]:
        return tuple(sorted(self.snapshots))

    def snapshot(self, epoch: int) -> Snapshot:
        return self.snapshots[epoch]


def run(
    config: RunConfig | None = None,
    *,
    status: Status = Status.FINISHED,
    epochs: int | None = None,
    steps: int | None = None,
    history: bool = True,
    shipped: bool = False,
) -> MemoryRun:
    """A run of `config` after `epochs` epochs (all, if None) and `steps` live points (those of its epochs, if None).

    `history=False` keeps the layer statistics of the last epoch only. Snapshots are there for finished and diverged
    runs; a running or interrupted one has neither an end nor a record.
    """
    config = config or RunConfig()
    done = config.optim.epochs if epochs is None else epochs
    told = list(events(config, epochs=done, history=history))
    ended = Ended(status, "" if status is Status.FINISHED else "The loss was not a number.")
    has_end = status in (Status.FINISHED, Status.DIVERGED)
    points = tuple(event for event in told if isinstance(event, StepEnd))
    if steps is not None:
        points = tuple(_steps(config, 0, _per_epoch(config)))[:steps] if not done else points[:steps]
    ends = tuple(event for event in told if isinstance(event, EpochEnd))
    return MemoryRun(
        run_id=run_id(config),
        config=config,
        status=status,
        shipped=shipped,
        started=next(event for event in told if isinstance(event, Started)),
        steps=points,
        epochs=ends,
        ended=ended if has_end else None,
        record=_record(config, ended, ends) if has_end else None,
        snapshots={event.epoch: event for event in told if isinstance(event, Snapshot)} if has_end else {},
    )


def events(
    config: RunConfig, *, epochs: int | None = None, history: bool = True
) -> Iterator[Started | StepEnd | EpochEnd | Snapshot]:
    """What `train()` yields, up to the end of `epochs`; the caller adds `Ended`."""
    total, done = config.optim.epochs, config.optim.epochs if epochs is None else epochs
    per_epoch = _per_epoch(config)
    parameters = parameter_count(config.model)
    yield Started(total * per_epoch, total, parameters, 1, "Linux, 2 cores", VERSIONS, GENERATION, PROCESSOR)
    labels = true_labels(config)
    kept = {0, *(epoch for epoch in (1, 2, 4, 8, 16, 32, 64, 128) if epoch < done), done}
    if done:
        yield _snapshot(config, 0, labels)
    for epoch in range(1, done + 1):
        yield from _steps(config, epoch - 1, per_epoch)
        yield epoch_end(config, epoch, layers=history or epoch == done)
        if epoch in kept:
            yield _snapshot(config, epoch, labels)


def epoch_end(config: RunConfig, epoch: int, *, layers: bool = True) -> EpochEnd:
    """The end of one epoch."""
    generator = np.random.default_rng((config.seed, epoch))
    loss = _loss(config, epoch) + 0.004 * float(generator.random())
    test = loss + 0.012 * np.log1p(epoch)
    return EpochEnd(
        epoch=epoch,
        step=epoch * _per_epoch(config),
        lr=_lr(config, epoch / config.optim.epochs),
        train=_score(1.25 * loss + 0.08 * config.model.dropout),
        penalty=_penalty(config, epoch),
        train_eval=_score(loss),
        validation=_score(test + 0.005) if config.data.validation else None,
        test=_score(test),
        seconds=1.2,
        layers=tuple(_layer(config, stage, epoch) for stage in _convolutions(config)) if layers else (),
        modes=ModeScores(_score(0.6 * test), _score(0.62 * test)) if canonical(config).bn_modes else None,
        ledger=_ledger(config, epoch) if layers else (),
        answers=_answers(config, epoch, _score(test).accuracy),
    )


def _ledger(config: RunConfig, epoch: int) -> tuple[Account, ...]:
    """Lengths and steps that L2 makes shorter and larger, of every parameter."""
    generator, l2 = np.random.default_rng((config.seed, epoch, 19)), config.penalty.l2
    found = []
    for name, shape in tensor_shapes(config.model).items():
        if "running" in name:
            continue
        length = float(np.sqrt(np.prod(shape)) * (0.2 + 0.004 * epoch) / (1 + 40 * l2))
        step = float(generator.uniform(0.8, 1.2)) * 0.004 * (1 + 40 * l2) * _lr(config, epoch / config.optim.epochs)
        pull = l2 * length + config.penalty.l1 * float(np.sqrt(np.prod(shape)))
        found.append(Account(name, length, step / 2, step, float(np.degrees(step)), 0.4 / epoch, pull, 0.0))
    return tuple(found)


def _answers(config: RunConfig, epoch: int, accuracy: float) -> str:
    labels = true_labels(config)
    return "".join(map(str, _predictions(config, epoch, labels, accuracy)[0][images.sample(labels)]))


def true_labels(config: RunConfig) -> npt.NDArray[np.uint8]:
    """The labels that predictions are made up from: made up as well where a data set may not be here."""
    if config.data.dataset is Dataset.DIGITS:
        return images.load(config.data.dataset).test.labels
    return (np.arange(SPECS[config.data.dataset].test) % 10).astype(np.uint8)


def _per_epoch(config: RunConfig) -> int:
    return -(-config.data.training_images // config.optim.batch_size)


def _lr(config: RunConfig, done: float) -> float:
    return float(config.optim.lr * np.sin(np.pi * np.clip(0.05 + 0.94 * done, 0, 1)))


def _loss(config: RunConfig, epoch: float) -> float:
    pace = {(): 0.35, (Norm.BN,): 0.9, (Norm.LN,): 0.7, (Norm.GN,): 0.75}.get(config.model.norms, 0.8)
    return float(0.05 + 4 * config.penalty.l1 + 2.25 * np.exp(-pace * epoch))


def _score(loss: float) -> Score:
    return Score(float(loss), float(np.clip(1 - loss / 2.6, 0.05, 0.9999)))


def _penalty(config: RunConfig, epoch: float) -> float:
    shrunk = np.exp(-0.05 * epoch)
    return float(config.penalty.l1 * 550 * shrunk + config.penalty.l2 / 2 * 180 * shrunk)


def _steps(config: RunConfig, epoch: int, per_epoch: int) -> Iterator[StepEnd]:
    generator = np.random.default_rng((config.seed, epoch, 7))
    for step in range(5, per_epoch + 1, 5):
        at = epoch + step / per_epoch
        loss = 1.25 * _loss(config, at) * float(generator.uniform(0.85, 1.15))
        yield StepEnd(
            step=epoch * per_epoch + step,
            epoch=epoch + 1,
            lr=_lr(config, at / config.optim.epochs),
            data_loss=loss,
            penalty=_penalty(config, at),
            accuracy=_score(loss).accuracy,
            seconds=1.2 * at,
        )


def _convolutions(config: RunConfig) -> list[Stage]:
    return [stage for stage in stages(config.model) if not isinstance(stage, Pool)]


def _layer(config: RunConfig, stage: Stage, epoch: int) -> LayerStats:
    generator = np.random.default_rng((config.seed, epoch, len(stage.name), ord(stage.name[-1])))
    weights = WeightStats(
        norm=2.5 + 0.08 * epoch - 400 * config.penalty.l2,
        zeros=float(np.clip(10 * config.penalty.l1 * epoch / config.optim.epochs, 0, 0.9)),
        small=float(np.clip(0.01 + 60 * config.penalty.l1 * epoch / config.optim.epochs, 0, 0.95)),
        gradient_norm=float(np.exp(-0.2 * epoch) * generator.uniform(0.8, 1.2)),
    )
    if not isinstance(stage, Block):
        return LayerStats(stage.name, weights, (), ())
    channels = stage.outputs
    mean, std = generator.uniform(0.1, 0.9, channels), generator.uniform(0.2, 1.4, channels)
    relu = StageStats("relu", _f(mean), _f(std), _f(generator.uniform(0.3, 0.8, channels)), _relu_histogram())
    made = [_norm(norm, mean, std, generator) for norm in stage.norms]
    return LayerStats(stage.name, weights, (relu, *(stats for stats, _ in made)), tuple(state for _, state in made))


def _norm(
    norm: Norm, mean: npt.NDArray[np.float64], std: npt.NDArray[np.float64], generator: np.random.Generator
) -> tuple[StageStats, NormState]:
    gamma, beta = generator.uniform(0.7, 1.3, len(mean)), generator.normal(0, 0.15, len(mean))
    exact = norm.spec.channels is Channels.ONE
    out_mean = beta if exact else beta + (mean - mean.mean()) / std.mean()
    out_std = gamma if exact else gamma * std / std.mean()
    remembered = norm.spec.remembers
    stats = StageStats(str(norm), _f(out_mean), _f(out_std), _f(np.zeros(len(mean))), _norm_histogram())
    running_mean = _f(mean * generator.normal(1, 0.08, len(mean))) if remembered else None
    running_std = _f(std * generator.normal(1.05, 0.04, len(mean))) if remembered else None
    offset = _f(beta) if norm.spec.has_beta else None
    return stats, NormState(str(norm), _f(gamma), offset, running_mean, running_std)


def _f(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return values.astype(np.float32)


def _relu_histogram() -> Histogram:
    shares = 0.45 * np.exp(-np.arange(40) / 9) / np.exp(-np.arange(40) / 9).sum()
    shares[0] += 0.55
    return Histogram(0.0, 5.2, _f(shares))


def _norm_histogram() -> Histogram:
    centers = -2.5 + 6.5 * (np.arange(40) + 0.5) / 40
    shares = np.exp(-0.5 * ((centers - 0.3) / 0.8) ** 2)
    shares[np.abs(centers + 0.7).argmin()] += 9
    return Histogram(-2.5, 4.0, _f(shares / shares.sum()))


def _snapshot(config: RunConfig, epoch: int, labels: npt.NDArray[np.uint8]) -> Snapshot:
    accuracy = 0.1 if epoch == 0 else epoch_end(config, epoch, layers=False).test.accuracy
    return Snapshot(epoch, weights(config, epoch), *_predictions(config, epoch, labels, accuracy))


def _predictions(
    config: RunConfig, epoch: int, labels: npt.NDArray[np.uint8], accuracy: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    generator = np.random.default_rng((config.seed, epoch, 3))
    wrong = generator.random(len(labels)) < 1 - accuracy
    shift = generator.choice([1, 2, 3, 5, 6], size=len(labels), p=[0.1, 0.25, 0.1, 0.5, 0.05])
    predicted = np.where(wrong, (labels + shift) % 10, labels).astype(np.uint8)
    confidence = np.where(wrong, generator.uniform(0.3, 0.99, len(labels)), generator.beta(9, 1, len(labels)))
    return predicted, _f(confidence)


_STARTS = {"weight": 1.0, "bias": 0.0, "running_mean": 0.4, "running_var": 1.0}


def weights(config: RunConfig, epoch: int) -> dict[str, npt.NDArray[np.float32]]:
    """A state dict with the network's names and shapes."""
    generator = np.random.default_rng((config.seed, epoch, 11))
    state: dict[str, npt.NDArray[np.float32]] = {}
    for stage in _convolutions(config):
        assert not isinstance(stage, Pool)
        block = isinstance(stage, Block)
        size, name = (3, f"{stage.name}.conv") if block else (1, stage.name)
        scale = (0.3 + 0.02 * epoch) / np.sqrt(stage.inputs)
        state[f"{name}.weight"] = _f(generator.normal(0, scale, (stage.outputs, stage.inputs, size, size)))
        if has_bias(config.model):
            state[f"{name}.bias"] = _f(np.zeros(stage.outputs))
        for norm in stage.norms if isinstance(stage, Block) else ():
            for part in (*norm.spec.parameters, *norm.spec.buffers):
                state[f"{stage.name}.{norm}.{part}"] = _f(np.full(stage.outputs, _STARTS[part]))
    return state


def _record(config: RunConfig, ended: Ended, ends: tuple[EpochEnd, ...]) -> RunRecord:
    last = ends[-1] if ends else None
    return RunRecord(
        schema=1,
        run_id=run_id(config),
        attempt="0123456789abcdef",
        status=ended.status,
        reason=ended.reason,
        started="2026-03-02T09:15:00+00:00",
        seconds=sum(end.seconds for end in ends),
        epochs=len(ends),
        parameters=parameter_count(config.model),
        threads=1,
        machine="Linux, 2 cores",
        versions=VERSIONS,
        generation=GENERATION,
        processor=PROCESSOR,
        train_accuracy=last.train_eval.accuracy if last else None,
        validation_accuracy=last.validation.accuracy if last and last.validation else None,
        test_accuracy=last.test.accuracy if last else None,
        files={},
    )
