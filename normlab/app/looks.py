"""Which runs the open sessions look at: those must not be removed from the store. Knows nothing of streamlit."""

import threading
from collections.abc import Callable

_REMEMBERED = 8
"""Of each session: the run it shows, its pinned ones, and those it has just left."""


class Looks:
    """May be used by several threads; `is_open` tells whether a session is still there."""

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        self._is_open = is_open
        self._lock = threading.Lock()
        self._by_session: dict[str, list[str]] = {}

    def note(self, session: str, name: str) -> None:
        """The session looks at this run now."""
        with self._lock:
            names = self._by_session.setdefault(session, [])
            if name in names:
                names.remove(name)
            names.append(name)
            del names[:-_REMEMBERED]

    def shown(self) -> set[str]:
        """The runs of all open sessions; the other sessions are forgotten."""
        with self._lock:
            for session in [session for session in self._by_session if not self._is_open(session)]:
                del self._by_session[session]
            return {name for names in self._by_session.values() for name in names}
