"""When what all sessions share leaves the garbage collector's sight."""

import gc

import pytest
import streamlit as st

from normlab.app import cached


def test_memory_settles_after_the_first_page_the_second_the_fourth_and_so_on(monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_resource.clear()
    told: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: told.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: told.append("freeze"))
    settled = []
    for page in range(1, 18):
        cached.settle_memory()
        if told:
            assert told == ["collect", "freeze"]
            settled.append(page)
        told.clear()
    assert settled == [1, 2, 4, 8, 16]
    st.cache_resource.clear()
