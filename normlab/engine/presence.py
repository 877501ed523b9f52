"""The tables of the queue after somebody left: sessions that are closed, processes that are gone, runs nobody wants.

Every function works within a transaction of the queue.
"""

import sqlite3
from collections.abc import Callable, Mapping

from normlab.engine import states
from normlab.store import is_gone

GRACE_SECONDS = 20.0
"""A session that closes has so long to come back, as a reloaded page or after a broken connection."""
ORPHANED_SECONDS = 600.0
"""The sessions of a process that died have so long to come back to the next one, which carries out what they want."""
_FAILURE_SECONDS = 3600.0

WANTED = "SELECT run_id FROM requests WHERE is_wanted"


def note_sessions(db: sqlite3.Connection, owner: str, here: Mapping[str, bool], now: float) -> None:
    """Write down which sessions of a process are connected."""
    for session, is_here in here.items():
        mine = "WHERE session = ? AND owner = ?"
        if is_here:
            db.execute(f"UPDATE requests SET gone_at = NULL {mine}", (session, owner))
        else:
            db.execute(f"UPDATE requests SET gone_at = ? {mine} AND gone_at IS NULL", (now, session, owner))


def clear_up(db: sqlite3.Connection, now: float, is_silent: Callable[[str, float], bool]) -> None:
    """Take over from processes that are gone; forget waiting runs that no session has been there for, and old failures.

    `is_silent` tells whether a process, last seen then, has been silent for too long.
    """
    for row in db.execute("SELECT * FROM engines").fetchall():
        if is_silent(row["owner"], row["seen_at"]) or is_gone(row["host"], row["pid"]):
            _take_over(db, row["owner"], row["seen_at"], now)
    is_orphan = "owner NOT IN (SELECT owner FROM engines) AND gone_at > ?"
    awaited = f"{WANTED} AND (gone_at IS NULL OR gone_at > ? OR ({is_orphan}))"
    times = now - GRACE_SECONDS, now - ORPHANED_SECONDS
    db.execute(f"DELETE FROM runs WHERE state = 'waiting' AND run_id NOT IN ({awaited})", times)
    db.execute("DELETE FROM runs WHERE state = 'failed' AND changed_at < ?", (now - _FAILURE_SECONDS,))
    db.execute("DELETE FROM requests WHERE run_id NOT IN (SELECT run_id FROM runs)")


def _take_over(db: sqlite3.Connection, owner: str, seen_at: float, now: float) -> None:
    """A process died: what waits still waits, what it executed is tried once more; its sessions may come back."""
    db.execute("DELETE FROM engines WHERE owner = ?", (owner,))
    db.execute("UPDATE requests SET gone_at = ? WHERE owner = ? AND gone_at IS NULL", (seen_at, owner))
    for row in db.execute("SELECT run_id FROM runs WHERE owner = ? AND state != 'failed'", (owner,)).fetchall():
        states.die(db, row["run_id"], "The process of the page that trained this run ended.", now)


def forget(db: sqlite3.Connection, owner: str) -> None:
    """A process leaves: its requests are withdrawn, what it executed waits for others, if any want it."""
    db.execute("DELETE FROM engines WHERE owner = ?", (owner,))
    db.execute("DELETE FROM requests WHERE owner = ?", (owner,))
    db.execute("UPDATE runs SET state = 'waiting', owner = '' WHERE owner = ? AND state != 'failed'", (owner,))
    db.execute(f"DELETE FROM runs WHERE state = 'waiting' AND run_id NOT IN ({WANTED})")
    db.execute("DELETE FROM requests WHERE run_id NOT IN (SELECT run_id FROM runs)")


def is_wanted(db: sqlite3.Connection, run_id: str) -> bool:
    return db.execute(f"{WANTED} AND run_id = ? LIMIT 1", (run_id,)).fetchone() is not None


def wanted_here(db: sqlite3.Connection, run_id: str) -> int:
    """How many connected sessions want the run."""
    count = "SELECT COUNT(*) FROM requests WHERE run_id = ? AND is_wanted AND gone_at IS NULL"
    return int(db.execute(count, (run_id,)).fetchone()[0])


def adopt(db: sqlite3.Connection, run_id: str, session: str, owner: str) -> None:
    """A session that watches takes over the request of one that is gone; it stays its visitor's, if that has a name."""
    if can_adopt(db, run_id, session):
        gone = "SELECT session FROM requests WHERE run_id = ? AND is_wanted AND gone_at IS NOT NULL LIMIT 1"
        db.execute(
            "UPDATE requests SET visitor = CASE visitor WHEN session THEN ? ELSE visitor END, "
            f"session = ?, owner = ?, gone_at = NULL WHERE run_id = ? AND session = ({gone})",
            (session, session, owner, run_id, run_id),
        )


def can_adopt(db: sqlite3.Connection, run_id: str, session: str) -> bool:
    known = db.execute("SELECT * FROM requests WHERE run_id = ? AND session = ?", (run_id, session)).fetchone()
    gone = "SELECT * FROM requests WHERE run_id = ? AND is_wanted AND gone_at IS NOT NULL"
    return known is None and db.execute(gone, (run_id,)).fetchone() is not None
