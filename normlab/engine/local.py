"""Worker processes of this machine, which end with this process."""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from normlab.engine.environment import megabytes_wanted
from normlab.engine.pool import Reports
from normlab.engine.silence import DEADLINES, Deadlines
from normlab.engine.slot import Slot
from normlab.store import Store


class LocalPool:
    """Worker processes; one that hangs is killed, a dead one replaced, unless three in a row die early."""

    def __init__(self, root: Path, *, workers: int, deadlines: Deadlines = DEADLINES) -> None:
        """The runs go into the store at `root`. Raises `EngineProblem` for a memory limit that is no number."""
        command = [sys.executable, "-m", "normlab.training.worker", "--store", str(root)]
        command += ["--megabytes", str(megabytes_wanted())]
        self.reports = Reports()
        self._closed = threading.Event()
        is_stopping = Store(root).stop_requested
        self._slots = [Slot(command, self.reports, self._closed, is_stopping, deadlines) for _ in range(workers)]

    def start(self) -> None:
        for slot in self._slots:
            slot.start()

    def size(self) -> int:
        return len(self._slots)

    def idle(self) -> int:
        return sum(slot.is_idle() for slot in self._slots)

    def free(self) -> int:
        return sum(slot.is_free() for slot in self._slots)

    def submit(self, run_id: str, config: Mapping[str, Any], threads: int) -> bool:
        job = {"job": run_id, "config": config, "threads": threads}
        return any(slot.submit(run_id, job) for slot in self._slots)

    def stop(self, run_id: str) -> bool:
        return any(slot.stop(run_id) for slot in self._slots)

    def problem(self) -> str:
        return ""

    def pids(self) -> list[int]:
        return [pid for slot in self._slots if (pid := slot.pid()) is not None]

    def close(self) -> None:
        self._closed.set()
        for slot in self._slots:
            slot.end()
        for slot in self._slots:
            slot.join()
