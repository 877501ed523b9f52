"""What a reader makes is kept by the browser, and a new session takes it up again.

A page that is reloaded, a tab that a phone had put away and a server that was restarted mean a new session. The address
says what was looked at. What was made (a sheet, answers, a drawing), and where the other pages were, is kept in the
tab's `sessionStorage` (`tab.js`): so no tab undoes another's work, and the next person at the computer finds none.
What is `LASTING`, the work of days, stays in the browser: its tabs join their entries, and a page has a button to
delete it.

A session is told once what its tab keeps; a page that would show something else until then waits. Two cookies come with
the first request: for what things there is anything to wait for, and the browser's name. Where there are none, the
browser tells both a moment later. A stored text under another version's name, too long a one, or one that is not JSON
is not looked at.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from normlab.app.shell import cached
from normlab.app.shell.component import component, heard
from normlab.app.shell.fragments import fragment

LONGEST = 100_000
"""Characters of one thing; the largest sheets take a half of it."""

PREFIX = "normlab.1."
"""Of the names in the browser's storage: a number for their meaning, which a change of it raises."""

KEPT_COOKIE, BROWSER_COOKIE = "normlab-kept", "normlab-browser"
PAGES, SHEETS, DRAWING, LESSONS = "pages", "sheets", "drawing", "lessons"
LASTING = (LESSONS,)
"""Names of what outlives the tab: JSON objects, whose entries are joined; one that is None was taken back."""

_TOLD, _FOUND, _WANTED, _BROWSER, _HELD = "tab-told", "tab-found", "tab-wanted", "tab-browser", "tab-held"
_AGAIN = "tab-again"
_NAME = re.compile("[0-9a-f]{32}")

_component = component(__file__)


def is_awaited(name: str) -> bool:
    """Whether the tab keeps something of this name that it has not told yet."""
    return not st.session_state.get(_TOLD) and name in _hinted()


def wait(name: str) -> bool:
    """Whether the page must not be drawn yet, since something of this name is awaited; says so on the page."""
    if st.session_state.get(_TOLD):
        return False
    st.session_state[_WANTED] = name
    if is_awaited(name):
        st.caption("One moment: what you made here is being brought back.")
        return True
    return False


def take(name: str) -> Any:
    """What the tab has kept of this name, once; None if there is nothing. Anybody can have written it."""
    return _found().pop(name, None)


def hold(name: str, content: Any) -> None:
    """Draw an element without size that makes the tab keep `content` (JSON); None if nothing was made."""
    _component(key=f"tab-{name}", data={"asks": False, **_stored(name, content)})


def left() -> Mapping[str, Any]:
    """The addresses of the pages as the tab was left. Anybody can have written them."""
    pages = _found().get(PAGES)
    return pages if isinstance(pages, dict) else {}


@fragment
def show(pages: Mapping[str, Mapping[str, str]]) -> None:
    """On every page, behind it: keeps the addresses of all `pages`, and once a session asks the tab what it keeps."""
    if st.session_state.pop(_AGAIN, False):
        st.rerun(scope="app")
    data = {
        "asks": not st.session_state.get(_TOLD, False),
        "session": cached.session_id(),
        "browser": browser(),
        "waits": st.session_state.get(_WANTED) in _hinted(),
        **_stored(PAGES, {**left(), **pages} or None),
    }
    _component(key="tab", data=data, on_told_change=heard("tab", "told", _take_in))


def browser() -> str:
    """A random name that this browser has given itself, the same in all of its tabs; "" while it is not known."""
    name = st.session_state.get(_BROWSER) or _cookie(BROWSER_COOKIE)
    return name if _NAME.fullmatch(name) else ""


def _take_in(message: object) -> None:
    """Callback: the browser's name, and the texts that the tab keeps. They change nothing but what was not made yet."""
    if st.session_state.get(_TOLD):
        return
    told = message if isinstance(message, Mapping) else {}
    texts, name = told.get("items"), told.get("browser")
    texts = texts if isinstance(texts, Mapping) else {}
    st.session_state[_BROWSER] = name if isinstance(name, str) else ""
    found = {name: _read(texts.get(name)) for name in (PAGES, SHEETS, DRAWING, LESSONS)}
    _found().update({name: content for name, content in found.items() if content is not None})
    st.session_state[_TOLD] = True
    wanted = st.session_state.get(_WANTED)
    st.session_state[_AGAIN] = wanted in _hinted() or wanted in _found()


def _found() -> dict[str, Any]:
    found: dict[str, Any] = st.session_state.setdefault(_FOUND, {})
    return found


def _hinted() -> list[str]:
    """The names for which the browser's first request says that one of its tabs keeps something."""
    return _cookie(KEPT_COOKIE).split(".")


def _cookie(name: str) -> str:
    """Empty without one, as in a test that runs a page without a browser."""
    text: object = st.context.cookies.get(name)
    return text if isinstance(text, str) else ""


def _stored(name: str, content: Any) -> dict[str, Any]:
    """For the component: the text to keep; "" takes away what this session has put there, and only that."""
    text = "" if content is None else json.dumps(content, separators=(",", ":"))
    held: set[str] = st.session_state.setdefault(_HELD, set())
    if len(text) > LONGEST:
        text = ""
    if text:
        held.add(name)
    cookies = {"kept": KEPT_COOKIE, "browser": BROWSER_COOKIE}
    items = {name: text} if name in held else {}
    return {"prefix": PREFIX, "lasting": LASTING, "cookies": cookies, "items": items}


def _read(text: object) -> Any:
    """The content of a stored text; None if it is not one that `hold` writes."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
