"""One worker process: `python -m normlab.training.worker`.

It reads jobs as lines on its standard input and ends when that input ends, so that no worker outlives this process,
however it ends; it writes what happens as lines on its standard output, and every second that it lives. One that hangs
is killed (silence.py).
"""

import json
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, Any

from normlab.child import LOWER_PRIORITY, close_input, ending, exit_code, keep_last, tell
from normlab.engine.pool import Report, Reports
from normlab.engine.silence import Deadlines, Signs, Watch

_EARLY_DEATHS = 3
_PAUSE_SECONDS = 0.5
_LOOK_SECONDS, _DEATH_SECONDS = 0.25, 3.0


class Slot:
    """A place for one worker process, and the thread that listens to it and replaces it."""

    def __init__(
        self,
        command: list[str],
        reports: Reports,
        closed: threading.Event,
        is_stopping: Callable[[str], bool],
        deadlines: Deadlines,
    ) -> None:
        """`is_stopping` tells whether a run is to be stopped."""
        self._command, self._reports, self._closed = command, reports, closed
        self._is_stopping, self._deadlines = is_stopping, deadlines
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[str] | None = None
        self._signs = Signs()
        self._obituary = ""

    def start(self) -> None:
        with self._lock:
            if self._closed.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._keep_alive, name="worker", daemon=True)
            self._thread.start()

    def is_idle(self) -> bool:
        with self._lock:
            return self._signs.is_ready and not self._signs.job

    def is_free(self) -> bool:
        with self._lock:
            return self._process is not None and not self._signs.job

    def pid(self) -> int | None:
        with self._lock:
            return self._process.pid if self._process is not None and self._process.poll() is None else None

    def submit(self, run_id: str, job: Mapping[str, Any]) -> bool:
        with self._lock:
            if not self._signs.is_ready or self._signs.job or self._process is None:
                return False
            if not tell(self._process, job):
                return False
            self._signs = replace(self._signs, job=run_id)
            return True

    def stop(self, run_id: str) -> bool:
        """Tell the worker to stop the run; False if it does not execute it."""
        with self._lock:
            return self._process is not None and self._signs.job == run_id and tell(self._process, {"stop": run_id})

    def end(self) -> None:
        """Close the worker's input, at which it ends."""
        with self._lock:
            if self._process is not None:
                close_input(self._process)

    def join(self) -> None:
        if self._thread is None:
            return
        self._thread.join(timeout=_DEATH_SECONDS)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join(timeout=_DEATH_SECONDS)

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
                creationflags=LOWER_PRIORITY,
                start_new_session=True,  # Ctrl-C in a terminal is for this process alone
            )
        except OSError as error:
            return False, str(error)
        assert process.stdout is not None
        assert process.stderr is not None
        last_words: deque[str] = deque(maxlen=1)
        with self._lock:
            self._process, self._signs, self._obituary = process, Signs(), ""
        if self._closed.is_set():
            self.end()
        ear = threading.Thread(target=self._listen, args=(process.stdout,), daemon=True)
        other_ear = threading.Thread(target=keep_last, args=(process.stderr, last_words), daemon=True)
        ear.start()
        other_ear.start()
        hung = self._watch(process, ear)
        self.end()
        code = exit_code(process)
        ear.join(timeout=1.0)
        other_ear.join(timeout=1.0)
        with self._lock:
            signs, self._signs, self._process = self._signs, Signs(), None
        words = f" Its last words: {last_words[0]}" if last_words else ""
        message = hung or self._obituary or f"The training process ended unexpectedly ({ending(code)}).{words}"
        if not self._closed.is_set():
            self._reports.put(Report("died", signs.job, message))
        return signs.is_ready, message

    def _watch(self, process: "subprocess.Popen[str]", ear: threading.Thread) -> str:
        """Wait for the worker's last line; one that hangs is killed, and then the sentence says why."""
        watch = Watch(self._deadlines)
        while ear.is_alive():
            ear.join(_LOOK_SECONDS)
            with self._lock:
                signs = self._signs
            is_stopping = bool(signs.job) and self._is_stopping(signs.job)
            if ear.is_alive() and (hung := watch.overdue(signs, is_stopping=is_stopping)):
                process.kill()
                return hung
        return ""

    def _listen(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self._hear(json.loads(line))

    def _hear(self, line: Mapping[str, Any]) -> None:
        if "beat" in line:
            with self._lock:
                self._signs = replace(self._signs, heard=self._signs.heard + 1, events=int(line["beat"]))
            return
        report = Report.of(line)
        if report.kind == "ending":
            self._obituary = report.message
            return
        with self._lock:
            is_ready = self._signs.is_ready or report.kind == "ready"
            job = self._signs.job if report.kind in ("ready", "running") else ""
            self._signs = replace(self._signs, is_ready=is_ready, heard=self._signs.heard + 1, job=job)
        self._reports.put(report)
