"""A run as it is read: its events and record, its snapshots on demand."""

from dataclasses import dataclass

from normlab.config import RunConfig
from normlab.record import Ended, EpochEnd, RunRecord, Snapshot, Started, Status, StepEnd
from normlab.store import tensors
from normlab.store.box import Box
from normlab.store.layout import TENSORS


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Finished, diverged, running or interrupted; `ended` and `record` are there for the first two only."""

    run_id: str
    config: RunConfig
    status: Status
    shipped: bool
    started: Started | None
    steps: tuple[StepEnd, ...]
    epochs: tuple[EpochEnd, ...]
    ended: Ended | None
    record: RunRecord | None
    box: Box | None = None
    kept: tuple[int, ...] = ()

    def snapshot_epochs(self) -> tuple[int, ...]:
        """The epochs that have a snapshot: none until the run has ended."""
        return self.kept

    def snapshot(self, epoch: int) -> Snapshot:
        """Raises `KeyError` if there is none of that epoch, `Damage` if its file is not what it was."""
        if self.box is None or epoch not in self.kept:
            raise KeyError(f"{self.run_id} has no snapshot of epoch {epoch}")
        return tensors.decode(self.box.read(TENSORS), self.config, epoch)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run without its events; `record` is there once it has ended."""

    run_id: str
    config: RunConfig
    status: Status
    shipped: bool
    record: RunRecord | None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A run folder that is not shown: where it is now, why in one sentence, and when (ISO 8601, UTC)."""

    folder: str
    reason: str
    when: str
