"""The app as Streamlit executes it, over a store in a temporary folder."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from app_store import keep
from lab_kit import FakeEngine
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from normlab.app.lab import link, sidebar
from normlab.app.lab.setup import SECTIONS
from normlab.app.shell import cached
from normlab.config import RunConfig
from normlab.settings import changed
from normlab.store import Store
from normlab.stresses import sample

APP = Path(__file__).parents[2] / "streamlit_app.py"
SHIPPED = ({}, {"seed": 1}, {"norms": ()}, {"norms": ("ln",), "l2": 1e-3})


@pytest.fixture(scope="session", autouse=True)
def _installed_components_are_looked_up_once() -> Iterator[None]:
    """Each AppTest reads every installed package's metadata for them: three quarters of these tests' time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that ship: the default with two seeds, and two others."""
    root = tmp_path_factory.mktemp("shipped")
    for settings in SHIPPED:
        keep(Store(root), changed(RunConfig(), settings))
    return root


@pytest.fixture
def app(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens the app at an address' query; nothing is trained, and the store is the test's own."""
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(shipped))
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NORMLAB_WORKERS", "0")
    monkeypatch.setattr(cached, "settle_memory", lambda: None)  # the test process goes on after the page
    st.cache_resource.clear()
    sample.cache_clear()  # of other tests' folder of data sets

    def open_app(**query: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=30)
        for opened in (*map(sidebar.section_key, SECTIONS), link.KEY):  # as a reader has opened what is folded
            at.session_state[opened] = True
        for name, value in query.items():
            at.query_params[name] = value
        at.run()
        assert not at.exception, at.exception
        return at

    yield open_app
    st.cache_resource.clear()


@pytest.fixture
def store(app: Callable[..., AppTest]) -> Store:
    """The store that the app opens."""
    return Store.open()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Instead of the page's own."""
    fake = FakeEngine()
    monkeypatch.setattr(cached, "engine", lambda: fake)
    return fake
