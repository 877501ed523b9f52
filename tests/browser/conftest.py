"""A real Chromium, and apps over stores in temporary folders."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromium
import pytest
import synthetic
from browsing import thrown, watched
from playwright.sync_api import Browser, BrowserContext, Page, expect
from server import Server, serve

from normlab.config import RunConfig
from normlab.record import Ended, Status
from normlab.settings import changed
from normlab.store import Store

expect.set_options(timeout=60_000)  # a first training loads PyTorch, on a busy machine for long

SHIPPED: tuple[dict[str, Any], ...] = (
    {},
    {"seed": 1},
    {"norms": ()},
    {"norms": ("ln",), "l2": 1e-3},
    {"seed": 2, "epochs": 120},  # long enough to be played while a test looks on
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = chromium.find()
    if path is None:
        pytest.skip("there is no Chromium: run `python tests/browser/chromium.py`")
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": str(path), "args": arguments, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 1000}}


@pytest.fixture(scope="session")
def shipped_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up runs that ship: their numbers mean nothing, their form is that of real ones."""
    root = tmp_path_factory.mktemp("shipped")
    for settings in SHIPPED:
        config = changed(RunConfig(), settings)
        with Store(root).begin(config) as attempt:
            for event in synthetic.events(config):
                attempt.append(event)
            attempt.commit(Ended(Status.FINISHED))
    return root


@pytest.fixture(scope="session")
def start(shipped_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Server]]:
    """Starts an app with so many workers; all end with the tests."""
    servers: list[Server] = []

    def start_app(workers: int) -> Server:
        servers.append(serve(tmp_path_factory.mktemp("app"), shipped_runs, workers))
        return servers[-1]

    yield start_app
    for server in servers:
        server.end()


@pytest.fixture(scope="session")
def server(start: Callable[[int], Server]) -> Server:
    """An app that trains, shared by the tests."""
    return start(1)


@pytest.fixture(scope="session")
def context(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """One for all tests of a process: to load and compile Streamlit's scripts takes a quarter of a visit's time.

    `page` makes each test's visitor a new one: Streamlit itself keeps in the browser that a sidebar was closed.
    """
    shared = browser.new_context(**browser_context_args)
    yield shared
    shared.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield watched(page)
    unheard = thrown(page)
    for opened in context.pages:
        if opened.url.startswith("http"):
            opened.evaluate("localStorage.clear()")
        opened.close()
    context.clear_cookies()
    assert not unheard
