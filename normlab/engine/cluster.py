"""The workers of a Dask cluster that share the store. Dask places runs, and tries one once more whose worker died.

Everything else goes through the store: what a run tells, and that it should stop.
"""

import importlib
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from normlab.engine.pool import Report, Reports
from normlab.record import Status
from normlab.store import Store

if TYPE_CHECKING:
    from distributed import Client, Future, Scheduler

_LOOK_SECONDS, _COUNT_SECONDS = 0.2, 2.0
_CONNECT_SECONDS, _PAUSE_SECONDS = 3.0, 2.0
_ANSWER_SECONDS = 10.0
_NO_DASK = (
    "NORMLAB_SCHEDULER names a Dask cluster, but Dask is not installed here: run `pip install 'normlab[cluster]'`."
)


class DaskPool:
    """Finds its scheduler again when that was lost; what was being executed then waits in the queue."""

    def __init__(self, store: Store, address: str) -> None:
        """`address` is the scheduler's, e.g. tcp://192.168.1.5:8786."""
        self.reports = Reports()
        self._store = store
        self._address = address
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._futures: dict[str, Future[Mapping[str, object]]] = {}
        self._begun: set[str] = set()
        self._size = 0
        self._problem = f"Looking for the Dask scheduler at {address}."
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._closed.is_set() or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._work, name="cluster", daemon=True)
        self._thread.start()

    def size(self) -> int:
        """One run at a time for each thread that a Dask worker has."""
        return self._size

    def idle(self) -> int:
        with self._lock:
            return max(self._size - len(self._futures), 0) if self._client is not None else 0

    def free(self) -> int:
        return self.idle()

    def submit(self, run_id: str, config: Mapping[str, Any], threads: int) -> bool:
        job = {"job": run_id, "config": config, "threads": threads}
        with self._lock:
            if self._client is None or self._client.status != "running" or len(self._futures) >= self._size:
                return False
            self._futures[run_id] = self._client.submit(_carry_out, job, self._store.root, key=run_id, pure=False)
            return True

    def stop(self, run_id: str) -> bool:
        return False

    def problem(self) -> str:
        return self._problem

    def pids(self) -> list[int]:
        return []

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            for name in self._futures:
                self._store.request_stop(name)
        if self._thread is not None:
            self._thread.join(timeout=_ANSWER_SECONDS)

    def _work(self) -> None:
        if find_spec("distributed") is None:
            self._problem = _NO_DASK
            self.reports.put(Report("broken", "", _NO_DASK))
            return
        while not self._closed.is_set():
            try:
                self._stay_connected()
            except OSError:  # also what Dask raises for a lost connection and when time is up
                self._lose()
                self._closed.wait(_PAUSE_SECONDS)

    def _stay_connected(self) -> None:
        """Until this pool is closed. Raises `OSError` when the connection is lost."""
        from distributed import Client

        with Client(self._address, timeout=_CONNECT_SECONDS, set_as_default=False) as client:
            client.run_on_scheduler(_give_up_early())
            self._count(client)
            with self._lock:
                self._client = client
            looks = 0
            while not self._closed.wait(_LOOK_SECONDS):
                if client.status != "running":
                    raise OSError("the scheduler is gone")
                looks += 1
                if looks % round(_COUNT_SECONDS / _LOOK_SECONDS) == 0:
                    self._count(client)
                self._look()

    def _count(self, client: "Client") -> None:
        self._size = sum(client.nthreads().values())
        self._problem = "" if self._size else f"No worker has joined the Dask scheduler at {self._address} yet."

    def _look(self) -> None:
        """Report what has changed since the last look."""
        with self._lock:
            futures = dict(self._futures)
        for name, future in futures.items():
            if future.status != "pending":
                report = _outcome(name, future)
                self._forget(name)
                self.reports.put(report)
            elif name not in self._begun and self._store.status(name) is Status.RUNNING:
                self._begun.add(name)
                self.reports.put(Report("running", name))

    def _forget(self, name: str) -> None:
        with self._lock:
            del self._futures[name]
        self._begun.discard(name)

    def _lose(self) -> None:
        """What a lost cluster executes ends, or goes on unseen and keeps its claim: the queue tries again."""
        with self._lock:
            self._client, self._size = None, 0
            names = list(self._futures)
        self._problem = f"The Dask scheduler at {self._address} does not answer: runs wait until it does."
        for name in names:
            self._forget(name)
            self.reports.put(Report("lost", name))


def cluster_size(address: str) -> tuple[bool, str]:
    """Whether the scheduler answers and has workers, and a sentence on it."""
    if find_spec("distributed") is None:
        return False, _NO_DASK
    from distributed import Client

    try:
        with Client(address, timeout=_CONNECT_SECONDS, set_as_default=False) as client:
            threads = client.nthreads()
    except OSError:
        return False, f"The Dask scheduler at {address} does not answer: start it, or unset NORMLAB_SCHEDULER."
    if not threads:
        return False, f"No worker has joined the Dask scheduler at {address}: start `dask worker {address}`."
    return True, f"{sum(threads.values())} at a time on the Dask cluster at {address}"


def _carry_out(job: Mapping[str, Any], root: Path) -> Mapping[str, object]:
    """What a Dask worker executes. The torch half is named and not imported: only there is it loaded."""
    answer: Mapping[str, object] = importlib.import_module("normlab.training.job").work_elsewhere(job, root)
    return answer


def _give_up_early() -> Any:
    """For the scheduler: a run that has ended two workers is not given to a third."""

    def set_limit(dask_scheduler: "Scheduler") -> None:  # within a function it travels whole, without normlab
        dask_scheduler.allowed_failures = 1

    return set_limit


def _outcome(name: str, future: "Future[Mapping[str, object]]") -> Report:
    if future.status == "finished":
        return Report.of(future.result(timeout=_ANSWER_SECONDS))
    if future.status != "error":
        return Report("lost", name)
    error = future.exception(timeout=_ANSWER_SECONDS)
    if type(error).__name__ == "KilledWorker":
        return Report("failed", name, "Two of the cluster's workers ended while they trained this run: it is given up.")
    first_line = str(error).partition("\n")[0]
    reason = f"{type(error).__name__}: {first_line}"
    mend = "its scheduler and workers need the same normlab, Dask and Python as this machine"
    return Report("failed", name, f"The cluster could not train this run ({reason}): {mend}.")
