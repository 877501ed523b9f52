"""Downloads of data sets, each in a process of its own, with progress. One that hangs is killed."""

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from normlab import files
from normlab.child import ending, exit_code, keep_last
from normlab.choices import Dataset
from normlab.engine.silence import Silence

_FETCH = (sys.executable, "-m", "normlab.cli", "fetch")
_START_SECONDS = 600.0
"""Until its first word: on a busy machine a start may take minutes."""
_SILENT_SECONDS = 300.0
"""Between two words. A mirror with many addresses that does not answer at any of them takes less."""
_LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class FetchStatus:
    """`state` is "running", "done" or "failed" (then `message` says why); sizes in bytes, 0 while unknown."""

    dataset: Dataset
    state: str
    done_bytes: int = 0
    total_bytes: int = 0
    message: str = ""


@dataclass(slots=True)
class _Heard:
    """What a process has said: how many words, whether it is done, what stopped it."""

    words: int = 0
    is_done: bool = False
    problem: str = ""


class Fetches:
    """The downloads of this process."""

    def __init__(
        self, command: Sequence[str] = _FETCH, *, start: float = _START_SECONDS, silent: float = _SILENT_SECONDS
    ) -> None:
        """`command` takes a data set's name and `--json`; `start` and `silent` are the seconds that it may be silent,
        before its first word and later."""
        self._command, self._start_seconds, self._silent_seconds = command, start, silent
        self._lock = threading.Lock()
        self._statuses: dict[Dataset, FetchStatus] = {}
        self._processes: dict[Dataset, subprocess.Popen[str]] = {}
        self._is_closed = False

    def start(self, dataset: Dataset) -> None:
        """Start the download, unless it is running."""
        with self._lock:
            known = self._statuses.get(dataset)
            if known is not None and known.state == "running":
                return
            self._statuses[dataset] = FetchStatus(dataset, "running")
        try:
            threading.Thread(target=self._run, args=(dataset,), name=f"fetch {dataset}", daemon=True).start()
        except RuntimeError as error:  # the system has no thread left
            self._set(dataset, state="failed", message=f"The download cannot be started ({error}).")

    def status(self, dataset: Dataset) -> FetchStatus | None:
        """None if it was never started here."""
        with self._lock:
            return self._statuses.get(dataset)

    def close(self) -> None:
        """End the downloads that are running; what they have got stays, and is gone on with next time."""
        with self._lock:
            self._is_closed = True
            processes = list(self._processes.values())
        for process in processes:
            process.terminate()
        for process in processes:
            exit_code(process)

    def _run(self, dataset: Dataset) -> None:
        problem = "The download could not be followed: the server's log says more."
        try:
            problem = self._follow(dataset)
        finally:
            self._set(dataset, state="failed" if problem else "done", message=problem)

    def _follow(self, dataset: Dataset) -> str:
        """Run the download to its end; why it failed, in a sentence, else ""."""
        try:
            process = subprocess.Popen(
                [*self._command, dataset, "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return f"No process for the download can be started ({error.strerror or error})."
        with self._lock:
            self._processes[dataset] = process
            if self._is_closed:
                process.terminate()
        try:
            return self._outcome(process, dataset)
        finally:
            process.kill()  # if it has not ended, nobody follows it any more
            with self._lock:
                del self._processes[dataset]

    def _outcome(self, process: "subprocess.Popen[str]", dataset: Dataset) -> str:
        assert process.stdout is not None
        assert process.stderr is not None
        heard, last_words = _Heard(), deque[str](maxlen=1)
        ear = threading.Thread(target=self._listen, args=(process.stdout, dataset, heard), daemon=True)
        other_ear = threading.Thread(target=keep_last, args=(process.stderr, last_words), daemon=True)
        ear.start()
        other_ear.start()
        hung = self._watch(process, ear, heard)
        code = exit_code(process)
        ear.join(timeout=1.0)
        other_ear.join(timeout=1.0)
        if heard.is_done:
            return ""
        words = f" Its last words: {last_words[0]}" if last_words else ""
        return heard.problem or hung or f"The download ended unexpectedly ({ending(code)}).{words}"

    def _watch(self, process: "subprocess.Popen[str]", ear: threading.Thread, heard: _Heard) -> str:
        """Wait for the download's last line; one that hangs is killed, and then the sentence says why."""
        silence = Silence()
        while ear.is_alive():
            ear.join(_LOOK_SECONDS)
            limit = self._silent_seconds if heard.words else self._start_seconds
            if ear.is_alive() and silence.of(heard.words) > limit:
                process.kill()
                return f"The download did not move on for {limit:.0f} seconds and was ended: start it again."
        return ""

    def _listen(self, lines: IO[str], dataset: Dataset, heard: _Heard) -> None:
        with lines:
            for line in lines:
                try:
                    said = files.parse_object(line)
                except ValueError:
                    continue  # some library's, not the download's
                self._hear(said, dataset, heard)

    def _hear(self, said: dict[str, Any], dataset: Dataset, heard: _Heard) -> None:
        match said:
            case {"done": int(done), "total": int(total)}:
                self._set(dataset, done_bytes=done, total_bytes=total)
            case {"problem": str(problem)}:
                heard.problem = problem
            case {"folder": str()}:
                heard.is_done = True
            case _:
                return
        heard.words += 1

    def _set(self, dataset: Dataset, **changes: Any) -> None:
        with self._lock:
            self._statuses[dataset] = replace(self._statuses[dataset], **changes)
