"""Time in a real Chromium: the browser plays a run by itself, and what rests on the page follows; rewinding."""

import re

import pytest
from browsing import MAIN, settled, sound, undisturbed, watch_charts
from playwright.sync_api import Page, WebSocket, expect
from server import Server
from test_browser import CHART, open_panel, visit

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.timeout(900)]

LONG = "?seed=2&epochs=120"
HEARD = "addEventListener('normlab-epoch', ({detail}) => (window.epochs ??= []).push(detail.epoch))"


def test_playing_asks_the_server_nothing_and_what_rests_moves_the_panel(page: Page, server: Server) -> None:
    sent: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append("frame"))

    page.on("websocket", listen)
    page.add_init_script(HEARD)
    visit(page, server, LONG)
    epoch, player = page.locator(".player .epoch"), page.locator(".player")
    expect(epoch).to_have_text("epoch 120 of 120")
    expect(page.locator(CHART).locator("svg.marks").first).to_be_visible()
    watch_charts(page)
    sent.clear()
    player.get_by_role("button", name="Play", exact=True).click()
    expect(epoch).to_have_text(re.compile(r"epoch ([3-9]\d|1\d\d) of 120"))
    assert sent == []
    played: list[int] = page.evaluate("window.epochs")
    assert played == sorted(played), "told to what else stands on the page, epoch by epoch"
    assert len(played) > 10
    player.get_by_role("button", name="Pause", exact=True).click()
    here = int(re.findall(r"\d+", epoch.inner_text())[0])
    expect(page.get_by_text(f"at epoch {here} (")).to_be_visible()
    settled(page)
    assert undisturbed(page)
    open_panel(page, "Weights")
    expect(page.get_by_text(re.compile(rf"(epoch nearest to|After epoch) {here}\."))).to_be_visible()
    expect(epoch).to_have_text(f"epoch {here} of 120")
    sound(page, server)


def test_the_lens_comes_when_it_is_opened_and_follows_the_player(page: Page, server: Server) -> None:
    heard: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(frame if isinstance(frame, bytes) else frame.encode()))

    page.on("websocket", listen)
    visit(page, server)
    maps = [frame for frame in heard if b'"neighbors"' in frame]
    assert not maps, "nothing is sent before it is asked for"
    open_panel(page, "Network")
    lens, player = page.locator(".lens-frame .epoch"), page.locator(".player")
    expect(lens).to_have_text("After epoch 15")
    assert any(b'"neighbors"' in frame for frame in heard)
    player.get_by_role("slider", name="Epoch").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(player.locator(".epoch")).to_have_text("epoch 11 of 15")
    expect(lens).to_have_text("After epoch 8, kept nearest to 11")
    page.keyboard.press("Home")
    expect(lens).to_have_text("Before training")
    settled(page)
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player.locator(".epoch")).to_have_text("epoch 15 of 15")
    expect(lens).to_have_text("After epoch 15")
    page.locator(".lens-frame").get_by_role("button", name=re.compile("^Block 4:")).click()
    expect(page.get_by_role("radio", name="Layers", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="Block 4", exact=True)).to_be_checked()
    settled(page)
    sound(page, server)


def test_it_plays_on_when_another_panel_is_chosen(page: Page, server: Server) -> None:
    visit(page, server, LONG)
    epoch = page.locator(".player .epoch")
    page.locator(".player").get_by_role("button", name="Play", exact=True).click()
    page.locator(MAIN).get_by_role("radio", name="Weights", exact=True).click()
    expect(page.get_by_text("Length of the weights")).to_be_visible()
    expect(epoch).to_have_text("epoch 120 of 120")
    settled(page)
    sound(page, server)


def test_the_keyboard_moves_the_rule_and_the_numbers(page: Page, server: Server) -> None:
    visit(page, server)
    rules = page.locator(CHART).first.locator(".mark-rule line[stroke-dasharray='5,3']")
    accuracy = page.get_by_test_id("stMetricValue").first
    expect(rules).to_have_count(1)
    at_the_end, number = rules.bounding_box(), accuracy.inner_text()
    page.get_by_role("slider", name="Epoch").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("at epoch 10 (")).to_be_visible()
    expect(accuracy).not_to_have_text(number)
    settled(page)
    page.wait_for_timeout(500)
    now = rules.bounding_box()
    assert at_the_end
    assert now
    assert now["x"] < at_the_end["x"] - 50
    page.get_by_role("button", name="One epoch on").click()
    expect(page.get_by_text("at epoch 11 (")).to_be_visible()
    open_panel(page, "Mistakes")
    expect(page.get_by_text("After epoch 8, the kept epoch nearest to 11.")).to_be_visible()
    open_panel(page, "Layers")
    expect(page.get_by_text("After epoch 11.", exact=True)).to_be_visible()
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
