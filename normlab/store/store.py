"""The store: a folder of run folders, and a second one, never written to, with the runs that ship."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from normlab.config import RunConfig
from normlab.generation import is_older
from normlab.identity import base, canonical, run_id
from normlab.record import Status
from normlab.store import budget, places, shipping, verification
from normlab.store.aside import Asides, run_folders
from normlab.store.attempt import Attempt
from normlab.store.box import Box, FolderBox
from normlab.store.claim import live_attempt
from normlab.store.keeping import Keeping
from normlab.store.layout import (
    CONFIG,
    EVENTS,
    RECORD,
    Damage,
    Stamp,
    check_kinds,
    problem,
    stamp,
)
from normlab.store.live import LiveRuns
from normlab.store.run import Run, RunSummary, SetAside
from normlab.store.shelf import Shelf

_STOPS = "stops"
_SUMMARY_FILES = (RECORD, CONFIG)
_KEPT_RUNS = 32


class Store:
    """Reads are checked: a folder that does not verify is moved to `set-aside` with its reason, never half-shown.

    Of two ended runs of one id, one trained here and one that ships, the newer generation is the run; of equal ones the
    one that was trained here.
    May be used by several threads and processes at once.
    """

    def __init__(self, root: Path, shipped: Path | None = None, notice: str = "") -> None:
        """`notice` is a sentence for people where `root` is not the folder they would expect, else empty."""
        self.root = root
        self.shipped = shipped
        self._notice = notice
        self._shelf = Shelf(shipped) if shipped is not None else None
        self._lock = threading.Lock()
        self._summaries: dict[Box, tuple[Stamp, RunSummary]] = {}
        self._configs: dict[Path, tuple[Stamp, RunConfig]] = {}
        self._runs: OrderedDict[Box, tuple[Stamp, Run]] = OrderedDict()
        self._listed: tuple[Stamp, tuple[Mapping[str, int], Sequence[str]]] | None = None
        self._live = LiveRuns()
        self._asides = Asides(root)
        self._keeping = Keeping(root)

    @classmethod
    def open(cls) -> "Store":
        """The user's store: `NORMLAB_STORE`, or a folder of the user's data, or else a temporary one with a notice.

        Raises:
            StoreProblem: if no folder can be written.
        """
        root, notice = places.writable_root()
        return cls(root, places.shipped_folder(), notice)

    @property
    def notice(self) -> str:
        """What people should know of where runs are kept and of those that ship, in sentences; else empty."""
        problems = self._shelf.problems(self._manifest()[1]).values() if self._shelf else []
        return " ".join(filter(None, [self._notice, *(f"Runs that ship cannot be shown: {text}" for text in problems)]))

    def status(self, name: str) -> Status | None:
        """How far the run is; None if there is nothing of it. Cheap: reads at most two small files."""
        summary = self.ended(name)
        if _is_replaceable(summary) and live_attempt(self.root / name) is not None:
            return Status.RUNNING
        summary = summary or self.ended(name)  # it may have ended between the two looks
        if summary is not None:
            return summary.status
        return Status.INTERRUPTED if self._is_told(self.root / name) else None

    def ended(self, name: str) -> RunSummary | None:
        """The ended run in short; None if it has not ended. Cheap: reads two small files when they are new."""
        return next((summary for summary, _ in self._ended(name)), None)

    def is_done(self, name: str) -> bool:
        """Whether the run has ended in the present generation: there is no reason to train it."""
        return not _is_replaceable(self.ended(name))

    def read(self, name: str) -> Run | None:
        """The run, verified if it has ended; None if there is nothing of it, or nothing that can be trusted.

        One of an older generation that is being trained again is the one that trains.
        """
        own = self.root / name
        if not self.is_done(name) and live_attempt(own) is not None and (run := self._unfinished(own)):
            return run
        return self._read_ended(name) or self._unfinished(own) or self._read_ended(name)

    def where(self, name: str) -> str:
        """The folder or the pack in which the run lies that `read` gives, or would lie once it is trained."""
        return next((box.where for _, box in self._ended(name)), str(self.root / name))

    def representative(self, config: RunConfig) -> RunConfig:
        """The run that ships and stands for the arm of `config`; `config` itself where none does, or none is named."""
        seed = self._manifest()[0].get(run_id(base(config)))
        return config if seed is None else replace(config, seed=seed)

    def begin(self, config: RunConfig, *, again: bool = False) -> Attempt:
        """Claim the run and start it from the beginning; an ended one of this store is set aside first, if it is of an
        older generation, or with `again`.

        Raises:
            AlreadyClaimed: if a live process trains it.
            AlreadyFinished: if it has ended in the present generation, unless `again`.
            StoreProblem: if the folder cannot be written.
        """
        name = run_id(config)
        folder = self.root / name
        own = self._summary(FolderBox(folder), shipped=False) if (folder / RECORD).exists() else None
        if own is None:
            self._clear(folder)
        if own is not None and (again or _is_replaceable(own)):
            self._asides.put(FolderBox(folder), "It was trained anew; this is the earlier result.", movable=True)
        return Attempt(folder, canonical(config))

    def retire(self, name: str, reason: str) -> None:
        """Set an ended run of this store aside; `reason` is a sentence."""
        if (self.root / name / RECORD).exists():
            self._asides.put(FolderBox(self.root / name), reason, movable=True)

    def set_aside(self) -> list[SetAside]:
        """Folders that are not shown, oldest first."""
        return self._asides.all()

    def keep(self, name: str, seconds: float) -> None:
        """Do not let the run be removed for so long: said before it is read by whoever shows it. Cheap."""
        if (self.root / name).exists():
            self._keeping.keep(name, seconds)

    def make_room(self, megabytes: int) -> int:
        """Remove folders that were set aside, then runs that nobody keeps, down to a size; the bytes that went."""
        return budget.make_room(self.root, self._keeping, megabytes * 1_000_000)

    def used_bytes(self) -> int:
        """Size of the runs trained here, with the folders that were set aside."""
        return budget.used_bytes(self.root)

    def request_stop(self, name: str) -> None:
        """Ask whoever trains the run to stop. Raises `StoreProblem` if that cannot be written down."""
        try:
            (self.root / _STOPS).mkdir(parents=True, exist_ok=True)
            (self.root / _STOPS / name).touch()
        except OSError as error:
            raise problem(error, self.root) from None

    def stop_requested(self, name: str) -> bool:
        return (self.root / _STOPS / name).exists()

    def clear_stop(self, name: str) -> None:
        """Forget that a stop was asked for: whoever starts the run anew does this first."""
        (self.root / _STOPS / name).unlink(missing_ok=True)

    def list(self) -> list[RunSummary]:
        """Every run, those of the store first; each once, an ended one before others."""
        found: dict[str, RunSummary] = {}
        names = [path.name for path in run_folders(self.root)] + (self._shelf.names() if self._shelf else [])
        for name in dict.fromkeys(names):
            summary = self.ended(name) or self._begun(name)
            if summary is not None:
                found[name] = summary
        return [*found.values()]

    def _clear(self, folder: Path) -> None:
        """Set the folder of a run that has not ended aside if nothing can be made of what it holds."""
        if live_attempt(folder) is not None or not os.path.lexists(folder):
            return
        try:
            check_kinds(folder)
        except Damage as damage:
            self._asides.put(FolderBox(folder), str(damage), movable=True)
        else:
            self._unfinished(folder)  # sets it aside if its events are damaged

    def _places(self, name: str) -> Iterator[tuple[Box, bool]]:
        """Where a run of this id may be, and whether it ships there."""
        yield FolderBox(self.root / name), False
        if self._shelf is not None and (box := self._shelf.box(name)):
            yield box, True

    def _ended(self, name: str) -> Sequence[tuple[RunSummary, Box]]:
        """Every ended run of this id and where it lies, the one to show first."""
        found = [
            (summary, box)
            for box, is_shipped in self._places(name)
            if box.has(RECORD) and (summary := self._summary(box, shipped=is_shipped))
        ]
        return sorted(found, key=lambda one: -one[0].record.generation if one[0].record else 0)

    def _read_ended(self, name: str) -> Run | None:
        for summary, box in self._ended(name):
            if run := self._verified(box, shipped=summary.shipped):
                return run
        return None

    def _manifest(self) -> tuple[Mapping[str, int], Sequence[str]]:
        """The seeds that stand for arms, and the packs that must be there; nothing where it cannot be read: `verify`
        and `doctor` tell of that."""
        if self.shipped is None:
            return {}, ()
        seen = stamp(self.shipped, (shipping.MANIFEST,))
        with self._lock:
            known = self._listed
        if known is None or known[0] != seen:
            known = seen, (shipping.named(self.shipped), shipping.expected_packs(self.shipped))
            with self._lock:
                self._listed = known
        return known[1]

    def _is_told(self, folder: Path) -> bool:
        """Whether there is something of an attempt that may be shown."""
        return stamp(folder, (EVENTS,))[0][1] > 0 and not self._asides.has(FolderBox(folder))

    def _summary(self, box: Box, *, shipped: bool) -> RunSummary | None:
        seen = box.stamp(_SUMMARY_FILES)
        with self._lock:
            known = self._summaries.get(box)
        if self._asides.has(box):
            return None
        if known is not None and known[0] == seen:
            return known[1]
        try:
            summary = verification.summarize(box, shipped=shipped)
        except Damage as damage:
            if box.stamp(_SUMMARY_FILES) == seen:  # else it was replaced meanwhile
                self._asides.put(box, str(damage), movable=not shipped)
            return None
        with self._lock:
            self._summaries[box] = seen, summary
        return summary

    def _verified(self, box: Box, *, shipped: bool) -> Run | None:
        seen = box.stamp()
        with self._lock:
            known = self._runs.get(box)
        if self._asides.has(box):
            return None
        if known is not None and known[0] == seen:
            return known[1]
        try:
            run = verification.verify(box, shipped=shipped)
        except Damage as damage:
            if box.stamp() == seen:
                self._asides.put(box, str(damage), movable=not shipped)
            return None
        with self._lock:
            self._runs[box] = seen, run
            while len(self._runs) > _KEPT_RUNS:
                self._runs.popitem(last=False)
        return run

    def _begun(self, name: str) -> RunSummary | None:
        """A run of this store that has not ended."""
        folder = self.root / name
        status = self.status(name)
        if status not in (Status.RUNNING, Status.INTERRUPTED):
            return None
        config = self._config(folder, is_live=status is Status.RUNNING)
        return RunSummary(name, config, status, False, None) if config else None

    def _config(self, folder: Path, *, is_live: bool) -> RunConfig | None:
        seen = stamp(folder, (CONFIG,))
        with self._lock:
            known = self._configs.get(folder)
        if known is not None and known[0] == seen:
            return known[1]
        try:
            config = verification.read_config(folder)
        except Damage as damage:
            if not is_live and stamp(folder, (CONFIG,)) == seen:
                self._asides.put(FolderBox(folder), str(damage), movable=True)
            return None
        with self._lock:
            self._configs[folder] = seen, config
        return config

    def _unfinished(self, folder: Path) -> Run | None:
        attempt = live_attempt(folder)
        if attempt is None and ((folder / RECORD).exists() or not self._is_told(folder)):
            return None
        config = self._config(folder, is_live=attempt is not None)
        if config is None:
            return None
        try:
            return self._live.read(folder, config, attempt)
        except Damage as damage:
            if attempt is None:
                self._asides.put(FolderBox(folder), str(damage), movable=True)
            return None


def _is_replaceable(ended: RunSummary | None) -> bool:
    """Whether training the run would give something new."""
    return ended is None or ended.record is None or is_older(ended.record)
