"""The ruler in a real Chromium: it slides, stretches and gets new numbers, and what it says of an image is the layer's
own number."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import settled, sound
from playwright.sync_api import Locator, Page, expect
from server import Server, serve

from normlab import images, inference, ruler
from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.numerals import number
from normlab.ruler import Channel
from normlab.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SCRIPT = "tests/browser/ruler_app.py"
STEPS = ("Subtract the mean,", "divide by the spread,", "scale and shift.")


@pytest.fixture(scope="module")
def server(shipped_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = serve(tmp_path_factory.mktemp("ruler"), shipped_runs, 0, script=SCRIPT)
    yield found
    found.end()


def visit(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/{query}")
    expect(page.locator(".sample.chosen")).to_be_visible()
    settled(page)


def channel(shipped_runs: Path) -> Channel:
    """What the drawing shows at first, computed from the run."""
    config = RunConfig()
    run = Store(shipped_runs).read(run_id(config))
    assert run is not None
    weights = run.snapshot(run.snapshot_epochs()[-1]).weights
    test = images.load(config.data.dataset).test.images[: ruler.IMAGES]
    batch = inference.normalized(test, config.data.dataset)
    place = ruler.blocks(config.model, weights, batch)[-1].most_telling
    return ruler.channel(config.model, weights, batch, "block6", place, Norm.BN)


def bubble(page: Page) -> Locator:
    """What the ruler says of the chosen image."""
    return page.locator(".drawing text.bubble")


def step(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def rests(page: Page, progress: float) -> None:
    expect(page.locator(".ruler")).to_have_attribute("data-progress", f"{progress:.2f}")


def test_what_the_ruler_says_is_what_the_layer_puts_out(page: Page, server: Server, shipped_runs: Path) -> None:
    visit(page, server)
    found = channel(shipped_runs)
    for reading in found.readings:
        page.get_by_role("radio", name=str(reading.maker)).click()
        means = found.readings[0].values.mean(axis=(1, 2))
        chosen = int(np.argmax(means))
        mean, zero, unit = float(reading.values[chosen].mean()), float(reading.zeros[0]), float(reading.units[0])
        mark = (mean - zero) / unit
        expected = (mean - zero, mark, found.gamma * mark + found.beta)
        for place, (name, value) in enumerate(zip(STEPS, expected, strict=True), start=1):
            step(page, name).click()
            rests(page, place)
            expect(bubble(page)).to_have_text(number(value))
        expect(page.locator(".reckoned")).to_contain_text(f"= {number(expected[-1])}")
    sound(page, server)


def test_it_plays_by_itself_and_asks_the_server_for_nothing(page: Page, server: Server) -> None:
    visit(page, server)
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", sent.append))
    page.evaluate(WATCH_SHIFTS)
    page.get_by_role("button", name="Play").click()
    rests(page, 0)
    rests(page, 3)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("radio", name="memory").click()
    page.locator(".samples").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
    page.wait_for_timeout(600)
    assert not sent
    assert page.evaluate("window.shifted") < 0.02
    sound(page, server)


WATCH_SHIFTS = """() => {
    window.shifted = 0
    const add = list => list.getEntries().forEach(entry => { window.shifted += entry.value })
    new PerformanceObserver(add).observe({ type: 'layout-shift' })
}"""


def test_images_and_steps_are_reached_by_keyboard_and_told_in_words(page: Page, server: Server) -> None:
    visit(page, server)
    samples = page.locator(".samples")
    samples.focus()
    page.keyboard.press("Home")
    first = samples.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowRight")
    assert samples.get_attribute("aria-activedescendant") != first
    chosen = page.get_by_role("option", selected=True)
    expect(chosen).to_have_count(1)
    assert "on the ruler" in (chosen.get_attribute("aria-label") or "")
    step(page, STEPS[1]).focus()
    page.keyboard.press("ArrowRight")
    expect(step(page, STEPS[2])).to_be_checked()
    expect(step(page, STEPS[2])).to_be_focused()
    rests(page, 3)
    sound(page, server)


def test_who_wants_no_motion_sees_the_steps_at_once(page: Page, server: Server) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, server)
    seen = page.evaluate(
        """() => {
            const host = [...document.querySelectorAll('*')].find(node => node.shadowRoot?.querySelector('.ruler'))
            const root = host.shadowRoot
            root.querySelectorAll('.steps button')[3].click()
            return root.querySelector('.ruler').dataset.progress
        }"""
    )
    assert seen == "3.00"
    page.emulate_media(reduced_motion="no-preference")


def test_each_image_has_its_own_ruler_under_layernorm(page: Page, server: Server) -> None:
    visit(page, server, "?norms=ln&l2=0.001")
    expect(page.locator(".drawing circle.thin")).to_have_count(ruler.IMAGES)
    expect(page.get_by_role("radio", name="memory")).to_have_count(0)
    zero = page.locator(".drawing line.zero")
    page.locator(".samples").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(700)
    before = zero.get_attribute("x1")
    page.keyboard.press("End")
    page.wait_for_timeout(700)
    assert zero.get_attribute("x1") != before
    sound(page, server)


def test_another_block_and_channel_come_from_the_page_and_the_step_stays(page: Page, server: Server) -> None:
    visit(page, server)
    step(page, STEPS[2]).click()
    page.get_by_role("button", name="Block 1").click()
    expect(page.locator(".title")).to_have_text("BatchNorm, block 1")
    page.get_by_role("button", name="Next channel").click()
    settled(page)
    expect(page.get_by_text("'channel': ")).not_to_contain_text("'channel': None")
    rests(page, 3)
    sound(page, server)


def test_without_a_norm_a_sentence_stands_in_its_place(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?norms=none")
    expect(page.get_by_text("No norm, no ruler")).to_be_visible()
    sound(page, server)


def test_on_a_phone_everything_is_large_enough_and_nothing_sticks_out(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, server)
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    boxes = [button.bounding_box() for button in page.locator(".ruler button:visible").all()]
    assert boxes
    assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    page.set_viewport_size({"width": 1440, "height": 1000})


def test_axe_finds_nothing_serious_in_either_theme(page: Page, server: Server) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        visit(page, server)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"]) for one in found if one["impact"] in ("serious", "critical")] == []
    page.emulate_media(color_scheme="light")
