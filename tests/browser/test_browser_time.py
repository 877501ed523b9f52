"""Time in a real Chromium: playing and dragging move every panel, and no chart is built anew; rewinding."""

import re

import pytest
from browsing import MAIN, settled, sound, undisturbed, watch_charts
from playwright.sync_api import Page, expect
from server import Server
from test_browser import CHART, open_panel, visit

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.timeout(900)]

LONG = "?seed=2&epochs=120"


def epoch(page: Page) -> int:
    return int(page.get_by_role("slider", name="Epoch").input_value())


@pytest.mark.parametrize("panel", ["Curves", "Layers", "Mistakes", "Weights"])
def test_playing_moves_the_panel_and_no_chart_is_built_anew(page: Page, server: Server, panel: str) -> None:
    visit(page, server, LONG)
    open_panel(page, panel)
    expect(page.locator(CHART).locator("svg.marks").first).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    goes_on(page, by=2)
    watch_charts(page)
    goes_on(page, by=3)
    assert undisturbed(page)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    settled(page)
    here = epoch(page)
    page.wait_for_timeout(1_500)
    assert epoch(page) == here < 120
    sound(page, server)


def test_it_plays_on_when_another_panel_is_chosen_at_once(page: Page, server: Server) -> None:
    visit(page, server, LONG)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.locator(MAIN).get_by_role("radio", name="Weights", exact=True).click()
    goes_on(page, by=4)
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_text("Length of the weights")).to_be_visible()
    sound(page, server)


def goes_on(page: Page, by: int) -> None:
    later = "|".join(str(number) for number in range(epoch(page) + by, 121))
    expect(page.get_by_role("slider", name="Epoch")).to_have_value(re.compile(f"^({later})$"))


def test_dragging_by_keyboard_moves_the_rule_and_the_numbers(page: Page, server: Server) -> None:
    visit(page, server)
    rules = page.locator(CHART).first.locator(".mark-rule line[stroke-dasharray='5,3']")
    accuracy = page.get_by_test_id("stMetricValue").first
    expect(rules).to_have_count(1)
    at_the_end, number = rules.bounding_box(), accuracy.inner_text()
    slider = page.get_by_role("slider", name="Epoch")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(accuracy).not_to_have_text(number)
    settled(page)
    page.wait_for_timeout(500)
    now = rules.bounding_box()
    assert at_the_end
    assert now
    assert now["x"] < at_the_end["x"] - 50
    expect(page.get_by_text("at epoch 10 (")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("at epoch 11 (")).to_be_visible()
    sound(page, server)


def test_panels_that_keep_fewer_epochs_say_so(page: Page, server: Server) -> None:
    visit(page, server)
    open_panel(page, "Mistakes")
    page.get_by_role("slider", name="Epoch").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("After epoch 8, the kept epoch nearest to 9.")).to_be_visible()
    open_panel(page, "Weights")
    expect(page.get_by_text("After epoch 8, the kept epoch nearest to 9.")).to_be_visible()
    open_panel(page, "Layers")
    expect(page.get_by_text("After epoch 9.", exact=True)).to_be_visible()
    sound(page, server)


def test_rewinding_shows_both_runs(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_role("button", name="Rewind").click()
    page.get_by_role("combobox", name=re.compile("From BN to")).click()
    page.get_by_role("option", name="no norm", exact=True).click()
    expect(page.get_by_text("√6 times larger")).to_be_visible()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Rewind", exact=True).click()
    expect(page.locator("h1")).to_have_text("no norm · dropout 0.05 · digits · seed 0")
    expect(page.get_by_text("change from the pinned run (BN)")).to_be_visible()
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    expect(page.get_by_test_id("stMetricDelta")).to_have_count(5)
    expect(page.get_by_text("2 runs, one seed each")).to_be_visible()
    settled(page)
    sound(page, server)
