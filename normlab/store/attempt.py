"""One attempt to train a run: the claim on its folder, its lines, its end."""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from normlab.config import RunConfig
from normlab.record import Ended, EpochEnd, Event, RunRecord, Snapshot, Started, StepEnd, record_to_json
from normlab.store import events, tensors
from normlab.store.claim import Claim
from normlab.store.layout import (
    CONFIG,
    EVENTS,
    FORMAT,
    RECORD,
    TENSORS,
    StoreProblem,
    config_bytes,
    json_bytes,
    problem,
    sha256,
    write_whole,
)
from normlab.store.verification import ENDS, accuracies


class AlreadyFinished(Exception):
    """The folder holds an ended run; the message is one sentence."""


class Attempt:
    """Claims the folder, then appends; left without `commit` the run counts as interrupted.

    A new attempt starts from the beginning: what earlier ones told is ignored, and dropped when this one commits.
    Every method raises `StoreProblem` if the disk is full or the folder cannot be written.
    """

    def __init__(self, folder: Path, config: RunConfig) -> None:
        """Raises `AlreadyClaimed` or `AlreadyFinished`."""
        self.folder = folder
        self.config = config
        self.id = uuid.uuid4().hex[:12]
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._started: Started | None = None
        self._epochs: list[EpochEnd] = []
        self._last_step: StepEnd | None = None
        self._snapshots: dict[int, Snapshot] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._claim = Claim(folder, self.id)
        except OSError as error:
            raise problem(error, folder.parent) from None
        try:
            self._size = self._before = self._prepare()
            self._sink = (folder / EVENTS).open("ab", buffering=0)
        except OSError as error:
            self._claim.release()
            raise problem(error, folder.parent) from None
        except BaseException:
            self._claim.release()
            raise

    def _prepare(self) -> int:
        """Clear what an earlier attempt left half-done; the size of its whole lines."""
        if (self.folder / RECORD).exists():
            raise AlreadyFinished(f"The run {self.folder.name} has ended already.")
        for path in (*self.folder.glob("*.tmp"), self.folder / TENSORS):
            path.unlink(missing_ok=True)
        write_whole(self.folder / CONFIG, config_bytes(self.config))
        path = self.folder / EVENTS
        content = path.read_bytes() if path.exists() else b""
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
        return whole

    def __enter__(self) -> "Attempt":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the claim back; a folder in which nothing was told is removed."""
        self._sink.close()
        is_empty = not self._size and not self._claim.lost
        if is_empty:
            for name in (EVENTS, CONFIG):
                (self.folder / name).unlink(missing_ok=True)
        self._claim.release()
        if is_empty:
            self._remove()

    def _remove(self) -> None:
        try:
            self.folder.rmdir()
        except OSError:
            return  # something foreign is in it

    def append(self, event: Event | Snapshot) -> None:
        """Add an event; the arrays of a snapshot are written when the run ends."""
        if isinstance(event, Snapshot):
            self._snapshots[event.epoch] = event
            return
        if isinstance(event, Started):
            self._started = event
        if isinstance(event, StepEnd):
            self._last_step = event
        if isinstance(event, EpochEnd):
            self._epochs.append(event)
        self._write(events.encode(self.id, event))

    def _write(self, line: bytes) -> None:
        if self._claim.lost:
            raise StoreProblem(f"Another process has taken over the run {self.folder.name}: this attempt ends.")
        rest = line
        try:
            while rest:
                rest = rest[self._sink.write(rest) :]
        except OSError as error:
            raise problem(error, self.folder.parent) from None
        self._size += len(line)

    def commit(self, ended: Ended) -> RunRecord:
        """End the run: its last line, tensors.safetensors, and last, in one step, record.json.

        Raises:
            ValueError: if `ended` is no end, or nothing has started or left a snapshot.
        """
        if ended.status not in ENDS:
            raise ValueError(f"a run ends as {' or '.join(ENDS)}, not as {ended.status}")
        if self._started is None or not self._snapshots:
            raise ValueError("a run that ends has a start and a snapshot")
        self._write(events.encode(self.id, ended))
        try:
            contents = {
                CONFIG: config_bytes(self.config),
                EVENTS: self._settle_events(),
                TENSORS: tensors.encode(self._snapshots.values()),
            }
            write_whole(self.folder / TENSORS, contents[TENSORS])
            record = self._record(self._started, ended, {name: sha256(data) for name, data in contents.items()})
            write_whole(self.folder / RECORD, json_bytes(record_to_json(record)))
        except OSError as error:
            raise problem(error, self.folder.parent) from None
        return record

    def _settle_events(self) -> bytes:
        """Only this attempt's lines, safely on disk."""
        os.fsync(self._sink.fileno())
        self._sink.close()
        path = self.folder / EVENTS
        content = path.read_bytes()[self._before :]
        if self._before:
            write_whole(path, content)
            self._before = 0
        return content

    def _record(self, started: Started, ended: Ended, files: dict[str, str]) -> RunRecord:
        return RunRecord(
            schema=FORMAT,
            run_id=self.folder.name,
            attempt=self.id,
            status=ended.status,
            reason=ended.reason,
            started=self._started_at,
            seconds=self._seconds(),
            epochs=len(self._epochs),
            parameters=started.parameters,
            threads=started.threads,
            machine=started.machine,
            versions=started.versions,
            files=files,
            generation=started.generation,
            processor=started.processor,
            **accuracies(self._epochs),
        )

    def _seconds(self) -> float:
        """The time of training that the events tell."""
        return max(sum(end.seconds for end in self._epochs), self._last_step.seconds if self._last_step else 0.0)
