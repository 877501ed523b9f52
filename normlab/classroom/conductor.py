"""Has the runs of the classes' experiments trained: the thread between the classes' file and the engine.

The classes' own queue is in their file; of it the engine's queue has no more than the workers need next, so that places
and turns of the lab's visitors stay theirs. A process that dies loses nothing: the next one finds what is due there.
"""

import logging
import sqlite3
import threading
import uuid

from normlab.classroom.classes import Classes
from normlab.classroom.experiments import Due, Key, Outcome
from normlab.engine import Engine
from normlab.errors import NormlabError
from normlab.identity import run_id
from normlab.record import Status
from normlab.store import Store

SESSION = "class "
"""So the conductor's sessions in the engine begin: they are there as long as their process."""
_LOOK_SECONDS, _REST_SECONDS = 0.3, 1.0
_log = logging.getLogger(__name__)


class Conductor:
    """Starts at once; ends with `close`. `problem` says in one sentence why nothing can be trained, else it is ""."""

    def __init__(self, classes: Classes, engine: Engine, store: Store) -> None:
        self._classes, self._engine, self._store = classes, engine, store
        self._session = f"{SESSION}{uuid.uuid4().hex}"
        self._asked: set[str] = set()
        self._curves: dict[Key, list[float]] = {}
        self.problem = ""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="conductor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(10 * _REST_SECONDS)

    def _work(self) -> None:
        while not self._closed.wait(_REST_SECONDS if self.problem else _LOOK_SECONDS):
            try:
                self._turn()
                self.problem = ""
            except (NormlabError, sqlite3.Error, OSError) as error:  # it is tried again
                if str(error) != self.problem:
                    _log.warning("The runs of a class cannot be trained; it is tried again. %s", error)
                self.problem = str(error)

    def _turn(self) -> None:
        """Of each class as many as train at a time, and one more: a worker that ends finds it waiting."""
        due = {run_id(one.config): one for one in self._classes.due(self._engine.size() + 1)}
        for name in self._asked - due.keys():
            self._engine.withdraw(name, self._session)
            self._asked.discard(name)
        self._curves = {key: curve for key, curve in self._curves.items() if key in {one.key for one in due.values()}}
        for name, one in due.items():
            if name not in self._asked:
                self._engine.request(one.config, self._session, f"{SESSION}{one.code}")
                self._asked.add(name)
            self._look(name, one)

    def _look(self, name: str, one: Due) -> None:
        """How far the run is."""
        if (summary := self._store.ended(name)) is not None:
            if summary.status is Status.FINISHED and summary.record and summary.record.test_accuracy is not None:
                self._note(one.key, name)
                self._classes.ended(one.key, Outcome.FINISHED, round(100 * summary.record.test_accuracy, 4))
            else:
                self._classes.ended(one.key, Outcome.DIVERGED)
            self._asked.discard(name)
            return
        ticket = self._engine.ticket(name)
        if ticket is None or ticket.state == "failed":  # another turn asks for it again
            self._asked.discard(name)
            if ticket is not None:
                self._classes.ended(one.key, Outcome.LOST)
        elif ticket.state in ("starting", "running"):
            self._note(one.key, name)

    def _note(self, key: Key, name: str) -> None:
        run = self._store.read(name)
        curve = [round(100 * end.test.accuracy, 2) for end in run.epochs] if run is not None else []
        if curve != self._curves.get(key):
            self._classes.progress(key, curve)
            self._curves[key] = curve
