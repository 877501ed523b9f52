"""The Compare page in a real Chromium: complete on opening, quick to follow, and its address brings it back."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import synthetic
from browsing import settled, sound
from playwright.sync_api import Page, expect
from server import Server, serve

from normlab.config import RunConfig
from normlab.presets import LESSON_L1
from normlab.record import Ended, Status
from normlab.settings import changed
from normlab.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

CHART = "[data-testid=stVegaLiteChart] svg.marks"
SECTIONS = ("Results", "Curves", "Layers", "Images")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app whose store holds the four arms of the first ready comparison, two seeds each."""
    root: Path = tmp_path_factory.mktemp("arms")
    for norm in ("bn", "gn"):
        for l1 in (0.0, LESSON_L1):
            for seed in range(2):
                config = changed(RunConfig(), {"norms": (norm,), "l1": l1, "seed": seed})
                with Store(root).begin(config) as attempt:
                    for event in synthetic.events(config):
                        attempt.append(event)
                    attempt.commit(Ended(Status.FINISHED))
    app = serve(tmp_path_factory.mktemp("app"), root, 0)
    yield app
    app.end()


def visit(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/compare{query}")
    expect(page.locator("h1")).to_have_text("Compare")
    settled(page)


def section(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    settled(page)


def test_the_page_opens_complete(page: Page, server: Server) -> None:
    visit(page, server)
    expect(page.get_by_text(f"L1 {LESSON_L1:g} changes BN by").first).to_be_visible()
    expect(page.locator(CHART).filter(visible=True)).to_have_count(1)
    for fold in page.locator("[data-testid=stMain] [data-testid=stExpander] summary").all():
        fold.click()
    expect(page.locator(CHART).filter(visible=True)).to_have_count(9)
    assert page.url.endswith("/compare")
    sound(page, server)


def test_every_section_opens_and_its_address_brings_it_back(page: Page, server: Server) -> None:
    visit(page, server)
    for name in SECTIONS[1:]:
        section(page, name)
        expect(page).to_have_url(re.compile(f"section={name.lower()}"))
    page.reload()
    expect(page.get_by_text("McNemar's test for two networks")).to_be_visible()
    page.get_by_role("radio", name="Missed by all").click()
    expect(page).to_have_url(re.compile("section=images&images=missed$"))
    expect(page.locator("figure img").first).to_be_visible()
    page.go_back()
    settled(page)
    expect(page.get_by_role("radio", name="Fixed")).to_be_checked()
    page.go_back()
    expect(page).to_have_url(re.compile("section=layers"))
    expect(page.get_by_text("Distribution of activations")).to_be_visible()
    sound(page, server)


def test_fast_clicks_are_not_taken_for_a_link(page: Page, server: Server) -> None:
    visit(page, server)
    for name in ("Curves", "Layers", "Curves"):
        page.get_by_role("radio", name=name, exact=True).click()
    page.get_by_role("radio", name="Every seed", exact=True).click()
    settled(page)
    expect(page).to_have_url(re.compile("section=curves"))
    expect(page.get_by_text("One line per seed.")).to_be_visible()
    sound(page, server)


def test_a_visit_to_another_page_keeps_the_choice(page: Page, server: Server) -> None:
    visit(page, server, "?a=norms:gn&b=norms:bn")
    page.get_by_role("link", name="Worksheet").click()
    expect(page.locator("h1")).not_to_have_text("Compare")
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_text(re.compile(r"points against GN\(2\): too few seeds to decide\.$"))).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile("a=norms"))
    sound(page, server)


def test_an_arm_leads_into_the_lab(page: Page, server: Server) -> None:
    visit(page, server)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="lab ↗").nth(3).click()
    expect(opened.value.locator("h1")).to_contain_text(f"GN(2) · dropout 0.05 · L1 {LESSON_L1:g}")
    sound(page, server)


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, server)
    for name in SECTIONS:
        section(page, name)
        page.wait_for_timeout(500)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, name
    sound(page, server)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_first_screen_has_the_sentence_and_the_chart_and_the_picker_comes_last(
    page: Page, server: Server, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    visit(page, server)
    chart, picker = page.locator("[data-testid=stVegaLiteChart]").first, page.locator(".st-key-compare-picker")
    expect(chart).to_be_in_viewport(ratio=1)
    expect(page.locator("strong", has_text="changes BN by")).to_be_in_viewport(ratio=1)
    expect(picker).not_to_be_in_viewport()
    picker.scroll_into_view_if_needed()
    below = picker.bounding_box()
    assert below is not None
    assert all(
        below["y"] > (box["y"] if (box := one.bounding_box()) else 0) for one in page.get_by_test_id("stExpander").all()
    )
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("heading", name="Compare").scroll_into_view_if_needed()
    expect(picker).to_be_in_viewport()
    sound(page, server)
