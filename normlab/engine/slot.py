"""One worker process: `python -m normlab.training.worker`.

It reads jobs as lines on its standard input and ends when that input ends, so that no worker outlives this process,
however it ends; it writes what happens as lines on its standard output.
"""

import json
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from typing import IO, Any

from normlab.engine.pool import Report, Reports

_EARLY_DEATHS = 3
_PAUSE_SECONDS = 0.5
_LOWER_PRIORITY: int = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # Windows; elsewhere the worker is nice


class Slot:
    """A place for one worker process, and the thread that listens to it and replaces it."""

    def __init__(self, command: list[str], reports: Reports, closed: threading.Event) -> None:
        self._command, self._reports, self._closed = command, reports, closed
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[str] | None = None
        self._is_ready = False
        self._job = ""

    def start(self) -> None:
        with self._lock:
            if self._closed.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._keep_alive, name="worker", daemon=True)
            self._thread.start()

    def is_idle(self) -> bool:
        with self._lock:
            return self._is_ready and not self._job

    def is_free(self) -> bool:
        with self._lock:
            return self._process is not None and not self._job

    def pid(self) -> int | None:
        with self._lock:
            return self._process.pid if self._process is not None and self._process.poll() is None else None

    def submit(self, run_id: str, job: Mapping[str, Any]) -> bool:
        with self._lock:
            if not self._is_ready or self._job or self._process is None:
                return False
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(json.dumps(job) + "\n")
                self._process.stdin.flush()
            except (OSError, ValueError):
                return False  # it has just died, or its input was closed: the thread will notice
            self._job = run_id
            return True

    def end(self) -> None:
        """Close the worker's input, at which it ends."""
        with self._lock:
            if self._process is None or self._process.stdin is None:
                return
            try:
                self._process.stdin.close()
            except OSError:
                return  # it ended before

    def join(self) -> None:
        if self._thread is None:
            return
        self._thread.join(timeout=3.0)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join(timeout=3.0)

    def _keep_alive(self) -> None:
        early_deaths = 0
        while not self._closed.is_set():
            was_ready, message = self._live_once()
            if self._closed.is_set():
                return
            early_deaths = 0 if was_ready else early_deaths + 1
            if early_deaths == _EARLY_DEATHS:
                self._reports.put(Report("broken", "", f"No training process can be started: {message}"))
                return
            self._closed.wait(_PAUSE_SECONDS * early_deaths)

    def _live_once(self) -> tuple[bool, str]:
        """Run one worker to its end; whether it had been ready, and how it ended."""
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                creationflags=_LOWER_PRIORITY,
                start_new_session=True,  # Ctrl-C in a terminal is for this process alone
            )
        except OSError as error:
            return False, str(error)
        with process:
            with self._lock:
                self._process = process
            if self._closed.is_set():
                self.end()
            was_ready, message = self._listen(process)
            self.end()
        with self._lock:
            job, self._job, self._is_ready, self._process = self._job, "", False, None
        if not self._closed.is_set():
            self._reports.put(Report("died", job, message))
        return was_ready, message

    def _listen(self, process: "subprocess.Popen[str]") -> tuple[bool, str]:
        assert process.stdout is not None
        assert process.stderr is not None
        last_words: deque[str] = deque(maxlen=1)
        ear = threading.Thread(target=keep_last, args=(process.stderr, last_words), daemon=True)
        ear.start()
        was_ready, obituary = False, ""
        for line in process.stdout:
            report = Report.of(json.loads(line))
            if report.kind == "ending":
                obituary = report.message
                continue
            was_ready = was_ready or report.kind == "ready"
            with self._lock:
                self._is_ready = was_ready
                if report.kind not in ("ready", "running"):
                    self._job = ""
            self._reports.put(report)
        code = process.wait()
        ear.join(timeout=1.0)
        words = f" Its last words: {last_words[0]}" if last_words else ""
        return was_ready, obituary or f"The training process ended unexpectedly ({_reason(code)}).{words}"


def keep_last(stream: IO[str], last: "deque[str]") -> None:
    for line in stream:
        if line.strip():
            last.append(line.strip())


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
