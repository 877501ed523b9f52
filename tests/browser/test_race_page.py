"""The race in a real Chromium: it plays without the server, waits for a bet, and obeys mouse and keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import synthetic
from browsing import settled
from playwright.sync_api import Locator, Page, WebSocket, expect
from server import Server, serve
from test_access import serious

from normlab.record import Ended, Status
from normlab.store import Store
from normlab.study.plan.grids import RACES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SCRIPT = Path(__file__).parent / "race_script.py"
FRAMES = """() => {
    const ask = window.requestAnimationFrame.bind(window)
    window.frames = []
    window.requestAnimationFrame = act => ask(now => {
        const began = performance.now()
        act(now)
        window.frames.push(performance.now() - began)
    })
}"""


@pytest.fixture(scope="module")
def races(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    shelf = tmp_path_factory.mktemp("races")
    for step in (0.03, 0.3):
        part = RACES[step]
        for config in part.configs(part.fixed_strengths()):
            if config.seed == 0 and config.model.norms in ((), ("bn",), ("ln",)):
                with Store(shelf).begin(config) as attempt:
                    for event in synthetic.events(config):
                        attempt.append(event)
                    attempt.commit(Ended(Status.FINISHED))
    server = serve(tmp_path_factory.mktemp("app"), shelf, 0, script=SCRIPT)
    yield server
    server.end()


SHIFTS = """window.shifted = 0; new PerformanceObserver(list => {
    const isPage = ({ node }) => node?.matches?.('[data-testid=stMainBlockContainer]') // becomes wide
    for (const { value, sources } of list.getEntries()) if (!sources.some(isPage)) window.shifted += value
}).observe({type: 'layout-shift', buffered: true})"""


def visit(page: Page, server: Server) -> Locator:
    page.goto(server.url)
    race = page.locator(".player")
    expect(race).to_be_visible()
    settled(page)
    return race


def test_it_plays_waits_for_a_bet_and_plays_on_without_a_word_to_the_server(page: Page, races: Server) -> None:
    sent: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append("frame"))

    page.on("websocket", listen)
    race = visit(page, races)
    card = race.get_by_role("group", name="Your bet?")
    expect(card).to_be_visible()
    expect(race.locator(".epoch")).to_have_text("epoch 2 of 15")
    page.evaluate(FRAMES)
    sent.clear()
    card.get_by_role("button", name="BatchNorm").click()
    expect(card).to_be_hidden()
    expect(race.locator(".epoch")).to_have_text("epoch 12 of 15")
    took: list[float] = page.evaluate("window.frames")
    assert sent == []
    assert len(took) > 25, "an epoch is more than one picture, on a busy machine too"
    assert sorted(took)[len(took) // 2] < 8, "milliseconds; thirty frames a second leave 33"
    expect(race.locator(".epoch")).to_have_text("epoch 15 of 15")
    expect(race.locator(".talk")).to_contain_text(re.compile("Your bet was right|You bet “BatchNorm”"))
    settled(page)
    expect(page.get_by_text("rests Rest(epoch=15")).to_contain_text("bet='right'")


def test_the_keyboard_plays_steps_and_jumps_and_the_page_follows(page: Page, races: Server) -> None:
    race = visit(page, races)
    epoch = race.locator(".epoch")
    race.focus()
    page.keyboard.press("End")
    expect(epoch).to_have_text("epoch 15 of 15")
    page.keyboard.press("ArrowLeft")
    expect(epoch).to_have_text("epoch 14 of 15")
    expect(page.get_by_text("rests Rest(epoch=14")).to_be_visible()
    page.keyboard.press("Home")
    expect(epoch).to_have_text("epoch 0 of 15")
    page.keyboard.press("Space")
    expect(race.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("Space")
    expect(race.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(race.get_by_role("slider", name="Epoch")).to_have_attribute("aria-valuetext", re.compile("no norm|No norm"))


def test_another_rival_another_step_and_the_second_lap_ask_the_server_nothing(page: Page, races: Server) -> None:
    race = visit(page, races)
    race.get_by_role("button", name="0.03").click()
    expect(race.locator(".title")).to_contain_text("0.03")
    race.get_by_role("button", name="0.3", exact=True).click()
    race.get_by_role("button", name="Layer", exact=True).click()
    expect(race.locator(".who").first).to_have_text("LayerNorm")
    race.focus()
    page.keyboard.press("End")
    race.get_by_role("button", name="Unfair?").click()
    expect(race.locator(".title")).to_contain_text("own best")
    expect(race.locator(".own").first).to_contain_text("step size")


def test_nothing_around_it_moves_while_it_plays(page: Page, races: Server) -> None:
    page.set_viewport_size({"width": 1140, "height": 900})  # what is reserved at first is a laptop's height
    page.add_init_script(SHIFTS)
    race = visit(page, races)
    tops = "root => [...root.children].map(part => part.getBoundingClientRect().top)"
    places = race.evaluate(tops)
    expect(race.locator(".epoch")).to_have_text("epoch 15 of 15")
    assert race.evaluate(tops) == places
    assert page.evaluate("window.shifted") < 0.02


def test_less_motion_plays_nothing_by_itself(page: Page, races: Server) -> None:
    page.emulate_media(reduced_motion="reduce")
    race = visit(page, races)
    expect(race.locator(".epoch")).to_have_text("epoch 0 of 15")
    race.get_by_role("button", name="Play", exact=True).click()
    card = race.get_by_role("group", name="Your bet?")
    expect(card).to_be_visible()
    page.wait_for_timeout(4_000)
    expect(card).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_while_it_asks_and_at_its_end(page: Page, races: Server, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    race = visit(page, races)
    race.get_by_role("button", name="Play", exact=True).click()
    expect(race.get_by_role("group", name="Your bet?")).to_be_visible()
    assert not serious(page)
    race.get_by_role("group", name="Your bet?").get_by_role("button", name="BatchNorm").click()
    race.focus()
    page.keyboard.press("End")
    expect(race.get_by_role("button", name="Unfair?")).to_be_visible()
    settled(page)
    assert not serious(page)


def test_a_thumb_finds_every_button(page: Page, races: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    race = visit(page, races)
    expect(race.get_by_role("group", name="Your bet?")).to_be_visible()
    sizes: list[list[float]] = race.evaluate("""root => [...root.querySelectorAll('button, .slider')]
        .filter(one => one.checkVisibility({visibilityProperty: true}))
        .map(one => one.getBoundingClientRect())
        .map(box => [box.width, box.height])""")
    assert len(sizes) >= 10
    assert min(min(size) for size in sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
