"""The worksheet's exercise in a real Chromium: marked by mouse and keyboard, checked, opened, printed."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import settled, sound, still
from playwright.sync_api import Locator, Page, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def visit(page: Page, server: Server, query: str = "?solution=hidden") -> None:
    page.goto(f"{server.url}/worksheet{query}")
    expect(page.locator(".sheet td[data-place]").first).to_be_visible()
    settled(page)


def value(page: Page, place: str) -> Locator:
    return page.locator(f'.sheet td[data-place="{place}"]')


def marked(page: Page) -> set[str]:
    return set(page.locator(".sheet td.shared").evaluate_all("cells => cells.map(cell => cell.dataset.place)"))


def check(page: Page) -> Locator:
    settled(page)
    page.get_by_role("button", name="Check my cells").click()
    settled(page)
    return page.get_by_test_id("stAlert").first


def test_the_cells_are_marked_by_dragging_and_the_arithmetic_opens(page: Page, server: Server) -> None:
    visit(page, server)
    assert marked(page) == set()
    told = page.locator(".sheet").inner_html()
    assert "shares" not in told
    expect(page.get_by_role("button", name="Show the numbers")).to_be_disabled()
    value(page, "0,0,0,0").hover()
    page.mouse.down()
    for place in ("0,0,0,1", "0,0,1,1", "0,0,1,0"):
        value(page, place).hover()
    page.mouse.up()
    assert marked(page) == {"0,0,0,0", "0,0,0,1", "0,0,1,0", "0,0,1,1"}
    alert = check(page)
    expect(alert).to_contain_text("These are the cells of InstanceNorm")
    expect(alert).to_contain_text("Missing: channel 1 of images 2–4.")
    page.locator(".sheet th").filter(has_text="channel 1").click()
    assert len(marked(page)) == 16
    expect(check(page)).to_contain_text("Right: these 16 cells share one mean and one variance.")
    page.get_by_role("button", name="Show the numbers").click()
    settled(page)
    expect(page.get_by_text("Mean of 16 values")).to_be_visible()
    expect(page.locator(".ruler .title")).to_have_text("BatchNorm as a ruler")
    sound(page, server)


def test_the_keyboard_marks_as_well(page: Page, server: Server) -> None:
    visit(page, server, "?solution=hidden&norm=in")
    value(page, "0,0,0,0").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    assert marked(page) == {"0,0,0,0", "0,0,0,1", "0,0,1,0", "0,0,1,1"}
    expect(value(page, "0,0,1,0")).to_be_focused()
    assert "marked" in (value(page, "0,0,1,0").get_attribute("aria-label") or "")
    expect(check(page)).to_contain_text("Right: these 4 cells")
    sound(page, server)


@pytest.mark.parametrize("query", ["?solution=hidden&norm=ln", "?norm=ln"])
def test_what_is_printed_is_one_page_with_the_sheet_alone(page: Page, server: Server, query: str) -> None:
    visit(page, server, query)
    pages = re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True))
    assert len(pages) == 1
    page.emulate_media(media="print")
    paper = page.locator(".paper")
    expect(paper).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(paper.locator(".shaded")).to_have_count(0 if "hidden" in query else 16)
    expect(paper.locator(".blank")).to_have_count(4 if "hidden" in query else 0)
    page.emulate_media(media="screen")
    expect(paper).not_to_be_visible()
    sound(page, server)


def test_axe_finds_nothing_serious_while_the_answer_is_hidden_and_after(page: Page, server: Server) -> None:
    for scheme, query in (("dark", "?solution=hidden"), ("light", "?norm=rms")):
        page.emulate_media(color_scheme=scheme)
        visit(page, server, query)
        still(page)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"]) for one in found if one["impact"] in ("serious", "critical")] == []
    page.emulate_media(color_scheme="light")
