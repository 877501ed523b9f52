"""A projector's sizes in a real Chromium: large, kept, and with room for what stands at the top."""

import re

import pytest
from browsing import MAIN, TITLE, still
from playwright.sync_api import Page, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def visit(page: Page, server: Server, path: str) -> None:
    page.goto(f"{server.url}/{path}")
    expect(page.locator(TITLE)).to_be_visible()
    still(page)


def test_tables_have_a_projectors_sizes_too(page: Page, server: Server) -> None:
    """Opened so, switched off and switched on: they are painted, and keep the size that they once were painted in."""
    letters = "--gdg-base-font-style: 400 {}px"
    usual, large = letters.format("14"), re.compile(letters.format(r"18\.9\d*"))
    table = page.locator("[data-testid=stDataFrame] [style*=gdg-base-font-style]")
    for path in ("worksheet?", "?panel=log"):
        visit(page, server, f"{path}&projector=true")
        expect(table).to_have_attribute("style", large)
        if "log" in path:  # a page that is run twice as it opens loses its settings
            expect(page.get_by_role("slider", name="Epoch")).to_have_value("15")
        switch(page)
        expect(table).to_have_attribute("style", re.compile(usual))
        switch(page)
        expect(table).to_have_attribute("style", large)


NEXT_TO_THE_LINKS = """() => {
    const tools = document.querySelector('.st-key-page-tools').getBoundingClientRect();
    return [...document.querySelectorAll('header :is(a, button)')]
        .filter(element => element.checkVisibility()).map(element => element.getBoundingClientRect())
        .every(box => box.right <= tools.left || box.left >= tools.right || box.bottom <= tools.top);
}"""


@pytest.mark.parametrize("path", ["", "?projector=true"])
def test_the_tools_lie_on_no_link_at_any_width(page: Page, server: Server, path: str) -> None:
    visit(page, server, path)
    crowded = []
    for width in range(640, 1_601, 32):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_timeout(100)
        if not page.evaluate(NEXT_TO_THE_LINKS):
            crowded.append(width)
    assert not crowded
    assert page.get_by_role("switch", name="Projector").count() == 1


def test_a_projectors_sizes_read_from_the_back_and_are_kept(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    visit(page, server, "")
    switch(page)
    expect(page).to_have_url(re.compile("projector=true"))
    still(page)
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert page.get_by_text("Accuracy (%)", exact=True).first.evaluate(size) >= 20
    assert page.locator("svg.marks .role-axis-label text").first.evaluate(size) >= 17
    page.get_by_role("link", name="Data & storage").click()
    expect(page.locator(TITLE)).to_have_text("Data & storage")
    still(page)
    assert page.locator(f"{MAIN} p").first.evaluate(size) >= 20
    page.get_by_role("link", name="Lab").click()
    expect(page.locator(TITLE)).to_contain_text("BN")
    still(page)
    expect(page).to_have_url(re.compile("projector=true"))
    switch(page)
    expect(page).not_to_have_url(re.compile("projector"))
    page.go_back()
    still(page)
    assert page.get_by_text("Accuracy (%)", exact=True).first.evaluate(size) >= 20, "the address says so"


@pytest.mark.parametrize("path", ["data", "compare", "worksheet", "study", "draw"])
def test_every_page_can_be_opened_for_a_projector_and_switched_back(page: Page, server: Server, path: str) -> None:
    visit(page, server, f"{path}?projector=true")
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert page.locator(f"{MAIN} p").first.evaluate(size) >= 18
    expect(page.get_by_text("cannot be used")).to_have_count(0)
    switch(page)
    still(page)
    expect(page).not_to_have_url(re.compile("projector"))
    assert page.locator(f"{MAIN} p").first.evaluate(size) <= 16


def switch(page: Page) -> None:
    page.get_by_test_id("stCheckbox").filter(has_text="Projector").locator("label").click()
