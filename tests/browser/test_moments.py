"""No page dies where a run ends under fast clicks; `moments.py` looks for that by the hundred."""

from collections.abc import Callable

import pytest
from moments import Moments
from playwright.sync_api import Browser
from server import Server

from normlab.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("kinds", [("panel",), ("panel", "page"), ("panel", "play", "norm", "radio", "tour")])
def test_a_page_lives_on_where_a_run_ends_under_fast_clicks(
    browser: Browser, start: Callable[[int], Server], kinds: tuple[str, ...]
) -> None:
    server = start(0)
    moments = Moments(browser, server, Store(server.log.parent / "store"), tabs=2, seed=7, slow=0)
    for _ in range(4):
        moments.round(kinds)
    moments.close()
    assert dict(moments.found) == {"whole": 8}
