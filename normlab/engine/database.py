"""The queue's SQLite file: one connection, whole transactions, a new file where the old one is damaged."""

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
_VERSION = 3
"""Of the tables: a file with another one is set aside."""


class Database:
    """May be used by several threads; other processes open the same file."""

    def __init__(self, path: Path) -> None:
        """Raises `sqlite3.Error` or `OSError` if the file cannot be made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # busy, full, read-only: the file itself is sound
                raise
            path.replace(path.with_suffix(".damaged"))  # it holds only who waits: nothing is lost but places
            self._connection = _open(path)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process' transaction overlaps."""
        with self._lock:
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
            yield self._connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()


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
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection
