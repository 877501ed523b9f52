"""The tour in a real Chromium: its card is in the way of nothing that it speaks of."""

import pytest
from browsing import TITLE, settled, sound, undisturbed, watch_charts
from playwright.sync_api import Page, expect
from server import Server

from normlab.app.tour import STEPS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

FIRST_FRAMED = """() => {
    const outlined = element => getComputedStyle(element).outlineWidth === '3px' && element.checkVisibility();
    const box = [...document.querySelectorAll('[class*=st-key-], [data-testid=stExpandSidebarButton]')]
        .filter(outlined).map(element => element.getBoundingClientRect())
        .find(box => box.right > 0);  // not in a closed sidebar
    const card = document.querySelector('.st-key-tour').getBoundingClientRect();
    return box && {
        inside: box.top >= 0 && box.top < innerHeight && box.left >= 0 && box.left < innerWidth,
        covered: box.top >= card.top && box.left < card.right && box.right > card.left,
    };
}"""


def begin(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.locator(TITLE)).to_be_visible()
    settled(page)
    expect(page.locator("svg.marks").nth(3)).to_be_visible()
    watch_charts(page)
    page.get_by_role("button", name="Tour").click()


@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080), (390, 844)], ids=str)
def test_every_step_frames_what_it_speaks_of_and_does_not_cover_it(
    page: Page, server: Server, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    begin(page, server)
    for place, step in enumerate(STEPS, start=1):
        expect(page.get_by_text(f"{place} of {len(STEPS)} · {step.title}")).to_be_in_viewport()
        settled(page)
        page.wait_for_function(f"() => (found => found && found.inside && !found.covered)(({FIRST_FRAMED})())")
        if place < len(STEPS):
            page.get_by_role("button", name="Next step").click()
    page.get_by_role("button", name="End tour").click()
    expect(page.locator(".st-key-tour")).to_have_count(0)
    assert undisturbed(page), "no chart was drawn anew"
    sound(page, server)


def test_what_is_done_is_seen_and_other_pages_lead_back(page: Page, server: Server) -> None:
    begin(page, server)
    page.get_by_role("button", name="Next step").click()
    expect(page.get_by_text("press a norm to add it or take it away")).to_be_visible()
    page.get_by_role("button", name="Batch", exact=True).click()
    expect(page.get_by_text("numbers and curves of another run")).to_be_visible()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("The tour goes on in the Lab")).to_be_visible()
    page.get_by_role("link", name="Lab", exact=True).click()
    expect(page.get_by_text("numbers and curves of another run")).to_be_visible()
    sound(page, server)
