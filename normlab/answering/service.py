"""Answers for a page: a thread between the desk and the process that computes."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from normlab.answering.desk import Answer, Desk, Question, Refusal
from normlab.answering.process import Ended, Process, Unavailable, command
from normlab.store import Store

_TRIES = 2
"""A question whose process ends is asked again in another one, once."""

_REST = 1.0
"""Seconds between two looks at whether anybody still waits."""


class Service:
    """May be used by several threads; nothing here waits for an answer."""

    def __init__(self, store: Store) -> None:
        """About the runs in this store. The process is started at once."""
        self._desk = Desk()
        self._process = Process(command(store))
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="answering", daemon=True)
        self._thread.start()

    def ask(self, visitor: str, groups: Sequence[Sequence[Question]]) -> None:
        """As `Desk.ask`: to be repeated while the visitor waits."""
        with self._changed:
            self._desk.ask(visitor, groups)
            self._changed.notify()

    def known(self, questions: Iterable[Question]) -> Mapping[Question, Answer | Refusal]:
        """What is known of these."""
        with self._changed:
            return self._desk.known(questions)

    def waiting(self, visitor: str) -> int:
        """How many other visitors wait."""
        with self._changed:
            return self._desk.waiting(visitor)

    def pid(self) -> int | None:
        """Of the process that computes, while it lives."""
        return self._process.pid()

    def close(self) -> None:
        """End the process."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._process.end()
        self._thread.join()

    def _work(self) -> None:
        with suppress(Unavailable):  # whoever asks is told
            self._process.start()
        while (question := self._next()) is not None:
            try:
                found = self._answer(question)
            except Unavailable as problem:
                with self._changed:
                    self._desk.refuse_all(str(problem))
            else:
                with self._changed:
                    self._desk.answer(question, found)
        self._process.end()

    def _next(self) -> Question | None:
        """The next question, waited for; None when all is over."""
        with self._changed:
            while not self._closed:
                if (question := self._desk.next()) is not None:
                    return question
                self._changed.wait(_REST)
        return None

    def _answer(self, question: Question) -> Answer | Refusal:
        reason = "All is over."
        for _ in range(_TRIES):
            if self._closed:
                break
            try:
                return self._process.ask(question)
            except Ended as end:
                reason = str(end)
        return Refusal(reason)
