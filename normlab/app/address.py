"""The page's address: its query holds the settings that differ from the defaults, and a link can hold them all.

Streamlit's own `bind=` is not used: it drops what it does not understand without a word, and knows no rule that joins
two settings.
"""

from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from normlab.app.words import plain
from normlab.config import RunConfig
from normlab.settings import from_query, to_query

_WRITTEN = "address-written"
_MOST = 12


def is_foreign() -> bool:
    """Whether the address is not what this page wrote last: a link, an edited address, or the Back button."""
    return bool(st.session_state.get(_WRITTEN) != st.query_params.to_dict())


def is_empty() -> bool:
    return not st.query_params.to_dict()


def read() -> tuple[RunConfig, list[str]]:
    """The address's configuration, and a sentence for each of its values that was refused."""
    config, refused = from_query(st.query_params.to_dict())
    messages = [plain(str(error)) for error in refused]
    rest = len(messages) - _MOST
    return config, [*messages[:_MOST], *([f"{rest} more of the address's values were ignored."] if rest > 0 else [])]


def write(config: RunConfig) -> None:
    """Let the address say what differs from the defaults; a change is a step for the Back button."""
    query = to_query(config)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state[_WRITTEN] = query


def permalink(config: RunConfig) -> str:
    """A link with every setting and the version of their meaning."""
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(to_query(config, every=True)), ""))
