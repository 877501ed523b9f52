"""When garbage is collected, and what all sessions share leaves the collector's sight."""

import gc
import time
import tomllib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import streamlit as st

from normlab.app.shell import cached


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is asked of the collector."""
    st.cache_resource.clear()
    found: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: found.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: found.append("freeze"))
    yield found
    st.cache_resource.clear()


def test_memory_settles_after_the_first_page_the_second_the_fourth_and_so_on(told: list[str]) -> None:
    settled = []
    for page in range(1, 18):
        cached.settle_memory()
        if told:
            assert told == ["collect", "freeze"]
            settled.append(page)
        told.clear()
    assert settled == [1, 2, 4, 8, 16]


def test_garbage_is_collected_every_few_seconds_for_all_sessions_together(
    told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = count(1_000.0, 2.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    for _ in range(8):  # pages that settle; the last one at 1,014 s
        cached.settle_memory()
    told.clear()
    collected = []
    for _ in range(7):
        cached.settle_memory()
        collected.append(bool(told))
        told.clear()
    assert collected == [False, False, True, False, False, True, False]


def test_streamlit_leaves_the_collecting_to_the_page() -> None:
    settings = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["runner"]["postScriptGC"] is False
