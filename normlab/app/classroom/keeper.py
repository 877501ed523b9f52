"""Which class this browser is the teacher's of. The secret is kept by the browser, and in no address."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from normlab.app.classroom import room
from normlab.app.shell import widgets
from normlab.app.shell.component import component
from normlab.classroom import NoSuchClass, NotYours, Refusal

Console = tuple[str, str]
"""A class' code, and its console's secret."""

_NAME = "normlab.class.console"
_TOLD, _CONSOLE = "class-told", "class-console"

_component = component(__file__)


def console() -> Console | None:
    """Of which class, if it is one's."""
    found: Console | None = st.session_state.get(_CONSOLE)
    return found


def keep(code: str, secret: str) -> None:
    """From now on the browser has the console of this class."""
    st.session_state[_CONSOLE] = (code, secret)
    st.session_state[_TOLD] = True


def forget() -> None:
    """The browser has none any more."""
    st.session_state[_CONSOLE] = None
    st.session_state[_TOLD] = True


def is_told() -> bool:
    """Whether the browser has said what it keeps."""
    return bool(st.session_state.get(_TOLD))


def show() -> None:
    """One element, always, that takes no room."""
    found = console()
    task = ("keep" if found else "forget") if is_told() else "ask"
    data = {"name": _NAME, "task": task, "console": {"code": found[0], "secret": found[1]} if found else None}
    _component(key="class-keeper", data=data, on_found_change=widgets.heard("class-keeper", "found", _take_in))


def _take_in(message: object) -> None:
    """Callback: what the browser keeps; a console that was handed over to it comes first, and gets another secret."""
    if is_told():
        return
    told = message if isinstance(message, Mapping) else {}
    st.session_state[_TOLD] = True
    if (handed := _read(told.get("handed"))) and (fresh := _exchanged(*handed)):
        keep(handed[0], fresh)
    elif (kept := _read(told.get("kept"))) and _is_ours(*kept):
        keep(*kept)


def _read(said: Any) -> Console | None:
    code, secret = (said.get("code"), said.get("secret")) if isinstance(said, Mapping) else (None, None)
    return (code, secret) if isinstance(code, str) and isinstance(secret, str) else None


def _exchanged(code: str, secret: str) -> str | None:
    """The secret in a link is worth one opening."""
    try:
        return room.classes().renew(code, secret)
    except Refusal:
        return None


def _is_ours(code: str, secret: str) -> bool:
    try:
        room.classes().console(code, secret)
    except (NoSuchClass, NotYours):
        return False
    except Refusal:
        return True  # the disk is not there now; the console says so
    return True
