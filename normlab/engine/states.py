"""The steps of a run through the queue's tables. Every function works within a transaction of the queue."""

import sqlite3

from normlab.engine.environment import EngineProblem
from normlab.limits import Limits

_DEATHS = 2
"""A run whose process has died so often is not tried again."""


class QueueFull(EngineProblem):
    """One sentence: which limit the request would exceed, and what to do."""


def check_room(db: sqlite3.Connection, run_id: str, visitor: str, limits: Limits) -> None:
    """Raise `QueueFull` if too many wait now that the visitor's request has been entered: its transaction must end.

    Who joins a run that others wait for takes no place.
    """
    waiting = (
        "SELECT COUNT(DISTINCT run_id) FROM runs JOIN requests USING (run_id) WHERE state = 'waiting' AND is_wanted"
    )
    mine = int(db.execute(f"{waiting} AND visitor = ?", (visitor,)).fetchone()[0])
    in_all = int(db.execute(waiting).fetchone()[0])
    shared = db.execute(f"{waiting} AND run_id = ? AND visitor != ?", (run_id, visitor)).fetchone()[0]
    if refusal := limits.crowded(mine, 0 if shared else in_all):
        raise QueueFull(refusal)


def wait(db: sqlite3.Connection, run_id: str, now: float, not_before: float = 0.0) -> None:
    """It waits, and is not served before that time."""
    update = "UPDATE runs SET state = 'waiting', owner = '', not_before = ?, changed_at = ? WHERE run_id = ?"
    db.execute(update, (not_before, now, run_id))


def fail(db: sqlite3.Connection, run_id: str, message: str, now: float) -> None:
    """It is given up, for the reason that the message gives."""
    db.execute("DELETE FROM requests WHERE run_id = ?", (run_id,))
    update = "UPDATE runs SET state = 'failed', owner = '', message = ?, changed_at = ? WHERE run_id = ?"
    db.execute(update, (message, now, run_id))


def die(db: sqlite3.Connection, run_id: str, message: str, now: float) -> None:
    """Whoever executed it is gone, as the message says: it is tried once more, then given up."""
    db.execute("UPDATE runs SET deaths = deaths + 1 WHERE run_id = ?", (run_id,))
    row = db.execute("SELECT deaths FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is not None and row["deaths"] >= _DEATHS:
        fail(db, run_id, message, now)
    else:
        wait(db, run_id, now)
        text = f"{message} The run starts again from the beginning."
        db.execute("UPDATE runs SET message = ? WHERE run_id = ?", (text, run_id))


def delete(db: sqlite3.Connection, run_id: str) -> None:
    """It leaves the queue."""
    db.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
    db.execute("DELETE FROM requests WHERE run_id = ?", (run_id,))
