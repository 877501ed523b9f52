"""The tour in a real Chromium: its card is in the way of nothing that it speaks of."""

import pytest
from browsing import TITLE, settled, sound, undisturbed, watch_charts, watched
from playwright.sync_api import Browser, Page, expect
from server import Server

from normlab.app.lab.tour import STEPS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

FRAMED = """() => [...document.querySelectorAll('[class*=st-key-], [data-testid=stExpandSidebarButton], header a')]
    .filter(element => getComputedStyle(element).outline.includes('solid 3px') && element.checkVisibility())
    .map(element => element.getBoundingClientRect())
    .filter(box => box.right > 0)  // not in a closed sidebar
"""
IN_SIGHT = f"""() => {{
    const card = document.querySelector('.st-key-tour').getBoundingClientRect();
    const apart = box => box.right < card.left || box.bottom < card.top;
    const boxes = ({FRAMED})();
    return boxes.length > 0 && boxes[0].top >= 0 && boxes[0].bottom <= innerHeight && boxes.every(apart);
}}"""


def begin(page: Page, server: Server, path: str = "") -> None:
    page.goto(f"{server.url}/{path}")
    expect(page.locator(TITLE)).to_be_visible()
    settled(page)
    expect(page.locator("svg.marks").nth(3)).to_be_visible()
    watch_charts(page)
    page.get_by_role("button", name="Tour").click()


@pytest.mark.parametrize(
    ("size", "path"),
    [((1440, 900), ""), ((1920, 1080), "?projector=true"), ((1280, 720), "?projector=true"), ((390, 844), "")],
    ids=str,
)
def test_every_step_frames_what_it_speaks_of_and_does_not_cover_it(
    page: Page, server: Server, size: tuple[int, int], path: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    begin(page, server, path)
    steps = [step for step in STEPS if not (path and step.trains)]  # a projector shows no sliders
    for place, step in enumerate(steps, start=1):
        expect(page.get_by_text(f"{place} of {len(steps)} · {step.title}")).to_be_in_viewport()
        settled(page)
        page.wait_for_function(IN_SIGHT)
        if place < len(steps):
            page.get_by_role("button", name="Next step").click()
    page.get_by_role("button", name="End tour").click()
    expect(page.locator(".st-key-tour")).to_have_count(0)
    assert undisturbed(page), "no chart was drawn anew"
    sound(page, server)


def test_on_a_phone_the_settings_can_be_reached_beside_the_card(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})  # its own: it remembers an open sidebar
    page = watched(context.new_page())
    begin(page, server)
    for _ in STEPS[1:]:
        page.get_by_role("button", name="Next step").click()
        settled(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    last = page.get_by_test_id("stSidebar").get_by_text("Details")
    last.evaluate("element => element.scrollIntoView({ block: 'start' })")
    box, card = last.bounding_box(), page.locator(".st-key-tour").bounding_box()
    assert box
    assert card
    assert box["y"] + box["height"] < card["y"]
    context.close()


def test_what_is_done_is_seen_and_other_pages_lead_back(page: Page, server: Server) -> None:
    begin(page, server)
    page.get_by_role("button", name="Next step").click()
    expect(page.get_by_text("click another norm")).to_be_visible()
    page.get_by_role("radio", name="None", exact=True).click()
    expect(page.get_by_text("another run with the same seed")).to_be_visible()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("The tour continues in the Lab")).to_be_visible()
    expect(page.get_by_role("button", name="Next step")).to_have_count(0)
    settled(page)
    assert page.evaluate(f"() => ({FRAMED})().length") == 1, "the link to the lab alone"
    page.get_by_role("link", name="Lab", exact=True).click()
    expect(page.get_by_text("another run with the same seed")).to_be_visible()
    sound(page, server)
