"""Which runs the open sessions look at: those must not be removed from the store. Knows nothing of streamlit."""

import threading
from collections.abc import Callable


class Looks:
    """May be used by several threads; `is_open` tells whether a session is still there."""

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        self._is_open = is_open
        self._lock = threading.Lock()
        self._by_session: dict[str, set[str]] = {}

    def begin(self, session: str) -> None:
        """The session's page is being drawn: it shows what will be noted from now on."""
        with self._lock:
            self._by_session[session] = set()

    def note(self, session: str, name: str) -> None:
        """The session looks at this run."""
        with self._lock:
            self._by_session.setdefault(session, set()).add(name)

    def shown(self) -> set[str]:
        """The runs of all open sessions; the other sessions are forgotten."""
        with self._lock:
            for session in [session for session in self._by_session if not self._is_open(session)]:
                del self._by_session[session]
            return {name for names in self._by_session.values() for name in names}
