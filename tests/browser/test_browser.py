"""The page in a real Chromium: it loads, trains live without flicker, is found again, and knows no torch."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import MAIN, TITLE, settled, sound, undisturbed, watch_charts
from playwright.sync_api import Locator, Page, expect
from server import Server, serve

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

CHART = "[data-testid=stVegaLiteChart]"
PANELS = ("Layers", "Mistakes", "Weights", "Ledger", "Model", "Log", "Curves")


def visit(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/{query}")
    expect(page.locator(TITLE)).to_be_visible()
    settled(page)


def metric(page: Page, label: str) -> str:
    box = page.get_by_test_id("stMetric").filter(has_text=label)
    return box.get_by_test_id("stMetricValue").first.inner_text()


def open_panel(page: Page, name: str) -> None:
    page.locator(MAIN).get_by_role("radio", name=name, exact=True).click()
    settled(page)


START = 240_000
"""Milliseconds: a worker's start, and on a machine that never trained its compiler, while other tests keep it busy."""


def trains(page: Page, *, first_has_ended: bool = False) -> None:
    """Until the run's line of progress says which epoch it is in."""
    epoch = re.compile(r"Epoch ([2-9]|\d\d+) of" if first_has_ended else "Epoch")
    expect(page.get_by_test_id("stProgress")).to_contain_text(epoch, timeout=START)


def points(page: Page) -> Locator:
    """Points in the curves of accuracy."""
    return page.locator(CHART).first.locator(".mark-symbol path")


def test_the_page_opens_complete_and_without_training(page: Page, server: Server) -> None:
    visit(page, server)
    expect(page.locator(TITLE)).to_have_text("BN · dropout 0.05 · digits · seed 0")
    expect(page.locator(CHART).locator("svg.marks")).to_have_count(4)
    assert re.fullmatch(r"\d\d\.\d\d %", metric(page, "Test accuracy"))
    expect(page.get_by_text("Ships with normlab")).to_be_visible()
    expect(page.get_by_role("button", name="Train live")).to_have_count(0)
    sound(page, server)


def test_another_norm_is_another_result_and_back_leads_back(page: Page, server: Server) -> None:
    visit(page, server)
    first = metric(page, "Test accuracy")
    page.get_by_role("radio", name="None", exact=True).click()
    expect(page.locator(TITLE)).to_have_text("no norm · dropout 0.05 · digits · seed 0")
    settled(page)
    assert metric(page, "Test accuracy") != first
    assert page.url.endswith("?norms=none")
    page.go_back()
    expect(page.locator(TITLE)).to_have_text("BN · dropout 0.05 · digits · seed 0")
    settled(page)
    assert metric(page, "Test accuracy") == first
    sound(page, server)


def test_another_run_and_another_axis_move_the_charts_and_build_none_anew(page: Page, server: Server) -> None:
    visit(page, server)
    twenty = page.locator(CHART).first.locator(".role-axis-label text", has_text=re.compile("^20$"))
    expect(page.locator(CHART).locator("svg.marks")).to_have_count(4)
    expect(twenty).to_have_count(1)
    watch_charts(page)
    page.get_by_role("radio", name="None", exact=True).click()
    expect(page.locator(TITLE)).to_contain_text("no norm")
    settled(page)
    expect(page.locator(CHART).first).to_have_attribute(
        "aria-label", re.compile(rf"^Accuracy \(%\) over 15 epochs\. .* test: {metric(page, 'Test accuracy')}")
    )
    open_panel(page, "Zoom")
    expect(twenty).to_have_count(0)
    assert undisturbed(page, 4)
    sound(page, server)


def test_fast_clicks_are_not_taken_for_a_link(page: Page, server: Server) -> None:
    visit(page, server)
    for panel in ("Weights", "Layers", "Mistakes"):
        page.get_by_role("radio", name="None", exact=True).click()
        page.locator(MAIN).get_by_role("radio", name=panel, exact=True).click()
    expect(page.locator(TITLE)).to_contain_text("no norm")
    expect(page.get_by_text("Confusion matrix")).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile(r"norms=none.*panel=mistakes"))
    page.get_by_role("button", name="Link").click()
    expect(page.get_by_test_id("stPopoverBody").locator("code").first).to_contain_text("panel=mistakes")
    sound(page, server)


@pytest.mark.parametrize("query", ["?norms=none", "?norms=none&hide=training"])
def test_a_visit_to_another_page_keeps_the_configuration(page: Page, server: Server, query: str) -> None:
    visit(page, server, query)
    leave_and_return(page)
    expect(page.locator(TITLE)).to_have_text("no norm · dropout 0.05 · digits · seed 0")
    assert page.url.endswith(query)
    sound(page, server)


def leave_and_return(page: Page) -> None:
    page.get_by_role("link", name="Data & storage").click()
    expect(page.locator(TITLE)).to_have_text("Data & storage")
    page.get_by_role("link", name="Lab").click()
    expect(page.locator(TITLE)).to_contain_text("digits")
    settled(page)


def test_a_visit_to_another_page_keeps_what_was_changed_here(page: Page, server: Server) -> None:
    visit(page, server)
    open_panel(page, "Layers")
    open_panel(page, "Block 3")
    page.get_by_role("radio", name="Group", exact=True).click()
    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("radio", name="1", exact=True).click()
    settled(page)
    expect(page).to_have_url(re.compile(r"norms=gn&groups=1&panel=layers&block=block3$"))
    here = page.url
    leave_and_return(page)
    assert page.url == here
    page.get_by_role("radio", name="Batch", exact=True).click()
    expect(page.get_by_role("radio", name="Block 3", exact=True)).to_be_checked()
    sound(page, server)


def test_training_draws_the_curves_in_place_until_it_is_stopped(page: Page, server: Server) -> None:
    visit(page, server, "?epochs=100&seed=12345")
    page.get_by_role("button", name="Train live").click()
    trains(page, first_has_ended=True)
    expect(points(page)).not_to_have_count(0)  # the browser draws a little later than the line of progress
    watch_charts(page)
    before = points(page).count()
    expect(points(page).nth(before)).to_be_attached()
    page.wait_for_timeout(1_500)
    assert undisturbed(page, 4)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("This run was interrupted after")).to_be_visible()
    settled(page)
    expect(points(page).nth(before)).to_be_attached()  # what came before stays visible
    expect(page.get_by_role("button", name="Train again")).to_be_visible()
    sound(page, server)


def test_a_run_is_found_again_after_a_reload_and_ends(page: Page, server: Server) -> None:
    visit(page, server, "?epochs=30&seed=12346")
    page.get_by_role("button", name="Train live").click()
    trains(page)
    page.reload()
    trains(page)
    expect(page.get_by_text("Trained here")).to_be_visible(timeout=2 * START)
    settled(page)
    assert re.fullmatch(r"\d\d\.\d\d %", metric(page, "Test accuracy"))
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Trained here")).to_be_visible()
    sound(page, server)


def test_a_reloaded_page_can_stop_its_run(page: Page, server: Server) -> None:
    visit(page, server, "?epochs=200&seed=12347")
    page.get_by_role("button", name="Train live").click()
    trains(page)
    page.reload()
    trains(page, first_has_ended=True)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("This run was interrupted after")).to_be_visible()
    sound(page, server)


def test_a_cell_of_the_confusion_matrix_filters_the_gallery(page: Page, server: Server) -> None:
    visit(page, server)
    open_panel(page, "Mistakes")
    expect(page.get_by_text("All mistakes")).to_be_visible()
    cells = page.locator(CHART).first.locator("path[aria-label^='true ']")
    expect(cells).to_have_count(100)
    labels = [cells.nth(index).get_attribute("aria-label") or "" for index in range(100)]
    wrong = [index for index, label in enumerate(labels) if re.match(r"true (\d), predicted (?!\1).: [1-9]", label)]
    cells.nth(wrong[0]).click()
    true, predicted, count = re.findall(r"\d+", labels[wrong[0]])
    expect(page.get_by_text(f"Mistakes: true class {true}, predicted {predicted}")).to_be_visible()
    expect(page.locator("figure")).to_have_count(min(int(count), 20))
    sound(page, server)


def test_without_workers_finished_runs_are_shown_and_nothing_is_trained(
    page: Page, start: Callable[[int], Server]
) -> None:
    server = start(0)
    visit(page, server)
    assert metric(page, "Test accuracy")
    visit(page, server, "?norms=none&l2=0.01")
    expect(page.get_by_text("Live training is off here")).to_be_visible()
    page.get_by_role("button", name="Closest finished runs").click()
    page.get_by_role("button", name="no norm · dropout 0.05 · digits · seed 0").click()
    expect(page.locator(TITLE)).to_have_text("no norm · dropout 0.05 · digits · seed 0")
    sound(page, server)


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, server)
    for name in PANELS:
        open_panel(page, name)
        page.wait_for_timeout(500)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 390, name
    values = page.get_by_test_id("stMetricValue")
    for index in range(values.count()):
        assert "…" not in values.nth(index).inner_text()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_page_process_never_loads_torch(page: Page, server: Server) -> None:
    visit(page, server, "?epochs=3&seed=12348")
    page.get_by_role("button", name="Train live").click()
    expect(page.get_by_text("Trained here")).to_be_visible(timeout=START)
    for name in PANELS:
        open_panel(page, name)
    page.get_by_role("link", name="Data & storage").click()
    expect(page.locator(TITLE)).to_have_text("Data & storage")
    settled(page)
    maps = Path(f"/proc/{server.pid}/maps").read_text()
    assert "python" in maps
    assert "torch" not in maps
    sound(page, server)


def test_the_first_visitor_of_a_server_may_come_to_any_page(page: Page, shipped_runs: Path, tmp_path: Path) -> None:
    """Streamlit asks what pages there are before the script has told it."""
    server = serve(tmp_path, shipped_runs, 0)
    try:
        page.goto(f"{server.url}/worksheet?norm=ln")
        expect(page.locator(TITLE)).to_have_text("Worksheet")
        settled(page)
        expect(page.get_by_role("link", name="Compare")).to_be_visible()
        sound(page, server)
    finally:
        server.end()
