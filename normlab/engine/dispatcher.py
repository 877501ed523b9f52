"""The engine's thread: hears what workers report, and gives them work in the queue's order."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from normlab.engine.pool import Pool, Report
from normlab.engine.queue import Job, Queue
from normlab.record import Status
from normlab.store import Store, StoreProblem

ENDS = (Status.FINISHED, Status.DIVERGED)
_TICK_SECONDS, _BEAT_SECONDS = 0.25, 1.0
_PATIENCE_SECONDS = 10.0
"""For the thread's end: a locked queue or a slow disk may hold it back."""
_log = logging.getLogger(__name__)


class Dispatcher:
    """Starts at once; ends with `close`. `problem` says in one sentence why it cannot do its work, else it is empty."""

    def __init__(self, store: Store, queue: Queue, pool: Pool, is_here: Callable[[str], bool]) -> None:
        self._store = store
        self._queue = queue
        self._pool = pool
        self._is_here = is_here
        self.problem = ""
        self._given_up: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._pool.reports.wake()
        self._thread.join(_PATIENCE_SECONDS)

    def give_up(self, run_id: str) -> None:
        """The run is being stopped, and that nobody wants it could not be written down: it will be when it can."""
        self._given_up.add(run_id)

    def _work(self) -> None:
        last_beat, report = 0.0, None
        while not self._closed.is_set():
            report = report or self._pool.reports.get(_TICK_SECONDS)
            try:
                if report is not None:
                    self._hear(report)
                    report = None
                if time.monotonic() - last_beat > _BEAT_SECONDS:
                    last_beat = time.monotonic()
                    self._queue.capacity = replace(self._queue.capacity, workers=self._pool.size())
                    self._queue.beat(self._is_here)
                while not self._closed.is_set() and self._pool.idle() and self._serve():
                    pass
                self.problem = ""
            except (sqlite3.Error, OSError, StoreProblem) as error:  # what was reported is heard again
                problem = refusal(self._store, error)
                if problem != self.problem:  # it is tried every second
                    _log.exception("The engine could not do its work; it tries again.")
                self.problem = problem
                self._closed.wait(_BEAT_SECONDS)

    def _serve(self) -> bool:
        """Give the next run to a worker; False if there is none to give."""
        job = self._queue.take()
        if job is None:
            return False
        if self._store.is_done(job.run_id):
            self._queue.ended(job.run_id)
        elif self._store.status(job.run_id) is Status.RUNNING:
            self._queue.postpone(job.run_id, _BEAT_SECONDS)
        else:
            return self._submit(job)
        return True

    def _submit(self, job: Job) -> bool:
        self._store.clear_stop(job.run_id)
        if not self._queue.is_wanted(job.run_id):  # withdrawn since it was taken
            self._queue.stopped(job.run_id)
        elif not self._pool.submit(job.run_id, job.config, job.threads):
            self._queue.postpone(job.run_id, 0.0)
            return False
        return True

    def _hear(self, report: Report) -> None:
        if report.run_id in self._given_up and report.kind != "running":
            self._queue.ended(report.run_id)
            self._given_up.discard(report.run_id)
            return
        match report.kind:
            case "running":
                self._queue.begun(report.run_id)
            case "done":
                self._queue.ended(report.run_id)
            case "stopped":
                self._queue.stopped(report.run_id)
            case "busy" | "lost":
                self._queue.postpone(report.run_id, _BEAT_SECONDS)
            case "failed":
                self._queue.failed(report.run_id, report.message)
            case "died" if report.run_id:
                self._queue.died(report.run_id, report.message)
            case "broken" if not self._pool.pids():
                for name in self._queue.waiting():
                    self._queue.failed(name, report.message)


def refusal(store: Store, error: Exception) -> str:
    """One sentence: the queue cannot be written."""
    if isinstance(error, StoreProblem):
        return str(error)
    return f"The queue in {store.root} cannot be written ({error}): free some space, or try again."
