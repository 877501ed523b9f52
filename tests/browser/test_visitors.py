"""All tabs of a browser are one visitor of the queue, and another browser is another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import settled, sound, watched
from playwright.sync_api import Browser, BrowserContext, Page, expect
from server import Server, serve

from normlab.app.shell.tab import BROWSER_COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

MANY = 2
"""So many runs of one visitor may wait; one more is being trained."""


@pytest.fixture
def narrow(shipped_runs: Path, tmp_path: Path) -> Iterator[Server]:
    server = serve(tmp_path, shipped_runs, 1, NORMLAB_LIMIT_WAITING_PER_SESSION=str(MANY))
    yield server
    server.end()


def ask(context: BrowserContext, server: Server, seed: int) -> Page:
    """Train a run that takes long, in a new tab."""
    page = watched(context.new_page())
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/?norms=bn%2Bln%2Bgn%2Bin&epochs=200&batch_size=2&seed={seed}")
    settled(page)
    page.get_by_role("button", name="Train live").click()
    settled(page)
    return page


def test_tabs_share_a_visitors_places_and_a_newcomer_has_some(browser: Browser, narrow: Server) -> None:
    tabs, newcomer = browser.new_context(), browser.new_context()
    first = watched(tabs.new_page())
    first.goto(narrow.url)
    first.wait_for_function("name => document.cookie.includes(`${name}=`)", arg=BROWSER_COOKIE)  # later tabs have it
    pages = [ask(tabs, narrow, seed) for seed in range(MANY + 2)]
    refused = pages[-1].get_by_text(f"as one visitor may have here ({MANY})")
    expect(refused).to_be_visible()
    other = ask(newcomer, narrow, 50)
    expect(other.get_by_role("button", name="Stop")).to_be_visible()
    for page in (pages[-1], other):
        sound(page, narrow)
    tabs.close()
    newcomer.close()
