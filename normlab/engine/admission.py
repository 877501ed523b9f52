"""Whether there is room for one more in the queue."""

import sqlite3

from normlab.engine.environment import EngineProblem
from normlab.limits import Limits


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
