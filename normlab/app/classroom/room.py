"""The classes of this installation, shared by the page and the routes beside it."""

import streamlit as st

from normlab.app.shell import cached
from normlab.classroom import FILE, Classes, NotKept, disk


@st.cache_resource(show_spinner=False, on_release=Classes.close)
def classes() -> Classes:
    """Raises a `NormlabError` where no class can be kept."""
    folder, limits = cached.store().root, cached.limits()
    if refusal := disk.refusal(folder):
        raise NotKept(refusal)
    made = Classes(folder, most=limits.classes, most_students=limits.students)
    made.tidy()
    return made


def tidy() -> None:
    """Delete what is due to go, where there have been classes at all. Raises a `NormlabError` if it cannot be done."""
    if (cached.store().root / FILE).is_file():
        classes().tidy()
