"""Drawing in a real Chromium: by mouse, by finger, by keyboard; the networks answer while one draws."""

import re

import pytest
from browsing import TITLE, settled, sound, watched
from playwright.sync_api import Browser, Locator, Page, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

THREE = ((0.35, 0.25), (0.5, 0.18), (0.65, 0.27), (0.48, 0.5), (0.68, 0.62), (0.5, 0.84), (0.33, 0.76))


def visit(page: Page, server: Server) -> Locator:
    """The pad, cleared."""
    page.goto(f"{server.url}/draw")
    pad = page.get_by_role("img", name="Drawing pad")
    expect(pad).to_be_visible()
    expect(answers(page)).to_have_count(10)
    settled(page)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw on the black square")).to_be_visible()
    settled(page)
    return pad


def places(pad: Locator) -> list[tuple[float, float]]:
    box = pad.bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in THREE]


def answers(page: Page) -> Locator:
    """The probabilities of the classes."""
    return page.get_by_role("list", name="Probabilities of").get_by_role("listitem")


def ink(pad: Locator) -> int:
    """White pixels on the canvas."""
    count = """canvas => {
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        return data.filter((value, at) => at % 4 === 0 && value > 127).length
    }"""
    return int(pad.evaluate(count))


def seen(page: Page) -> str:
    """What the first network sees."""
    return page.get_by_alt_text("The drawing as this network sees it").first.get_attribute("src") or ""


def test_networks_answer_while_one_draws_and_the_pad_stays(page: Page, server: Server) -> None:
    pad = visit(page, server)
    handle = pad.element_handle()
    assert handle
    first, *rest = places(pad)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest[:3]:
        page.mouse.move(*place, steps=5)
    expect(answers(page)).to_have_count(10)  # the button is still down
    half = seen(page)
    for place in rest[3:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    expect(page.get_by_alt_text("The drawing as this network sees it")).not_to_have_attribute("src", half)
    settled(page)
    assert handle.evaluate("canvas => canvas.isConnected"), "the canvas was never replaced"
    assert ink(pad) > 1_000
    expect(page.get_by_text(re.compile(r"The network answered in \d+ ms"))).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(7)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw on the black square")).to_be_visible()
    assert ink(pad) == 0
    sound(page, server)


def test_the_first_stroke_takes_the_examples_place(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/draw")
    pad = page.get_by_role("img", name="Drawing pad")
    expect(page.get_by_text("your first stroke clears the example")).to_be_visible()
    settled(page)
    example = ink(pad)
    assert example > 1_000
    page.mouse.move(*places(pad)[0])
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("your first stroke clears the example")).to_have_count(0)
    settled(page)
    assert 0 < ink(pad) < 300, "a dot of the pen"
    sound(page, server)


def test_the_eraser_takes_ink_away(page: Page, server: Server) -> None:
    pad = visit(page, server)
    for tool in ("Pen", "Eraser"):
        page.get_by_role("button", name=tool).click()
        first, *rest = places(pad)
        page.mouse.move(*first)
        page.mouse.down()
        for place in rest:
            page.mouse.move(*place)
        page.mouse.up()
        settled(page)
        assert (ink(pad) > 0) == (tool == "Pen")
    sound(page, server)


def test_a_drawing_is_made_without_a_pointer(page: Page, server: Server) -> None:
    pad = visit(page, server)
    page.get_by_role("radio", name="3", exact=True).focus()
    page.keyboard.press("Space")
    expect(answers(page)).to_have_count(10)
    settled(page)
    before, there = ink(pad), seen(page)
    assert before > 0
    page.get_by_role("button", name="Right", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("The drawing as this network sees it")).not_to_have_attribute("src", there)
    settled(page)
    assert abs(ink(pad) - before) < 0.2 * before, "the canvas shows the moved digit"
    sound(page, server)


def test_a_drawing_stays_when_one_comes_back(page: Page, server: Server) -> None:
    pad = visit(page, server)
    page.get_by_role("radio", name="5", exact=True).click()
    expect(answers(page)).to_have_count(10)
    settled(page)
    before = ink(pad)
    page.get_by_role("link", name="Data & storage").click()
    expect(page.get_by_role("heading", name="Data sets")).to_be_visible()
    page.get_by_role("link", name="Draw").click()
    expect(pad).to_be_visible()
    settled(page)
    expect(answers(page)).to_have_count(10)
    assert ink(pad) == before


def test_a_finger_draws_on_a_phone_and_nothing_is_wider_than_the_screen(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = watched(context.new_page())
    page.set_default_timeout(60_000)
    pad = visit(page, server)
    (x, y), *rest = places(pad)
    touch = context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for x, y in rest:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(answers(page)).to_have_count(10)
    settled(page)
    assert ink(pad) > 1_000
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    sound(page, server)
    context.close()


def test_a_link_opens_its_networks_and_a_visit_to_the_lab_keeps_them(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/draw?norms=none&pins=norms:bn")
    expect(page.get_by_role("heading", name="no norm", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="BN", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="3", exact=True).click()
    settled(page)
    page.get_by_role("link", name="Lab", exact=True).click()
    expect(page.locator(TITLE)).to_have_text("no norm · dropout 0.05 · digits · seed 0")
    expect(page.get_by_text("Pinned:")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?norms=none&pins=norms%3Abn$"))
    settled(page)
    page.go_back()
    if page.url == f"{server.url}/":  # Streamlit leaves this entry only if the query comes some time after the page
        settled(page)
        expect(page.locator(TITLE)).to_have_text("no norm · dropout 0.05 · digits · seed 0")
        page.go_back()
    expect(page.get_by_role("heading", name="BN", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/draw\?norms=none&pins=norms(:|%3A)bn$"))
    sound(page, server)
