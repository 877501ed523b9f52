"""The classes of this installation, shared by the page and the routes beside it."""

from collections.abc import Callable

import streamlit as st

from normlab.app.shell import cached
from normlab.classroom import FILE, Classes, NotKept, Refusal, disk


@st.cache_resource(show_spinner=False, on_release=Classes.close)
def classes() -> Classes:
    """Raises a `NormlabError` where no class can be kept."""
    folder, limits = cached.store().root, cached.limits()
    if refusal := disk.refusal(folder):
        raise NotKept(refusal)
    made = Classes(folder, most=limits.classes, most_students=limits.students)
    made.tidy()
    return made


def do(said: str, act: Callable[..., object], *args: object) -> None:
    """Callback: `act(classes(), *args)`; why it cannot be done is kept in the session under the key `said`."""
    try:
        act(classes(), *args)
    except Refusal as problem:
        st.session_state[said] = str(problem)


def tidy() -> None:
    """Delete what is due to go, where there have been classes at all. Raises a `NormlabError` if it cannot be done."""
    if (cached.store().root / FILE).is_file():
        classes().tidy()
