"""The Stress page in a real Chromium, over what ships: sliders, a link, a combination, the repair."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import TITLE, settled, sound, undisturbed, watch_charts
from playwright.sync_api import Locator, Page, expect
from server import Server, serve

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SHELF = Path(__file__).parents[2] / "pretrained"
CHART = "[data-testid=stVegaLiteChart] svg.marks"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app over the runs that ship, which trains nothing."""
    app = serve(tmp_path_factory.mktemp("app"), SHELF, 0)
    yield app
    app.end()


def visit(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/stress{query}")
    expect(page.locator(TITLE)).to_have_text("Stress")
    settled(page)
    expect(page.locator(CHART)).to_have_count(2)


def slider(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stSlider").filter(has_text=name).get_by_role("slider")


def press(page: Page, name: str, key: str, times: int) -> None:
    slider(page, name).focus()
    for _ in range(times):
        page.keyboard.press(key)
    settled(page)


def says(page: Page) -> Locator:
    return page.locator(".stress-said")


def test_sliders_the_repair_and_the_way_back(page: Page, server: Server) -> None:
    visit(page, server)
    expect(says(page)).to_contain_text("LN and GN(2): unchanged.")
    dots = page.locator(CHART).first.locator(".mark-symbol path")
    expect(dots).to_have_count(50)
    watch_charts(page)
    press(page, "Contrast", "ArrowLeft", 3)
    expect(page).to_have_url(re.compile(r"\?contrast=0\.15$"))
    expect(dots).to_have_count(50)
    assert undisturbed(page, 2), "the charts stay, their rows change"
    page.get_by_role("radio", name="Half the weights").click()
    settled(page)
    expect(says(page)).to_contain_text("BN, remembered: 98 → 10 %")
    page.get_by_test_id("stCheckbox").filter(has_text="Repair").locator("label").click()
    settled(page)
    expect(says(page)).to_have_text("no norm, BN, remembered, LN, RMS and GN(2): unchanged.")
    page.go_back()
    settled(page)
    expect(says(page)).to_contain_text("BN, remembered: 98 → 10 %")
    sound(page, server)


def test_a_link_opens_a_stress_and_a_combination_is_computed(page: Page, server: Server) -> None:
    visit(page, server, "?statistics=batch&composition=one-class&a=norms:bn&b=norms:ln")
    expect(says(page)).to_have_text(re.compile(r"^BN, this batch: 98 → 15 %; LN: unchanged\.$"))
    expect(slider(page, "Images in a batch")).to_be_visible()
    expect(page.locator(".stress-strip tr")).to_have_count(3)
    press(page, "Contrast", "ArrowLeft", 2)
    expect(page).to_have_url(re.compile("contrast=0.8&statistics=batch&composition=one-class&a=norms"))
    expect(page.locator(".stress-waits")).to_contain_text(re.compile(r"Computing: \d+ of 29 answers"))
    expect(page.locator(".stress-waits")).to_be_empty(timeout=180_000)
    expect(page.locator(CHART).first.locator(".mark-symbol path")).to_have_count(20)
    sound(page, server)


def test_a_three_among_threes_and_the_ruler_of_both_batches(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_role("radio", name="A 3 among threes").click()
    expect(says(page)).to_have_text(
        re.compile(r"BN, this batch: “0” among its own class, “3” among all classes; .* both")
    )
    zero = page.get_by_text("μ", exact=True).first
    own = zero.bounding_box()
    page.get_by_role("radio", name="all classes").click()
    page.wait_for_timeout(800)
    assert own is not None
    assert zero.bounding_box() != own, "the ruler moves"
    page.get_by_role("button", name="Another one").click()
    expect(page).to_have_url(re.compile("image=78"))
    sound(page, server)


def test_on_a_phone_nothing_is_wider_and_what_happens_stays_in_sight(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, server)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    slider(page, "Convolution weights").scroll_into_view_if_needed()
    expect(says(page)).to_be_in_viewport()
