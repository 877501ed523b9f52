"""The file with all classes: SQLite in the store's folder.

Other than the queue's it is never replaced by an empty one: it holds what people have answered.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from normlab.classroom.refusals import NotKept

FILE = "classes.sqlite"
_VERSION = 1
_WAIT_MS, _SCRUB_MS = 5_000, 250
"""For another process that writes; and for one that reads, before the log is emptied."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS classes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    secret BLOB NOT NULL,
    opened_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    ended_at REAL,
    position INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS questions (
    class INTEGER NOT NULL REFERENCES classes ON DELETE CASCADE,
    position INTEGER NOT NULL,
    content TEXT NOT NULL,
    phase TEXT NOT NULL DEFAULT 'lobby',
    round INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (class, position)
);
CREATE TABLE IF NOT EXISTS students (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    class INTEGER NOT NULL REFERENCES classes ON DELETE CASCADE,
    number INTEGER NOT NULL,
    token BLOB NOT NULL UNIQUE,
    seen_at REAL NOT NULL,
    UNIQUE (class, number)
);
CREATE TABLE IF NOT EXISTS answers (
    class INTEGER NOT NULL,
    position INTEGER NOT NULL,
    round INTEGER NOT NULL,
    student INTEGER NOT NULL REFERENCES students ON DELETE CASCADE,
    answer TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    answered_at REAL NOT NULL,
    PRIMARY KEY (class, position, round, student),
    FOREIGN KEY (class, position) REFERENCES questions ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    class INTEGER NOT NULL,
    position INTEGER NOT NULL,
    place INTEGER NOT NULL,
    arm INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    due_at REAL,
    started_at REAL,
    ended_at REAL,
    tries INTEGER NOT NULL DEFAULT 0,
    curve TEXT NOT NULL DEFAULT '[]',
    accuracy REAL,
    outcome TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (class, position, place),
    FOREIGN KEY (class, position) REFERENCES questions ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seats (
    class INTEGER NOT NULL,
    position INTEGER NOT NULL,
    student INTEGER NOT NULL REFERENCES students ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (class, position, student),
    FOREIGN KEY (class, position, place) REFERENCES runs ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deletions (
    student INTEGER PRIMARY KEY REFERENCES students ON DELETE CASCADE,
    sequence INTEGER NOT NULL
);
"""


class Database:
    """One connection, used by several threads in turn; other processes open the same file.

    Raises:
        NotKept: here and in `change` and `look`, if the file cannot be used: what was in it stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._told():
            self._connection = self._open()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other one overlaps: all of it is kept, or nothing."""
        with self._lock, self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """For reading: all of it shows one moment."""
        with self._lock, self._told():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    def scrub(self) -> None:
        """What was deleted is gone from SQLite's log, too: there it is else read until something is written over it.

        While another process reads for long, as a backup does, nothing is waited for: the next time takes it along.
        """
        with self._lock, self._told():
            self._connection.execute(f"PRAGMA busy_timeout = {_SCRUB_MS}")
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)  # SQLite's log gets the rights that the file has when it is made
        self._path.chmod(0o600)
        connection = sqlite3.connect(
            self._path, timeout=_WAIT_MS / 1_000, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        try:
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise NotKept(f"{self._path} was written by another version of normlab: move it away to open classes.")
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise NotKept(self._sentence(error)) from error

    def _sentence(self, error: Exception) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return "The server's disk is full: nothing can be kept until some space is freed."
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return f"The file with the classes is damaged ({self._path}): move it away to open new ones."
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return "The server is busy: it is tried again."
        return f"The server cannot keep this ({error}): its folder must be writable."
