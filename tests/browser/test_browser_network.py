"""The drawing of the network in a real Chromium: its place, and its blocks by mouse and by keyboard."""

import pytest
from browsing import settled, sound
from playwright.sync_api import Page, expect
from server import Server
from test_browser import visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def block(page: Page, number: int) -> None:
    """The block is the chosen one of the Layers panel, and in sight: just below the page's header."""
    expect(page.get_by_role("radio", name="Layers", exact=True)).to_be_checked()
    chosen = page.get_by_role("radio", name=f"Block {number}", exact=True)
    expect(chosen).to_be_checked()
    expect(chosen).to_be_in_viewport()
    settled(page)
    header = page.get_by_test_id("stHeader").element_handle()
    page.wait_for_function(
        """([chosen, header]) => {
            const below = chosen.getBoundingClientRect().top - header.getBoundingClientRect().bottom
            return below >= 0 && below < innerHeight / 4
        }""",
        arg=[chosen.element_handle(), header],
    )


def test_a_block_opens_by_mouse_and_by_keyboard(page: Page, server: Server) -> None:
    visit(page, server)
    drawing = page.get_by_role("group", name="Network:")
    drawing.get_by_role("button", name="Block 5:").click()
    block(page, 5)
    drawing.get_by_role("button", name="Block 2:").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    block(page, 3)
    sound(page, server)


def test_the_result_stays_above_the_fold(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    visit(page, server)
    group = page.get_by_role("group", name="Network:")
    expect(group).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("stMetric").first).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_in_viewport(ratio=1)
    expect(page.locator(".player svg").first).to_be_in_viewport(ratio=1)
    wide = group.evaluate("node => node.scrollWidth - node.clientWidth")
    assert wide <= 0, "all of the network is seen"
