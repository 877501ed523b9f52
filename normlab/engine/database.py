"""The queue's SQLite file: one connection, whole transactions, a new file where the old one is damaged or gone."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    owner TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    deaths INTEGER NOT NULL DEFAULT 0,
    threads INTEGER NOT NULL DEFAULT 0,
    changed_at REAL NOT NULL,
    not_before REAL NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS requests (
    run_id TEXT NOT NULL,
    session TEXT NOT NULL,
    visitor TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL,
    turn INTEGER NOT NULL,
    requested_at REAL NOT NULL,
    is_wanted INTEGER NOT NULL DEFAULT 1,
    gone_at REAL,
    PRIMARY KEY (run_id, session)
);
CREATE TABLE IF NOT EXISTS engines (
    owner TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    workers INTEGER NOT NULL,
    seen_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS served (turn INTEGER NOT NULL);
INSERT INTO served SELECT 0 WHERE NOT EXISTS (SELECT * FROM served);
"""
_PROBE = "SELECT turn FROM served"
_DAMAGED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_MOVED = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_READONLY_DBMOVED}
_VERSION = 3
"""Of the tables: a file with another one is set aside."""


class Database:
    """May be used by several threads; other processes open the same file."""

    def __init__(self, path: Path) -> None:
        """Raises `sqlite3.Error` or `OSError` if the file cannot be made."""
        self._path = path
        self._lock = threading.RLock()
        self._connection = _sound(path)
        self._inode = path.stat().st_ino

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process' transaction overlaps."""
        with self._lock:
            self._look_again()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")  # fails on a full disk, and may leave the transaction open
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """For reading."""
        with self._lock:
            self._look_again()
            yield self._connection

    def _look_again(self) -> None:
        """Start anew if somebody has overwritten the file, or taken it away, since it was opened."""
        try:
            self._connection.execute(_PROBE).fetchone()
            if self._path.stat().st_ino == self._inode:
                return
        except FileNotFoundError:
            pass
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
        self._connection.close()
        if self._path.exists() and self._path.stat().st_ino == self._inode:  # else another process has made it anew
            _put_aside(self._path)
        self._connection = _sound(self._path)
        self._inode = self._path.stat().st_ino

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _sound(path: Path) -> sqlite3.Connection:
    """A file that is damaged makes room for a new one: it holds only who waits, so nothing is lost but places."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):  # busy, full, read-only: the file itself is sound
            raise
    _put_aside(path)
    return _open(path)


def _put_aside(path: Path) -> None:
    path.replace(path.with_suffix(".damaged"))
    for ending in ("-wal", "-shm"):  # they belong to the damaged one
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is not, or no longer, what it was: no tables, no database, cut off, moved."""
    code = getattr(error, "sqlite_errorcode", None)  # none where we raise it ourselves
    return code is None or code in _MOVED or code & 0xFF in _DAMAGED


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"the queue's tables have version {version}")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute(_PROBE).fetchone()
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection
