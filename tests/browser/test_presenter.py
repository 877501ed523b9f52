"""In front of a class and by thumb: a presenter's keys, one picture a screen, and settings below what they do."""

import re

import pytest
from browsing import settled, sound, still
from playwright.sync_api import Page, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TOP = "element => element.getBoundingClientRect().top"
IN_SIGHT = """() => new Promise(told => {
    const watch = new IntersectionObserver(([entry]) => entry.isIntersecting && told(), {threshold: 0.2})
    watch.observe(document.querySelector('.st-key-time'))
})"""
"""Until a browser tells who asks now that the player is seen: who asked before has heard it by then."""
SIZE = "element => parseFloat(getComputedStyle(element).fontSize)"


def test_a_presenter_needs_a_few_keys(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(server.url)
    still(page)
    page.keyboard.press("f")
    expect(page).to_have_url(re.compile("projector=true"))
    still(page)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_role("radio", name="Layer", exact=True)).to_be_visible()
    figure = page.locator(".st-key-figure-curves-accuracy")
    letters = [*figure.locator(".role-axis-label text").all(), *figure.locator(".role-legend-label text").all()]
    letters += [page.get_by_test_id("stMetricLabel").locator("p").first, page.get_by_test_id("stMetricValue").first]
    assert min(letter.evaluate(SIZE) for letter in letters) >= 28
    player = page.locator(".player")
    box = player.bounding_box()
    assert box
    assert box["height"] > 500
    assert box["y"] + box["height"] <= 1080, "the picture is on the first screen"
    page.keyboard.press("PageDown")
    page.wait_for_function("document.querySelector('.st-key-figure-curves-accuracy').getBoundingClientRect().top < 150")
    assert figure.bounding_box()["height"] > 900  # type: ignore[index]
    page.keyboard.press("PageUp")
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
    page.evaluate(IN_SIGHT)
    page.keyboard.press("PageUp")
    expect(player.locator(".epoch")).to_have_text("epoch 0 of 15")
    page.keyboard.press("PageDown")
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Link").click()
    settled(page)
    page.keyboard.press("Escape")
    page.keyboard.press("F")
    expect(page).not_to_have_url(re.compile("projector"))
    sound(page, server)


def test_on_a_phone_one_sees_what_a_setting_does_while_a_thumb_is_on_it(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url)
    still(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    norms = page.get_by_test_id("stSidebar").get_by_role("radio")
    expect(norms.first).to_be_visible()
    number = page.get_by_test_id("stMetricValue").first
    before = number.inner_text()
    norms.first.click()
    expect(number).not_to_have_text(before)
    settled(page)
    page.wait_for_timeout(700)
    sheet, value = page.get_by_test_id("stSidebar").bounding_box(), number.bounding_box()
    assert sheet
    assert value
    assert 0 < value["y"] < value["y"] + value["height"] < sheet["y"], "the number is above the sheet"
    boxes = [norms.nth(place).bounding_box() for place in range(norms.count())]
    assert min(min(box["width"], box["height"]) for box in boxes if box) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sound(page, server)
