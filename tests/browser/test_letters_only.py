"""Hostile text in Chromium: what comes of it is letters, in every place that a reader sees or opens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import synthetic
from browsing import settled
from playwright.sync_api import Page, expect
from server import Server, serve

from normlab.config import RunConfig
from normlab.record import Ended, Started, Status
from normlab.settings import changed
from normlab.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TEXT = (
    "[evil](http://evil.example) ![evil](http://evil.example/i.png) <b>evil</b> **evil** $evil^2$ :red[evil] "
    "www.evil.example :material/home: `evil`"
)
MADE = """() => [...document.querySelectorAll(
    'a[href*="evil"], img[src*="evil"], b, strong, .katex, code, [style*="color"] > span, .stMarkdownColoredText, ' +
    '[data-testid=stIconMaterial]'
)].filter(node => node.matches('a, img') || node.textContent.includes('evil')).map(node => node.outerHTML)"""
"""Elements that came of the text."""


@pytest.fixture(scope="module")
def server(shipped_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a run whose record holds the text."""
    folder = tmp_path_factory.mktemp("hostile")
    shelf = folder / "shipped"
    config = changed(RunConfig(), {"seed": 41})
    with Store(shelf).begin(config) as attempt:
        for event in synthetic.events(config):
            if isinstance(event, Started):
                event = replace(event, machine=TEXT, versions={"torch": TEXT})
            attempt.append(event)
        attempt.commit(Ended(Status.DIVERGED, TEXT))
    started = serve(folder, shelf, 0)
    yield started
    started.end()


def read_by(page: Page) -> str:
    return page.locator("body").inner_text().replace("\N{WORD JOINER}", "")


def test_nothing_comes_of_a_record(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?seed=41")
    settled(page)
    expect(page.get_by_text("This run diverged")).to_be_visible()
    assert page.evaluate(MADE) == []
    assert TEXT in read_by(page)
    page.get_by_test_id("stTooltipIcon").first.hover()
    page.get_by_test_id("stCaptionContainer").get_by_test_id("stTooltipHoverTarget").first.hover()
    expect(page.get_by_test_id("stTooltipContent").filter(has_text="Trained on")).to_be_visible()
    assert read_by(page).count(TEXT) >= 3, "the machine and the versions as well"
    assert page.evaluate(MADE) == []


@pytest.mark.parametrize("path", ["", "compare", "study", "worksheet", "draw"])
def test_nothing_comes_of_an_address(page: Page, server: Server, path: str) -> None:
    names = ("norms", "seed", "hide", "panel", "a", "section", "norm", "sheet", "epochz", TEXT)
    page.goto(f"{server.url}/{path}?" + "&".join(f"{quote(name)}={quote(TEXT)}" for name in names))
    settled(page)
    expect(page.get_by_text("evil").first).to_be_visible()
    assert page.evaluate(MADE) == []
