"""Keeps the store below its size while a page process lives."""

import logging
import threading
from collections.abc import Callable, Iterable

from normlab.store import Store

KEEP_SECONDS = 900.0
"""How long a run is kept after it was shown."""

_ROUND_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Housekeeper:
    """Once a minute: keeps what is being shown, and makes room if the store is too large."""

    def __init__(
        self,
        store: Store,
        megabytes: int,
        shown: Callable[[], Iterable[str]],
        *,
        round_seconds: float = _ROUND_SECONDS,
    ) -> None:
        """`megabytes` is the most that the store may take, 0 for no limit; `shown` names the runs on open pages."""
        self._store = store
        self._megabytes = megabytes
        self._shown = shown
        self._closed = threading.Event()
        self._round_seconds = round_seconds
        if megabytes:
            threading.Thread(target=self._work, name="housekeeper", daemon=True).start()

    def close(self) -> None:
        """No more rounds."""
        self._closed.set()

    def _work(self) -> None:
        while not self._closed.wait(self._round_seconds):
            try:
                for name in self._shown():
                    self._store.keep(name, KEEP_SECONDS)
                if removed := self._store.make_room(self._megabytes):
                    _log.warning("The store was too large: %.1f MB of old runs were removed.", removed / 1e6)
            except Exception:
                _log.exception("The store could not be tidied up; it is tried again.")
