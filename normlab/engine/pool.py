"""Where runs are executed: what the engine asks of a pool, and what it hears from one.

Order and sharing are the queue's; a pool only executes what it is handed, and tells how that went.
"""

import queue
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_OF_WORKERS = ("ready", "ending")
_SAID = (*_OF_WORKERS, "running", "done", "stopped", "busy", "failed")


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a run, or of a worker.

    `kind` is of a worker "ready", "ending" or "broken" (none can be started), of a run "running", "done", "stopped",
    "busy" (another process trains it), "lost" (nothing is known of it any more), "failed" or "died" (its worker ended).
    `message` is a sentence for people.
    """

    kind: str
    run_id: str = ""
    message: str = ""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Report":
        """From what a worker says, e.g. `{"failed": run id, "message": sentence}`."""
        kind = next(kind for kind in _SAID if kind in line)
        return cls(kind, "" if kind in _OF_WORKERS else str(line[kind]), str(line.get("message", "")))


class Reports:
    """A letter box for reports: any thread puts them in, the engine's takes them out."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Report | None] = queue.SimpleQueue()

    def put(self, report: Report) -> None:
        self._queue.put(report)

    def get(self, timeout: float) -> Report | None:
        """The next report, or None after `timeout` seconds or `wake`."""
        try:
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            return None

    def wake(self) -> None:
        """Let `get` return."""
        self._queue.put(None)


class Pool(Protocol):
    """Executes runs somewhere; no method waits for that."""

    reports: Reports

    def start(self) -> None:
        """Start every worker that is not there."""

    def size(self) -> int:
        """Runs that can be executed at a time."""

    def idle(self) -> int:
        """Workers that wait for a job."""

    def free(self) -> int:
        """Workers without a job, also those that are not ready yet."""

    def submit(self, run_id: str, config: Mapping[str, Any], threads: int) -> bool:
        """Hand a run to an idle worker; False if there is none."""

    def stop(self, run_id: str) -> bool:
        """Tell the run's worker to stop, past the store; False where no worker of this machine's own trains it."""

    def problem(self) -> str:
        """Why nothing can be executed now, in one sentence; "" if all is well."""

    def pids(self) -> list[int]:
        """Process ids of the workers that live on this machine."""

    def close(self) -> None:
        """Interrupt what is being executed, and end what was started."""
