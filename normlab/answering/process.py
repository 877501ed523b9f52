"""The process that computes, from outside: `python -m normlab.answering.worker`.

It reads questions as lines on its standard input, writes an answer to each on its standard output, and ends when that
input ends, so that it never outlives this process.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import IO, Any

from normlab.answering.desk import Answer, Question, Refusal
from normlab.child import LOWER_PRIORITY, close_input, exit_code, keep_last, tell
from normlab.store import Store
from normlab.stresses import to_query

START, SILENCE = 60.0, 60.0
"""Seconds until it must be ready, and until an answer must be there: a busy machine takes a few."""

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""A layer's matrices are too small for more."""


class Ended(Exception):
    """The process has ended, or was ended since it was silent; in one sentence."""


class Unavailable(Exception):
    """No process can be started; in one sentence."""


def command(store: Store) -> Sequence[str]:
    """What starts a process that knows the runs of this store."""
    shipped = ["--shipped", str(store.shipped)] if store.shipped else []
    return [sys.executable, "-m", "normlab.answering.worker", "--store", str(store.root), *shipped]


class Process:
    """One thread asks; any may `end` it."""

    def __init__(self, command: Sequence[str], *, start: float = START, silence: float = SILENCE) -> None:
        """`command` starts it; `start` and `silence` are the seconds that are waited for it."""
        self._command, self._start, self._silence = command, start, silence
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=1)

    def start(self) -> None:
        """Start it unless it lives, and wait until it is ready. Raises `Unavailable`."""
        if self.pid() is not None:
            return
        try:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                creationflags=LOWER_PRIORITY,
                env={**os.environ, **_ONE_THREAD},
            )
        except OSError as error:
            raise Unavailable(f"Nothing can be computed: no process can be started ({error}).") from None
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        words: deque[str] = deque(maxlen=1)
        threading.Thread(target=_listen, args=(child.stdout, lines), daemon=True).start()
        threading.Thread(target=keep_last, args=(child.stderr, words), daemon=True).start()
        self._child, self._lines, self._last_words = child, lines, words
        try:
            self._hear(self._start)
        except Ended as end:
            raise Unavailable(f"Nothing can be computed. {end}") from None

    def ask(self, question: Question) -> Answer | Refusal:
        """Raises `Ended` if the process ends over it, `Unavailable` if there is none."""
        self.start()
        said = {"run": question.run_id, "attempt": question.attempt, "stress": to_query(question.stress)}
        assert self._child is not None
        if not tell(self._child, said):
            raise self._ended()
        answer = self._hear(self._silence)
        if "refused" in answer:
            return Refusal(str(answer["refused"]))
        return Answer(bytes(map(int, answer["answers"])), int(answer["right"]), int(answer["changed"]))

    def pid(self) -> int | None:
        """While it lives."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def end(self) -> None:
        """Close its input, at which it ends; if it does not, kill it."""
        if (child := self._child) is not None:
            close_input(child)
            exit_code(child)

    def _hear(self, seconds: float) -> dict[str, Any]:
        """Its next line. Raises `Ended`."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            assert self._child is not None
            self._child.kill()
            raise Ended(f"The process that computes did not answer for {seconds:.0f} seconds and was ended.") from None
        if not line:
            raise self._ended()
        said: dict[str, Any] = json.loads(line)
        return said

    def _ended(self) -> Ended:
        assert self._child is not None
        self.end()
        words = f" Its last words: {self._last_words[0]}" if self._last_words else ""
        return Ended(f"The process that computes ended unexpectedly (exit code {self._child.returncode}).{words}")


def _listen(stream: IO[str], lines: "queue.SimpleQueue[str]") -> None:
    """Its lines; an empty one when there are no more."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put("")
