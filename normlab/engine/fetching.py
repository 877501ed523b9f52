"""Downloads of data sets, each in a process of its own, with progress."""

import json
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, replace

from normlab.choices import Dataset
from normlab.engine.slot import keep_last


@dataclass(frozen=True, slots=True)
class FetchStatus:
    """`state` is "running", "done" or "failed" (then `message` says why); sizes in bytes, 0 while unknown."""

    dataset: Dataset
    state: str
    done_bytes: int = 0
    total_bytes: int = 0
    message: str = ""


class Fetches:
    """The downloads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[Dataset, FetchStatus] = {}
        self._processes: dict[Dataset, subprocess.Popen[str]] = {}

    def start(self, dataset: Dataset) -> None:
        """Start the download, unless it is running."""
        with self._lock:
            known = self._statuses.get(dataset)
            if known is not None and known.state == "running":
                return
            self._statuses[dataset] = FetchStatus(dataset, "running")
        threading.Thread(target=self._follow, args=(dataset,), name=f"fetch {dataset}", daemon=True).start()

    def status(self, dataset: Dataset) -> FetchStatus | None:
        """None if it was never started here."""
        with self._lock:
            return self._statuses.get(dataset)

    def close(self) -> None:
        """End the downloads that are running; what they have got stays, and is gone on with next time."""
        with self._lock:
            processes = list(self._processes.values())
        for process in processes:
            process.terminate()

    def _follow(self, dataset: Dataset) -> None:
        command = [sys.executable, "-m", "normlab.cli", "fetch", dataset, "--json"]
        last_words: deque[str] = deque(maxlen=1)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            with self._lock:
                self._processes[dataset] = process
            ear = threading.Thread(target=keep_last, args=(process.stderr, last_words), daemon=True)
            ear.start()
            for line in process.stdout:
                data = json.loads(line)
                if "done" in data:
                    self._set(dataset, done_bytes=int(data["done"]), total_bytes=int(data["total"]))
            code = process.wait()
            ear.join(timeout=1.0)
        with self._lock:
            del self._processes[dataset]
        if code == 0:
            self._set(dataset, state="done")
        else:
            self._set(dataset, state="failed", message=last_words[0] if last_words else f"It ended with code {code}.")

    def _set(
        self,
        dataset: Dataset,
        *,
        state: str | None = None,
        done_bytes: int | None = None,
        total_bytes: int | None = None,
        message: str = "",
    ) -> None:
        with self._lock:
            known = self._statuses[dataset]
            self._statuses[dataset] = replace(
                known,
                state=state or known.state,
                done_bytes=known.done_bytes if done_bytes is None else done_bytes,
                total_bytes=known.total_bytes if total_bytes is None else total_bytes,
                message=message,
            )
