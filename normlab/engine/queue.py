"""Who waits for which run, and in which order. Knows nothing of processes and run folders.

Every request gets a turn: one more than its visitor's last waiting one, and than the turn that was served last. The
lowest turn goes first, then the earlier request; so visitors take turns however many runs each asks for, and a
newcomer neither waits behind a long list nor overtakes those whose turn it is. A shared run has its requesters' lowest
turn.
"""

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normlab.engine import presence, states
from normlab.engine.capacity import Capacity
from normlab.engine.database import Database
from normlab.engine.silence import Silence
from normlab.limits import UNLIMITED, Limits
from normlab.store import STALE_SECONDS, this_host

Clock = Callable[[], float]
_ORDER = """
SELECT run_id, config, MIN(turn) AS turn FROM runs JOIN requests USING (run_id)
WHERE state = 'waiting' AND is_wanted AND (not_before <= :now OR not_before > :now + :most)
GROUP BY run_id ORDER BY MIN(turn), MIN(requested_at), run_id
"""
_MOST_SECONDS = 60.0
"""No run is postponed for longer: one that seems to be was postponed before the clock was set back."""
_FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Job:
    """A run to execute with so many threads; `config` are its settings by name."""

    run_id: str
    config: Mapping[str, Any]
    threads: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """A run that is being executed (`since` a time) or waits (None) before another."""

    config: Mapping[str, Any]
    since: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: state "waiting", "starting", "running" or "failed"; `position` 0 unless it waits.

    `has_cores` tells whether the next run to be served could start now; `message` why the run failed, or why it starts
    again.
    """

    state: str
    position: int
    requesters: int
    message: str
    ahead: tuple[Ahead, ...]
    workers: int
    has_cores: bool


class Queue:
    """One process' view of the queue; `owner` names this process' engine in it."""

    def __init__(
        self, path: Path, capacity: Capacity, *, clock: Clock = time.time, awake: Clock = time.monotonic
    ) -> None:
        """`clock` tells the time to all processes, `awake` measures this one's own.

        Raises `sqlite3.Error` or `OSError` if the file cannot be made.
        """
        self.owner = uuid.uuid4().hex[:12]
        self.capacity = capacity
        self.clock = clock
        self._awake = awake
        self._silences: dict[str, Silence] = {}
        self._database = Database(path)
        self.beat(lambda session: True)

    def request(
        self, run_id: str, config: Mapping[str, Any], session: str, limits: Limits = UNLIMITED, visitor: str = ""
    ) -> None:
        """Ask for a run; a failed one gets another chance. Raises `QueueFull` if more would wait than may.

        A `visitor` may have several sessions; one without a name is its session.
        """
        now, visitor = self.clock(), visitor or session
        with self._database.change() as db:
            db.execute(
                "INSERT INTO runs (run_id, config, changed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (run_id, json.dumps(config), now),
            )
            db.execute(
                "UPDATE runs SET state = 'waiting', message = '', deaths = 0, not_before = 0, changed_at = ? "
                "WHERE run_id = ? AND state = 'failed'",
                (now, run_id),
            )
            known = "SELECT * FROM requests WHERE run_id = ? AND session = ? AND is_wanted"
            if db.execute(known, (run_id, session)).fetchone():
                return
            mine = "SELECT MAX(turn) FROM requests JOIN runs USING (run_id) WHERE visitor = ? AND is_wanted"
            last = db.execute(f"{mine} AND state = 'waiting'", (visitor,)).fetchone()[0] or 0
            turn = max(last, db.execute("SELECT turn FROM served").fetchone()[0]) + 1
            db.execute(
                "INSERT OR REPLACE INTO requests (run_id, session, visitor, owner, turn, requested_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (run_id, session, visitor, self.owner, turn, now),
            )
            states.check_room(db, run_id, visitor, limits)

    def withdraw(self, run_id: str, session: str) -> bool:
        """Whether the run is being executed and nobody who is here wants it any more: then it should be stopped."""
        with self._database.change() as db:
            run = db.execute("SELECT state FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if run is None:
                return False
            db.execute(
                "INSERT INTO requests (run_id, session, owner, turn, requested_at, is_wanted) VALUES (?, ?, ?, 0, ?, 0)"
                " ON CONFLICT DO UPDATE SET is_wanted = 0",
                (run_id, session, self.owner, self.clock()),
            )
            if presence.wanted_here(db, run_id):
                return False
            db.execute("UPDATE requests SET is_wanted = 0 WHERE run_id = ?", (run_id,))
            if run["state"] == "waiting":
                states.delete(db, run_id)
            return run["state"] in ("starting", "running")

    def take(self) -> Job | None:
        """The next run, now this process' to execute; None if none waits, or no cores are free for it."""
        now = self.clock()
        with self._database.change() as db:
            row = db.execute(f"{_ORDER} LIMIT 1", _at(now)).fetchone()
            threads = self._threads(db, now) if row else 0
            if threads == 0:
                return None
            db.execute(
                "UPDATE runs SET state = 'starting', owner = ?, threads = ?, changed_at = ? WHERE run_id = ?",
                (self.owner, threads, now, row["run_id"]),
            )
            db.execute("UPDATE served SET turn = MAX(turn, ?)", (row["turn"],))
            return Job(row["run_id"], json.loads(row["config"]), threads)

    def _threads(self, db: sqlite3.Connection, now: float) -> int:
        """For the run that is served next; 0 if it has to wait for cores of this machine."""
        here = "owner IN (SELECT owner FROM engines WHERE host = ?)"
        executing = f"SELECT threads FROM runs WHERE state IN ('starting', 'running') AND {here}"
        busy = [int(row["threads"]) for row in db.execute(executing, (this_host(),))]
        waiting = len(db.execute(_ORDER, _at(now)).fetchall())
        workers = db.execute("SELECT SUM(workers) FROM engines WHERE host = ?", (this_host(),)).fetchone()[0]
        return self.capacity.share(len(busy) + waiting, busy, workers or self.capacity.workers)

    def is_wanted(self, run_id: str) -> bool:
        """Whether the run has not been withdrawn by all."""
        with self._database.look() as db:
            return presence.is_wanted(db, run_id)

    def begun(self, run_id: str) -> None:
        """The run tells its first events."""
        with self._database.change() as db:
            update = "UPDATE runs SET state = 'running', changed_at = ? WHERE run_id = ? AND owner = ?"
            db.execute(update, (self.clock(), run_id, self.owner))

    def ended(self, run_id: str) -> None:
        with self._database.change() as db:
            states.delete(db, run_id)

    def stopped(self, run_id: str) -> None:
        """The run was stopped; if somebody came back meanwhile, it waits again."""
        with self._database.change() as db:
            if presence.is_wanted(db, run_id):
                states.wait(db, run_id, self.clock())
            else:
                states.delete(db, run_id)

    def postpone(self, run_id: str, seconds: float) -> None:
        """The run cannot be executed now: somebody outside the queue trains it."""
        with self._database.change() as db:
            states.wait(db, run_id, self.clock(), self.clock() + seconds)

    def failed(self, run_id: str, message: str) -> None:
        with self._database.change() as db:
            states.fail(db, run_id, message, self.clock())

    def died(self, run_id: str, message: str) -> None:
        """The process that executed the run is gone: if somebody wants it, it is tried once more, then given up."""
        with self._database.change() as db:
            if presence.is_wanted(db, run_id):
                states.die(db, run_id, message, self.clock())
            else:
                states.delete(db, run_id)

    def waiting(self) -> list[str]:
        """Run ids in the order in which they will be served."""
        with self._database.look() as db:
            return [row["run_id"] for row in db.execute(_ORDER, _at(_FOREVER))]

    def place(self, run_id: str, session: str | None = None) -> Place | None:
        """Where the run is; None if it is not in the queue.

        A session that watches takes over the request of one that is gone: a reloaded page is a new session.
        """
        with self._database.look() as db:
            run = db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if run is None:
                return None
            if session is not None and presence.can_adopt(db, run_id, session):
                self._adopt(run_id, session)
            ahead = [
                Ahead(json.loads(row["config"]), row["changed_at"])
                for row in db.execute("SELECT * FROM runs WHERE state IN ('starting', 'running')")
            ]
            order = [(row["run_id"], row["config"]) for row in db.execute(_ORDER, _at(_FOREVER))]
            names = [name for name, _ in order]
            position = names.index(run_id) + 1 if run_id in names else 0
            ahead += [Ahead(json.loads(config), None) for _, config in order[: max(position - 1, 0)]]
            workers = db.execute("SELECT SUM(workers) FROM engines").fetchone()[0] or 0
            return Place(
                state=run["state"],
                position=position,
                requesters=presence.wanted_here(db, run_id),
                message=run["message"],
                ahead=tuple(ahead),
                workers=workers,
                has_cores=self._threads(db, self.clock()) > 0,
            )

    def beat(self, is_here: Callable[[str], bool]) -> None:
        """Say that this process lives and which of its sessions do; clear up after processes that do not."""
        now = self.clock()
        with self._database.look() as db:
            mine = db.execute("SELECT DISTINCT session FROM requests WHERE owner = ?", (self.owner,)).fetchall()
        here = {row["session"]: is_here(row["session"]) for row in mine}  # asks the app: not within a transaction
        with self._database.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO engines VALUES (?, ?, ?, ?, ?)",
                (self.owner, this_host(), os.getpid(), self.capacity.workers, now),
            )
            presence.note_sessions(db, self.owner, here, now)
            presence.clear_up(db, now, self._is_silent)

    def close(self) -> None:
        """Leave the queue: this process' requests are withdrawn, what it executed waits for others, if any want it."""
        try:
            with self._database.change() as db:
                presence.forget(db, self.owner)
        except sqlite3.OperationalError:
            return  # a full disk, say: others clear up after this process when it has ended
        finally:
            self._database.close()

    def _is_silent(self, owner: str, seen_at: float) -> bool:
        """Whether another process has not said for long, by this one's own time, that it lives."""
        silence = self._silences.setdefault(owner, Silence(self._awake))
        return silence.of(seen_at) > STALE_SECONDS

    def _adopt(self, run_id: str, session: str) -> None:
        try:
            with self._database.change() as db:
                presence.adopt(db, run_id, session, self.owner)
        except sqlite3.OperationalError:
            return  # a full disk, say: who watches still may, and adopts at the next look


def _at(now: float) -> Mapping[str, float]:
    return {"now": now, "most": _MOST_SECONDS}
