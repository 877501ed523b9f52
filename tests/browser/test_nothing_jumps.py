"""Nothing jumps: what is seen stays in its place, whatever is opened, chosen, pinned or played.

The sum of all layout shifts counts, those after a click included: a browser's own measure leaves them out.
"""

import json
from collections.abc import Callable

import pytest
from browsing import settled, still
from playwright.sync_api import Page, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

MOST = 0.02
FRAME = "[data-testid=stMainBlockContainer], :has(> [data-testid=stMain])"
"""Streamlit's own: it becomes wide, and makes room for a sidebar, before anything stands in it."""
WATCH = """window.shifts = []; new PerformanceObserver(list => {
    const isFrame = ({ node }) => node?.matches?.(FRAME)
    for (const { value, sources, startTime } of list.getEntries()) if (!sources.every(isFrame)) window.shifts.push([
        value, Math.round(startTime), sources.map(({ node, previousRect, currentRect }) => [
            node?.closest?.('[class*=st-key-]')?.className ?? node?.nodeName, previousRect.y, currentRect.y])])
}).observe({type: 'layout-shift', buffered: true})""".replace("FRAME", json.dumps(FRAME))


def moved(page: Page, act: Callable[[], None]) -> float:
    """By how much `act` moves what is seen, until the server rests."""
    page.evaluate("window.shifts = []")
    act()
    settled(page)
    page.wait_for_timeout(1_000)
    return told(page)


def opened(page: Page, server: Server) -> float:
    page.goto(server.url)
    still(page)
    page.wait_for_timeout(1_000)
    return told(page)


def told(page: Page) -> float:
    """The sum; a failing test shows what has moved, from where to where."""
    shifts = page.evaluate("window.shifts")
    print(json.dumps(shifts))
    return float(sum(shift[0] for shift in shifts))


def choose(page: Page, name: str) -> Callable[[], None]:
    return lambda: page.get_by_role("radio", name=name, exact=True).click()


def press(page: Page, name: str) -> Callable[[], None]:
    return lambda: page.get_by_role("button", name=name, exact=True).click()


def test_nothing_jumps(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(server.url)
    still(page)  # the browser has Streamlit's controls now: while each is fetched, those below it move
    page.add_init_script(WATCH)
    found = {"opening": min(opened(page, server) for _ in range(2))}  # a busy machine may draw in more pieces
    found["another norm"] = moved(page, choose(page, "None"))
    found["pinning"] = moved(page, press(page, "Pin this run"))
    found["beside a pinned run"] = moved(page, choose(page, "Batch"))
    page.get_by_role("radio", name="Curves", exact=True).scroll_into_view_if_needed()
    settled(page)
    found["another panel"] = moved(page, choose(page, "Layers"))
    page.get_by_role("button", name="Play", exact=True).scroll_into_view_if_needed()

    def play() -> None:
        press(page, "Play")()
        expect(page.locator(".player .epoch")).to_have_text("epoch 15 of 15")

    found["playing"] = moved(page, play)
    assert {name: value for name, value in found.items() if value >= MOST} == {}, found
