"""The engine of a page process: takes requests, and tells how far the runs are."""

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.engine import environment
from normlab.engine.capacity import Capacity
from normlab.engine.cluster import DaskPool
from normlab.engine.dispatcher import Dispatcher, refusal
from normlab.engine.environment import EngineProblem
from normlab.engine.fetching import Fetches, FetchStatus
from normlab.engine.local import LocalPool
from normlab.engine.pool import Pool
from normlab.engine.queue import Place, Queue
from normlab.identity import canonical, run_id
from normlab.limits import UNLIMITED, Limits
from normlab.record import Status
from normlab.settings import changed, flat
from normlab.store import RunSummary, Store, StoreProblem

_KNOWN_SECONDS = 5.0
_NEWEST = 10
"""Runs from which the time of another is told."""
_MEASURED = 5_000
"""Training images that are looked at again after each epoch, at most."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a requested run is.

    `state` is "waiting", "starting", "running" or "failed"; `message` says why it failed, why it starts again, or why
    nothing can start, else it is empty. `position` is 1 for the next one to be served and 0 for a run that does not
    wait; `requesters` counts the sessions that want the run; `wait_seconds` is an estimate of the time until it starts,
    None where there is nothing to estimate from.
    """

    run_id: str
    state: str
    position: int
    requesters: int
    wait_seconds: float | None
    message: str


class Engine:
    """Equal configurations share one run, also across processes that share the store; the last withdrawal stops it.

    Runs are executed by worker processes of this machine, or where `NORMLAB_SCHEDULER` names a Dask scheduler, by its
    workers.
    """

    def __init__(
        self,
        store: Store,
        *,
        workers: int | None = None,
        threads: int | None = None,
        limits: Limits = UNLIMITED,
        is_here: Callable[[str], bool] = lambda session: True,
    ) -> None:
        """`workers` processes train (`NORMLAB_WORKERS`, or 1); with 0 only what is finished can be shown.

        Each run has so many `threads`; without a number a lone one has all cores, and several share them.
        `limits` hold for every request.
        `is_here` tells whether a session of this process is still connected: one that is not keeps no run from being
        stopped, and no run waiting. It is called about once a second.

        Raises:
            EngineProblem: if the environment's numbers are none, or the queue cannot be kept in the store's folder.
        """
        self.workers = environment.workers_wanted() if workers is None else workers
        self._store = store
        self._limits = limits
        self._is_here = is_here
        self._fetches = Fetches()
        self._is_closed = False
        self._known: tuple[float, Sequence[RunSummary]] = (float("-inf"), ())
        if self.workers == 0:
            return
        scheduler = environment.scheduler_wanted()
        self._pool: Pool = DaskPool(store, scheduler) if scheduler else LocalPool(store.root, workers=self.workers)
        try:
            capacity = Capacity.here(self.workers, 1 if scheduler else threads)
            self._queue = Queue(store.root / "queue.sqlite", capacity)
        except (sqlite3.Error, OSError) as error:
            raise EngineProblem(refusal(store, error)) from None
        self._pool.start()
        self._dispatcher = Dispatcher(store, self._queue, self._pool, is_here)

    def request(self, config: RunConfig, session: str, visitor: str = "") -> str:
        """Ask for a run, and return its id; one that has ended in the present generation need not be trained.

        What waits is counted, and takes turns, by `visitor`, who may have several sessions; by session without one.

        Raises:
            EngineProblem: if live training is turned off, the request is beyond a limit, or cannot be written down.
        """
        if self.workers == 0:
            raise EngineProblem("Live training is turned off here (NORMLAB_WORKERS=0): only finished runs are shown.")
        config = canonical(config)
        name = run_id(config)
        if self._store.is_done(name):
            return name
        if excess := self._limits.exceeded(config):
            raise EngineProblem(excess)
        try:
            self._queue.request(name, flat(config), session, self._limits, visitor)
            self._store.clear_stop(name)
        except (sqlite3.Error, OSError) as error:
            raise EngineProblem(refusal(self._store, error)) from None
        self._pool.start()
        self._pool.reports.wake()
        return name

    def withdraw(self, name: str, session: str) -> None:
        """Take back a session's request.

        Where that cannot be written down, a run that is trained here and nobody else wants is stopped all the same.

        Raises:
            EngineProblem: if it cannot be, or others may want it.
        """
        if self.workers == 0:
            return
        try:
            self._queue.beat(self._is_here)
            if self._queue.withdraw(name, session):
                self._store.request_stop(name)
        except (sqlite3.Error, StoreProblem) as error:
            if self._is_shared(name) or not self._pool.stop(name):
                raise EngineProblem(refusal(self._store, error)) from None
            self._dispatcher.give_up(name)

    def _is_shared(self, name: str) -> bool:
        """Whether more than one session wants the run, as far as the queue can still be read."""
        try:
            place = self._queue.place(name)
        except sqlite3.Error:
            return False
        return place is not None and place.requesters > 1

    def ticket(self, name: str, session: str | None = None) -> Ticket | None:
        """Where the run is for the session that watches it; None if it is not in the queue."""
        if self.workers == 0:
            return None
        place = self._queue.place(name, session)
        if place is None:
            return None
        state, position, wait = place.state, place.position, None
        message = place.message if state == "failed" else self.problem() or place.message
        if state == "waiting":
            if self._store.status(name) is Status.RUNNING:  # somebody outside the queue trains it
                state, position = "running", 0
            elif place.has_cores and position <= self._pool.free():  # its worker is about to be ready
                state, position = "starting", 0
            else:
                wait = self._wait(place)
        return Ticket(name, state, position, place.requesters, wait, message)

    def size(self) -> int:
        """Runs that can be trained at a time."""
        return 0 if self.workers == 0 else self._pool.size()

    def problem(self) -> str:
        """Why nothing can be trained now, in one sentence; "" if all is well."""
        return "" if self.workers == 0 else self._dispatcher.problem or self._pool.problem()

    def estimate(self, config: RunConfig) -> float | None:
        """Seconds that training will take, None if there is nothing to tell them from."""
        return estimate(config, self._ended_runs())

    def fetch(self, dataset: Dataset) -> None:
        """Start downloading a data set, unless it is being downloaded."""
        self._fetches.start(dataset)

    def fetch_status(self, dataset: Dataset) -> FetchStatus | None:
        """How far the download is; None if none was started here."""
        return self._fetches.status(dataset)

    def worker_pids(self) -> list[int]:
        """Process ids of the living workers on this machine."""
        return [] if self.workers == 0 else self._pool.pids()

    def close(self) -> None:
        """End workers and downloads, and leave the queue; runs that were being trained are interrupted."""
        if self._is_closed:
            return
        self._is_closed = True
        self._fetches.close()
        if self.workers == 0:
            return
        self._dispatcher.close()
        self._pool.close()
        self._queue.close()

    def _wait(self, place: Place) -> float | None:
        """Seconds until all that is ahead is done, shared among the workers."""
        total, now = 0.0, self._queue.clock()
        for run in place.ahead:
            seconds = self.estimate(changed(RunConfig(), run.config))
            if seconds is None:
                return None
            total += seconds if run.since is None else max(seconds - max(now - run.since, 0.0), 0.0)
        return total / max(place.workers, 1)

    def _ended_runs(self) -> Sequence[RunSummary]:
        when, runs = self._known
        if time.monotonic() - when > _KNOWN_SECONDS:
            runs = self._store.list()
            self._known = time.monotonic(), runs
        return runs


def estimate(config: RunConfig, known: Iterable[RunSummary]) -> float | None:
    """Seconds for `config`: its work at the median pace of finished runs on the same data set.

    Of this machine's runs the newest count, those with the same norms and batches before others; without any all that
    ship; None without any.
    """
    paces: dict[bool, list[tuple[bool, str, float]]] = {False: [], True: []}
    for run in known:
        if run.status is Status.FINISHED and run.record and run.config.data.dataset is config.data.dataset:
            is_alike = _kernels(run.config) == _kernels(config)
            paces[run.shipped].append((is_alike, run.record.started, run.record.seconds / _work(run.config)))
    found = sorted(paces[False], reverse=True)[:_NEWEST] or paces[True]
    return statistics.median(pace for *_, pace in found) * _work(config) if found else None


def _kernels(config: RunConfig) -> tuple[object, ...]:
    """What decides how long an image takes."""
    return config.model.norms, config.optim.batch_size


def _work(config: RunConfig) -> float:
    """Images that are learned from, all epochs together; one that is only looked at costs about a third."""
    data, spec = config.data, config.data.dataset.spec
    seen = min(data.training_images, _MEASURED) + spec.test + (spec.validation if data.validation else 0)
    return config.optim.epochs * (data.training_images + seen / 3)
