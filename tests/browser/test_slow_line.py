"""Over a slow line the browser has yet to load what draws a control when the script runs once more; and a slow browser
sends what several parts of the page say together, under the name of one of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browsing import MAIN, TITLE, settled, sound
from playwright.sync_api import Page, Route, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

BUTTONS, BOXES, REST = "ButtonGroup", "Checkbox", "Slider|NumberInput|Selectbox|Multiselect"


@contextmanager
def late(page: Page, parts: str) -> Iterator[None]:
    """Within, these parts of the page are on their way; behind it they arrive."""
    held: list[Route] = []
    page.route(re.compile(rf"/({parts})\..*\.js"), lambda route: held.append(route))
    yield
    assert held
    for route in held:
        route.continue_()
    page.unroute_all()


def switch_projector(page: Page) -> None:
    page.get_by_test_id("stCheckbox").filter(has_text="Projector").locator("label").click()
    settled(page)


def test_a_click_in_the_lab_loses_no_setting(page: Page, server: Server) -> None:
    with late(page, f"{BOXES}|{REST}"):
        page.goto(f"{server.url}/?dropout=0.1&l2=0.001&norms=ln&seed=1")
        expect(page.locator(TITLE)).to_have_text("LN · dropout 0.1 · L2 0.001 · digits · seed 1")
        settled(page)
        page.get_by_role("radio", name="Batch", exact=True).click()
        expect(page.locator(TITLE)).to_have_text("BN · dropout 0.1 · L2 0.001 · digits · seed 1")
        settled(page)
    for name in ("Dropout", "L2 λ"):
        expect(page.get_by_role("slider", name=name)).to_be_visible()
    page.get_by_role("radio", name="Layer", exact=True).click()
    expect(page.locator(TITLE)).to_have_text("LN · dropout 0.1 · L2 0.001 · digits · seed 1")
    sound(page, server)


@pytest.mark.parametrize(
    "address",
    [
        "?norms=none&panel=weights&layer=block3",
        "compare?section=layers&block=block3&margin=0.5",
        "study?section=claims",
        "worksheet?norm=gn&groups=4&sheet=own&image=2&channel=3&row=2&shown=hat&gamma=2",
    ],
)
def test_a_click_on_any_page_loses_no_choice(page: Page, server: Server, address: str) -> None:
    with late(page, f"{BUTTONS}|{REST}"):
        page.goto(f"{server.url}/{address}")
        expect(page.locator(TITLE)).to_be_visible()
        settled(page)
        before = page.url
        switch_projector(page)
        switch_projector(page)
    rows = page.locator(MAIN).get_by_role("radiogroup")
    expect(rows.first).to_be_visible()
    switch_projector(page)
    switch_projector(page)
    assert page.url == before
    chosen = rows.filter(has=page.get_by_role("radio", checked=True))
    expect(chosen).to_have_count(rows.count())
    sound(page, server)


def test_the_first_stroke_centers_the_drawing(page: Page, server: Server) -> None:
    with late(page, BOXES):
        page.goto(f"{server.url}/draw")
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_text("Draw on the black square")).to_be_visible()
        settled(page)
        page.get_by_role("img", name="Drawing pad").click()
        expect(page.get_by_role("list", name="Probabilities of")).to_be_visible()
        settled(page)
    expect(page.get_by_role("switch", name="Center and scale")).to_be_checked()
    sound(page, server)


def test_a_click_that_comes_together_with_a_stroke_is_heard(page: Page, server: Server) -> None:
    page.add_init_script("const then = setTimeout; window.setTimeout = (act, ms) => then(act, ms === 0 ? 500 : ms)")
    page.goto(f"{server.url}/draw")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw on the black square")).to_be_visible()
    settled(page)
    page.get_by_role("img", name="Drawing pad").click()
    page.get_by_test_id("stCheckbox").filter(has_text="Projector").locator("label").click()
    expect(page.get_by_role("list", name="Probabilities of")).to_be_visible()
    expect(page).to_have_url(re.compile("projector=true"))
    sound(page, server)
