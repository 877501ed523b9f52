"""What no page expects: one sentence with a way back on the page, one entry in the server's log."""

import logging
import traceback

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from normlab.app.shell.words import plain

_MOST = 200
"""Different errors that are remembered as logged."""
_BACK = '<a href="?">Start this page afresh</a>'


def watch() -> None:
    """Have `show` handle what the scripts, fragments and callbacks of this session do not catch.

    Streamlit asks the session for its handler whenever it starts to run something. `st.App` could set it for all
    sessions, but not where a host runs the page's script alone.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    _LOGGER.addFilter(_FILTER)
    context.on_script_error = show  # of this run
    sessions = getattr(runtime.get_instance(), "_session_mgr", None) if runtime.exists() else None  # AppTest has none
    info = sessions.get_active_session_info(context.session_id) if sessions is not None else None
    if info is not None:
        info.session._on_script_error = show  # of the next ones


def show(error: Exception) -> bool:
    """Say on the page that something went wrong. True: Streamlit need not."""
    st.error(
        f"Something went wrong here that normlab did not expect ({plain(type(error).__name__, 60)}). "
        "The server's log says more.",
        icon=":material/error:",
    )
    st.html(_BACK)
    return True


class _Once(logging.Filter):
    """Lets an error pass once: the timer of a fragment would repeat it twice a second."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, str, int | None]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is None or record.exc_info[1] is None:
            return True
        error = record.exc_info[1]
        frames = traceback.extract_tb(error.__traceback__)
        key = type(error).__name__, frames[-1].filename if frames else "", frames[-1].lineno if frames else 0
        if key in self._seen or len(self._seen) >= _MOST:
            return False
        self._seen.add(key)
        return True


_LOGGER = logging.getLogger("streamlit.error_util")
_FILTER = _Once()
