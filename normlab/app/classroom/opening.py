"""Before a class: which questions it asks, and who may open it."""

import time
from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from normlab import lessons
from normlab.app.classroom import asked, experiment, room
from normlab.app.classroom.keeper import CONSOLE
from normlab.app.shell import cached, widgets
from normlab.app.shell.words import plain
from normlab.classroom import (
    MOST_QUESTIONS,
    Permission,
    PermissionProblem,
    Question,
    disk,
    has_key,
    is_key,
    is_near,
    permission,
)
from normlab.errors import NormlabError

_CHOSEN, _KEY, _SAID = "class-lessons", "class-key", "class-said"
_REST = 1.0
"""Seconds that a wrong key costs whoever typed it, and nobody else."""
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")
"""What proxies add to a request."""


def allowed() -> Permission:
    """What this visitor may. Raises `PermissionProblem` if the installation's setting cannot be used."""
    headers = st.context.headers
    forwarded = any(name in headers for name in _FORWARDED)
    caller = st.context.ip_address or "localhost"  # Streamlit says None for this computer
    return permission(is_near=is_near(headers.get("Host", ""), caller, is_forwarded=forwarded))


def show() -> None:
    """The lessons, and the button."""
    st.markdown(
        "Students join with a code on their phones and predict. The wall shows what they said and what was measured."
    )
    try:
        may = allowed()
    except PermissionProblem as problem:
        st.error(plain(str(problem)))
        return
    if may is Permission.OFF:
        st.info("Classes are switched off here (`NORMLAB_CLASS=off`).")
        return
    if may is Permission.KEY and not has_key():
        st.info(
            "A class can be opened here with the deployer's key only, and there is none: set `NORMLAB_CLASS_KEY`, or "
            "`NORMLAB_CLASS=open` in a network that you trust."
        )
        return
    if warning := disk.warning(cached.store().root):
        st.warning(plain(warning, 400), icon=":material/hard_drive:")
    offered, lacking = _offered()
    widgets.multiselect(
        "Questions, in the order you ask them",
        list(offered),
        key=_CHOSEN,
        placeholder="Choose lessons",
        max_selections=MOST_QUESTIONS,
        filter_mode="contains",
        select_all=False,
    )
    if lacking:
        st.caption(f"Not trained here: {', '.join(plain(title) for title in lacking)}.")
    if may is Permission.KEY:
        widgets.text_input("The deployer's key", type="password", key=_KEY, max_chars=200)
    widgets.button(
        "Open the class",
        key="class-open",
        type="primary",
        disabled=not st.session_state.get(_CHOSEN),
        on_click=_open,
    )
    if said := st.session_state.pop(_SAID, ""):
        st.error(plain(said, 400))


def _offered() -> tuple[Mapping[str, Callable[[], Question]], list[str]]:
    """By name the questions that can be asked, and how each is made; the titles of lessons that cannot."""
    found: dict[str, Callable[[], Question]] = {}
    lacking = []
    for lesson in (*lessons.shipped(), *lessons.own().found.values()):
        if lessons.missing(lesson, cached.store()):
            lacking.append(lesson.title)
        else:
            found[lesson.title] = partial(asked.about, lesson)
            found[asked.second(lesson)] = partial(asked.transfer, lesson)
    return found | {name: partial(experiment.of_lesson, one) for name, one in experiment.offered().items()}, lacking


def _open() -> None:
    """Callback."""
    try:
        may = allowed()
        if may is not Permission.OPEN and not (may is Permission.KEY and is_key(st.session_state.get(_KEY, ""))):
            time.sleep(_REST)
            st.session_state[_SAID] = "That is not the deployer's key."
            return
        offered, _ = _offered()
        chosen = [offered[name] for name in st.session_state.get(_CHOSEN, []) if name in offered]
        opened = room.classes().open([make() for make in chosen])
    except NormlabError as problem:
        st.session_state[_SAID] = str(problem)
        return
    CONSOLE.keep(opened.code, opened.secret)
