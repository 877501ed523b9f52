"""The Compare page over a shelf of made-up arms."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from app_store import opened
from compare_kit import ARMS_OF_THREE, OpenPage, config, draw, keep
from streamlit.testing.v1 import AppTest

from normlab.record import Status
from normlab.store import Store


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four arms of three seeds, one of one seed, one with a diverged seed, one that diverged, one of MNIST."""
    root = tmp_path_factory.mktemp("arms")
    store = Store(root)
    for settings in ARMS_OF_THREE:
        for seed in range(3):
            keep(store, config(**settings, seed=seed))
    keep(store, config(norms=()))
    for seed in range(2):
        keep(store, config(norms=("ln",), seed=seed))
    keep(store, config(norms=("ln",), seed=2), Status.DIVERGED)
    keep(store, config(dropout=0.5, norms=("in",)), Status.DIVERGED)
    keep(store, config(dataset="mnist"))
    return root


@pytest.fixture
def open_page(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(shelf))
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NORMLAB_WORKERS", "0")
    st.cache_resource.clear()

    def open_it(**query: str) -> AppTest:
        return opened(draw, **query)

    yield open_it
    st.cache_resource.clear()
