"""Which section of the Study page is open: in the address, and kept between pages."""

import streamlit as st

from normlab.app import address, views

SECTIONS = ("Curves", "Claims", "Swings", "Predictions", "Images", "Networks", "Logs")
SECTION = views.one_of("study", "section", SECTIONS)
_REFUSED = "study-refused"


def current() -> str:
    """The open section; the address says so."""
    if address.is_news(_REFUSED):
        st.session_state[_REFUSED] = views.read([SECTION], address.own(), "Study")
    elif not address.says(views.query([SECTION])):
        st.session_state[_REFUSED] = []
    address.put(views.query([SECTION]))
    return str(SECTION.chosen)


def refused() -> list[str]:
    """What the address asked for in vain."""
    messages: list[str] = st.session_state[_REFUSED]
    return messages
