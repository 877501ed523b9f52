"""One attempt to train a run: the claim on its folder, its lines, its end."""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from normlab.config import RunConfig
from normlab.errors import NormlabError
from normlab.record import Ended, Event, RunRecord, Snapshot, Started
from normlab.record_json import record_to_json
from normlab.store import events, tensors
from normlab.store.claim import Claim
from normlab.store.layout import (
    CONFIG,
    EVENTS,
    FORMAT,
    LIMITS,
    RECORD,
    TENSORS,
    Damage,
    StoreProblem,
    config_bytes,
    json_bytes,
    problem,
    read_bytes,
    sha256,
    write_whole,
)
from normlab.store.meaning import ENDS, Plan
from normlab.store.verification import accuracies


class AlreadyFinished(NormlabError):
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
        self._story = events.Story(Plan.of(config))
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
        whole = _whole_lines(self.folder / EVENTS)
        if (self.folder / EVENTS).exists():
            os.truncate(self.folder / EVENTS, whole)
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
        """Add an event; the arrays of a snapshot are written when the run ends.

        Raises:
            ValueError: if a reader would refuse it.
        """
        if isinstance(event, Snapshot):
            self._snapshots[event.epoch] = event
        else:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        if self._claim.lost:
            taken = f"Another process has taken over the run {self.folder.name}"
            gone = f"The folder {self.folder} was deleted while its run was trained"
            raise StoreProblem(f"{taken if self.folder.exists() else gone}: this attempt ends.")
        line = events.encode(self.id, event)
        try:
            self._story.add(line)
        except Damage as damage:
            raise ValueError(f"an event that no reader takes: {damage}") from None
        self._write(line)

    def _write(self, line: bytes) -> None:
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
            ValueError: if `ended` is no end, nothing has started or left a snapshot, or a reader would refuse it.
        """
        if ended.status not in ENDS:
            raise ValueError(f"a run ends as {' or '.join(ENDS)}, not as {ended.status}")
        started = self._story.started
        if started is None or not self._snapshots:
            raise ValueError("a run that ends has a start and a snapshot")
        arrays = tensors.encode(self._snapshots.values())
        try:
            tensors.check(arrays, self.config, len(self._story.epochs))
        except Damage as damage:
            raise ValueError(f"a run that no reader takes: {damage}") from None
        self._tell(ended)
        try:
            contents = {
                CONFIG: config_bytes(self.config),
                EVENTS: self._settle_events(),
                TENSORS: arrays,
            }
            write_whole(self.folder / TENSORS, contents[TENSORS])
            record = self._record(started, ended, {name: sha256(data) for name, data in contents.items()})
            write_whole(self.folder / RECORD, json_bytes(record_to_json(record)))
        except OSError as error:
            raise problem(error, self.folder.parent) from None
        return record

    def _settle_events(self) -> bytes:
        """Only this attempt's lines, safely on disk."""
        os.fsync(self._sink.fileno())
        self._sink.close()
        path = self.folder / EVENTS
        try:
            content = read_bytes(path, offset=self._before)
        except Damage as damage:
            raise StoreProblem(f"The run {self.folder.name} cannot be kept: {damage}") from None
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
            epochs=len(self._story.epochs),
            parameters=started.parameters,
            threads=started.threads,
            machine=started.machine,
            versions=started.versions,
            files=files,
            generation=started.generation,
            processor=started.processor,
            **accuracies(self._story.epochs),
        )

    def _seconds(self) -> float:
        """The time of training that the events tell."""
        last = self._story.steps[-1].seconds if self._story.steps else 0.0
        return max(sum(end.seconds for end in self._story.epochs), last)


def _whole_lines(path: Path) -> int:
    """Their size; 0 where earlier attempts have told so much that no reader would take one more."""
    try:
        size = read_bytes(path).rfind(b"\n") + 1
    except Damage:
        return 0
    return size if size <= LIMITS[EVENTS] // 2 else 0
