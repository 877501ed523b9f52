"""All that decides what a network answers under a stress, made ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from normlab.choices import Statistics
from normlab.config import ModelConfig, RunConfig
from normlab.errors import BadInput
from normlab.images import Indices
from normlab.inference import Mode, Weights
from normlab.record import Floats, Snapshot
from normlab.stresses.batches import batches
from normlab.stresses.dropout import Dropout
from normlab.stresses.network import altered, remeasured
from normlab.stresses.sample import Sample, population, sample, seen
from normlab.stresses.settings import Stress


class Network(Protocol):
    """What is put under stress: a `store.Run`."""

    @property
    def run_id(self) -> str: ...

    @property
    def config(self) -> RunConfig: ...

    def snapshot_epochs(self) -> tuple[int, ...]: ...

    def snapshot(self, epoch: int) -> Snapshot: ...


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """All that decides what a network answers under a stress."""

    stress: Stress
    epoch: int
    model: ModelConfig
    weights: Weights
    sample: Sample
    inputs: Floats
    batches: Sequence[Indices]
    dropout: Dropout | None

    def mode(self, images: Indices, batches: int) -> Mode:
        return Mode(batches, self.dropout.of(images) if self.dropout else None)

    @classmethod
    def of(cls, run: Network, stress: Stress, epoch: int | None = None) -> "Trial":
        """That of a run after its last epoch, or another that is kept.

        Raises:
            BadInput: if there is no such network.
            ConfigError: if the single image has fewer neighbors than its batch needs.
            DataProblem: if the data set is missing or damaged.
            Damage: if the run's weights are not what they were.
        """
        model, data = run.config.model, run.config.data
        stress = stress.effective(model)
        snapshot, shown = _snapshot(run, epoch), sample(data.dataset)
        weights = altered(stress, model, snapshot.weights)
        if stress.statistics is Statistics.REESTIMATED:
            weights = remeasured(model, weights, seen(stress, population(data), data.dataset))
        return cls(
            stress=stress,
            epoch=snapshot.epoch,
            model=model,
            weights=weights,
            sample=shown,
            inputs=seen(stress, shown.images, data.dataset),
            batches=batches(stress, shown.labels),
            dropout=Dropout(model, len(shown), stress.draw) if stress.test_dropout else None,
        )


def _snapshot(run: Network, epoch: int | None) -> Snapshot:
    epochs = run.snapshot_epochs()
    if not epochs:
        raise BadInput(f"The run {run.run_id} has no stored network: only runs that have ended have one.")
    if epoch is not None and epoch not in epochs:
        raise BadInput(f"The run {run.run_id} has no network of epoch {epoch}; kept are {', '.join(map(str, epochs))}.")
    return run.snapshot(epochs[-1] if epoch is None else epoch)
