"""The engine of a page process: takes requests, hands runs to workers in the queue's order, tells how far they are."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.engine.durations import estimate
from normlab.engine.fetching import Fetches, FetchStatus
from normlab.engine.places import Place
from normlab.engine.pool import LocalPool, Report
from normlab.engine.queue import Queue
from normlab.identity import canonical, run_id
from normlab.record import Status
from normlab.settings import changed, flat
from normlab.store import RunSummary, Store, StoreProblem

_TICK_SECONDS, _BEAT_SECONDS, _KNOWN_SECONDS = 0.25, 1.0, 30.0
_ENDS = (Status.FINISHED, Status.DIVERGED)
_log = logging.getLogger(__name__)


class EngineProblem(Exception):
    """One sentence: why nothing can be trained here, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a requested run is.

    `state` is "waiting", "starting", "running" or "failed" (then `message` says why); `position` is 1 for the next one
    to be served and 0 for a run that does not wait; `requesters` counts the sessions that want the run;
    `wait_seconds` is an estimate of the time until it starts, None where there is nothing to estimate from.
    """

    run_id: str
    state: str
    position: int
    requesters: int
    wait_seconds: float | None
    message: str


class Engine:
    """Equal configurations share one run, also across processes that share the store; the last withdrawal stops it."""

    def __init__(
        self, store: Store, *, workers: int | None = None, is_here: Callable[[str], bool] = lambda session: True
    ) -> None:
        """`workers` processes train (`NORMLAB_WORKERS`, or 1); with 0 only what is finished can be shown.

        `is_here` tells whether a session of this process is still connected: one that is not keeps no run from being
        stopped. It is called about once a second.

        Raises:
            EngineProblem: if the number of workers is not one, or the queue cannot be kept in the store's folder.
        """
        self.workers = workers_wanted() if workers is None else workers
        self._store = store
        self._is_here = is_here
        self._fetches = Fetches()
        self._closed = threading.Event()
        self._known: tuple[float, Sequence[RunSummary]] = (float("-inf"), ())
        if self.workers == 0:
            return
        try:
            self._queue = Queue(store.root / "queue.sqlite", workers=self.workers)
        except (sqlite3.Error, OSError) as error:
            raise _refused(store, error) from None
        self._pool = LocalPool(store.root, workers=self.workers)
        self._pool.start()
        self._thread = threading.Thread(target=self._dispatch, name="engine", daemon=True)
        self._thread.start()

    def request(self, config: RunConfig, session: str) -> str:
        """Ask for a run, and return its id; an ended one need not be trained.

        Raises:
            EngineProblem: if live training is turned off, or the request cannot be written down.
        """
        if self.workers == 0:
            raise EngineProblem("Live training is turned off here (NORMLAB_WORKERS=0): only finished runs are shown.")
        config = canonical(config)
        name = run_id(config)
        if self._store.status(name) in _ENDS:
            return name
        try:
            self._queue.request(name, flat(config), session)
            self._store.clear_stop(name)
        except (sqlite3.Error, OSError) as error:
            raise _refused(self._store, error) from None
        self._pool.start()
        self._pool.wake()
        return name

    def withdraw(self, name: str, session: str) -> None:
        """Take back a session's request. Raises `EngineProblem` if that cannot be written down."""
        if self.workers == 0:
            return
        try:
            self._queue.beat(self._is_here)
            if self._queue.withdraw(name, session):
                self._store.request_stop(name)
        except (sqlite3.Error, StoreProblem) as error:
            raise _refused(self._store, error) from None

    def ticket(self, name: str, session: str | None = None) -> Ticket | None:
        """Where the run is for the session that watches it; None if it is not in the queue."""
        if self.workers == 0:
            return None
        place = self._queue.place(name, session)
        if place is None:
            return None
        state, position, wait = place.state, place.position, None
        if state == "waiting":
            if self._store.status(name) is Status.RUNNING:  # somebody outside the queue trains it
                state, position = "running", 0
            elif position <= self._pool.free():  # its worker is about to be ready
                state, position = "starting", 0
            else:
                wait = self._wait(place)
        return Ticket(name, state, position, place.requesters, wait, place.message)

    def fetch(self, dataset: Dataset) -> None:
        """Start downloading a data set, unless it is being downloaded."""
        self._fetches.start(dataset)

    def fetch_status(self, dataset: Dataset) -> FetchStatus | None:
        """How far the download is; None if none was started here."""
        return self._fetches.status(dataset)

    def worker_pids(self) -> list[int]:
        """Process ids of the living workers."""
        return [] if self.workers == 0 else self._pool.pids()

    def close(self) -> None:
        """End workers and downloads, and leave the queue; runs that were being trained are interrupted."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._fetches.close()
        if self.workers == 0:
            return
        self._pool.wake()
        self._thread.join()
        self._pool.close()
        self._queue.close()

    def _dispatch(self) -> None:
        """The engine's thread: hear what workers report, and give them work."""
        last_beat = 0.0
        while not self._closed.is_set():
            report = self._pool.report(_TICK_SECONDS)
            try:
                if report is not None:
                    self._hear(report)
                if time.monotonic() - last_beat > _BEAT_SECONDS:
                    last_beat = time.monotonic()
                    self._queue.beat(self._is_here)
                while not self._closed.is_set() and self._pool.idle() and self._serve():
                    pass
            except (sqlite3.Error, OSError, StoreProblem):
                _log.exception("The engine could not do its work; it tries again.")
                self._closed.wait(_BEAT_SECONDS)

    def _serve(self) -> bool:
        """Give the next run to a worker; False if nothing waits."""
        job = self._queue.take()
        if job is None:
            return False
        status = self._store.status(job.run_id)
        if status in _ENDS:
            self._queue.ended(job.run_id)
        elif status is Status.RUNNING:
            self._queue.postpone(job.run_id, _BEAT_SECONDS)
        else:
            self._store.clear_stop(job.run_id)
            if not self._queue.is_wanted(job.run_id):  # withdrawn since it was taken
                self._queue.stopped(job.run_id)
            elif not self._pool.submit(job.run_id, job.config):
                self._queue.postpone(job.run_id, 0.0)
                return False
        return True

    def _hear(self, report: Report) -> None:
        match report.kind:
            case "running":
                self._queue.begun(report.run_id)
            case "done":
                self._queue.ended(report.run_id)
            case "stopped":
                self._queue.stopped(report.run_id)
            case "busy":
                self._queue.postpone(report.run_id, _BEAT_SECONDS)
            case "failed":
                self._queue.failed(report.run_id, report.message)
            case "died" if report.run_id:
                self._queue.died(report.run_id, report.message)
            case "broken" if not self._pool.pids():
                for name in self._queue.waiting():
                    self._queue.failed(name, report.message)

    def _wait(self, place: Place) -> float | None:
        """Seconds until all that is ahead is done, shared among the workers."""
        total, now = 0.0, self._queue.clock()
        for run in place.ahead:
            seconds = estimate(changed(RunConfig(), run.config), self._ended_runs())
            if seconds is None:
                return None
            total += seconds if run.since is None else max(seconds - (now - run.since), 0.0)
        return total / max(place.workers, 1)

    def _ended_runs(self) -> Sequence[RunSummary]:
        when, runs = self._known
        if time.monotonic() - when > _KNOWN_SECONDS:
            runs = self._store.list()
            self._known = time.monotonic(), runs
        return runs


def workers_wanted() -> int:
    """`NORMLAB_WORKERS`, or 1. Raises `EngineProblem` if it is no number."""
    text = os.environ.get("NORMLAB_WORKERS", "").strip() or "1"
    if not text.isdecimal() or int(text) > 64:
        raise EngineProblem(f"NORMLAB_WORKERS={text} must be a whole number from 0 to 64.")
    return int(text)


def _refused(store: Store, error: Exception) -> EngineProblem:
    if isinstance(error, StoreProblem):
        return EngineProblem(str(error))
    return EngineProblem(f"The queue in {store.root} cannot be written ({error}): free some space, or try again.")
