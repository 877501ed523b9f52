"""Which section of the Study page is open: from the address, from its control, and kept between pages."""

import streamlit as st

from normlab.app import address
from normlab.app.words import plain

SECTIONS = ("Curves", "Claims", "Swings", "Predictions", "Images", "Networks", "Logs")
SECTION = "study-section"
_OPEN, _REFUSED = "study-kept-section", "study-kept-refused"


def current() -> str:
    """The open section; its control's session key is set."""
    if address.is_news(_OPEN):
        _read(address.own())
    st.session_state.setdefault(SECTION, st.session_state[_OPEN])
    st.session_state[_OPEN] = st.session_state[SECTION]
    return str(st.session_state[_OPEN])


def refused() -> list[str]:
    """What the address asked for in vain."""
    messages: list[str] = st.session_state.get(_REFUSED, [])
    return messages


def write() -> None:
    """Let the address say which section is open; the first one needs no words."""
    section = st.session_state[_OPEN]
    address.put({} if section == SECTIONS[0] else {"section": section.lower()})


def _read(query: dict[str, str]) -> None:
    messages = [
        f"{plain(key)}={plain(text)}: the Study page has no such setting; it was ignored."
        for key, text in query.items()
        if key != "section"
    ]
    section = query.get("section", SECTIONS[0]).capitalize()
    if section not in SECTIONS:
        messages.append(f"section={plain(section)}: there is no such section; known are {', '.join(SECTIONS)}.")
        section = SECTIONS[0]
    st.session_state[SECTION] = st.session_state[_OPEN] = section
    st.session_state[_REFUSED] = messages
