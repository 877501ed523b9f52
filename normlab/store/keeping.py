"""Until when a run must not be removed: whoever shows one says so before reading it.

A file for each such run, `kept/<run id>`, whose time of change is that moment.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

_FOLDER, _LOCK = "kept", "kept.lock"
_PATIENCE = 5.0
"""Seconds for which somebody else may hold the lock: a moment, unless that process was stopped."""


class Keeping:
    """The runs of the store at `root` that are kept, whoever said so, in whichever process."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.time) -> None:
        self._root = root
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[str, float] = {}

    def keep(self, name: str, seconds: float) -> None:
        """Keep the run for so long. Cheap when it is said again and again: half of the time need not be written."""
        until = self._clock() + seconds
        with self._lock:
            if self._said.get(name, 0.0) > until - seconds / 2:
                return
        if self.until(name) < until and not self._write(name, until):
            return
        with self._lock:
            self._said[name] = until

    def until(self, name: str) -> float:
        """Seconds since the epoch; 0 if nobody keeps it."""
        try:
            return (self._root / _FOLDER / name).stat().st_mtime
        except OSError:
            return 0.0

    def is_kept(self, name: str) -> bool:
        return self.until(name) > self._clock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Meanwhile nobody else begins to keep a run, nor removes one.

        Raises:
            OSError: if the lock cannot be had, or not within some seconds.
        """
        with FileLock(self._root / _LOCK, timeout=_PATIENCE):
            yield

    def forget(self) -> None:
        """Remove what has run out; where that cannot be done it stays."""
        with suppress(OSError), self.alone():
            for marker in (self._root / _FOLDER).glob("*"):
                if not self.is_kept(marker.name):
                    marker.unlink(missing_ok=True)

    def _write(self, name: str, until: float) -> bool:
        """Whether that could be done; a store that cannot be written loses no runs either."""
        marker = self._root / _FOLDER / name
        try:
            marker.parent.mkdir(parents=True, exist_ok=True)
            with self.alone():
                marker.touch()
                os.utime(marker, (until, until))
        except OSError:
            return False
        return True
