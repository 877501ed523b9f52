"""The worksheet in a real Chromium: choosing a value marks its block, and changing one changes the finding."""

import re

import numpy as np
import pytest
from browsing import settled, sound
from playwright.sync_api import Locator, Page, expect
from server import Server

from normlab.app.shell.words import norm_word
from normlab.choices import Norm
from normlab.normmath import Cell, blocks
from normlab.worksheet import StudyLayer, study_values

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

CAUSE = "variances of channels 1–4 are those of images 2–4 alone: image 1 was left out of the range"
SHEET = study_values(StudyLayer.N)


def visit(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/worksheet{query}")
    expect(page.locator(".sheet td.chosen")).to_be_visible()
    settled(page)


def value(page: Page, *place: int) -> Locator:
    return page.locator(f'.sheet td[data-place="{",".join(map(str, place))}"]')


def marked(page: Page) -> set[str]:
    return set(page.locator(".sheet td.shared").evaluate_all("cells => cells.map(cell => cell.dataset.place)"))


def block(norm: Norm, *place: int) -> set[str]:
    """The places that share a value's statistics, as the sheet names them."""
    found = next(found for found in blocks(norm, SHEET.shape, 2) if found.holds(Cell(*place)))
    return {",".join(map(str, cell)) for cell in np.argwhere(found.mask(SHEET.shape)).tolist()}


def finding(page: Page) -> Locator:
    return page.get_by_test_id("stAlert").first


def test_a_click_marks_exactly_the_cells_that_share_its_statistics(page: Page, server: Server) -> None:
    visit(page, server)
    places = ((2, 1, 1, 0), (0, 3, 0, 1), (2, 0, 0, 1), (3, 0, 1, 1), (1, 2, 0, 0))
    for norm, place in zip(Norm, places, strict=True):
        page.get_by_role("radio", name=norm_word(norm), exact=True).click()
        settled(page)
        value(page, *place).click()
        expect(value(page, *place)).to_have_class(re.compile("chosen"))
        assert marked(page) == block(norm, *place), f"{norm}: marked at once, by the browser"
        image, channel, row, column = (index + 1 for index in place)
        told = (("image", image), ("channel", channel), ("row", row), ("column", column))
        expect(page).to_have_url(re.compile("&".join(f"{axis}={number}" for axis, number in told if number > 1) + "$"))
        settled(page)
        assert marked(page) == block(norm, *place), norm
        expect(page.get_by_text(f"these {len(marked(page))} values share")).to_be_visible()
    sound(page, server)


def test_select_boxes_mark_the_same_cells(page: Page, server: Server) -> None:
    visit(page, server, "?norm=gn")
    box = page.get_by_role("combobox", name="Image")
    box.click()
    page.get_by_role("option", name="4").click()
    expect(value(page, 3, 0, 0, 0)).to_have_class(re.compile("chosen"))
    assert marked(page) == block(Norm.GN, 3, 0, 0, 0)
    sound(page, server)


def test_arrow_keys_move_through_the_sheet_however_fast(page: Page, server: Server) -> None:
    visit(page, server)
    value(page, 0, 0, 0, 0).click()
    for key in ("ArrowRight",) * 5 + ("ArrowDown",) * 3 + ("ArrowLeft",):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("image=2&channel=3&row=2$"))
    settled(page)
    expect(value(page, 1, 2, 1, 0)).to_be_focused()
    assert marked(page) == block(Norm.BN, 1, 2, 1, 0)
    sound(page, server)


def test_typing_into_the_sheet_changes_the_finding_and_back(page: Page, server: Server) -> None:
    visit(page, server)
    expect(finding(page)).to_contain_text(CAUSE)
    value(page, 1, 0, 0, 0).click()
    page.keyboard.type("2,5")
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(finding(page)).to_contain_text("variances of channels 2–4 are those of images 2–4 alone")
    expect(finding(page)).to_contain_text("No choice of images gives the published variance of channel 1.")
    expect(value(page, 1, 0, 0, 0)).to_have_text("2.5")
    expect(value(page, 1, 0, 1, 0)).to_have_text("7")
    page.keyboard.type("x")
    expect(page.locator(".sheet input")).to_have_count(0)
    page.get_by_role("button", name="Restore the study's sheet").click()
    expect(finding(page)).to_contain_text(CAUSE)
    expect(value(page, 1, 0, 0, 0)).to_have_text("0")
    sound(page, server)


def test_a_wrong_entry_is_said_and_the_value_stays(page: Page, server: Server) -> None:
    visit(page, server)
    value(page, 0, 0, 0, 0).dblclick()
    page.keyboard.type("1-2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“1-2” is not a number")).to_be_visible()
    expect(value(page, 0, 0, 0, 0)).to_have_text("2")
    sound(page, server)


def test_a_published_number_can_be_changed(page: Page, server: Server) -> None:
    visit(page, server)
    table = page.get_by_test_id("stDataFrame")
    canvas = table.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    expect(table.locator("canvas [role=gridcell]").filter(has_text="3.08333")).to_have_count(1)
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 0.6 * box["width"], box["y"] + 52)
    entry = page.locator("#portal textarea")
    entry.fill("3.2")
    entry.press("Enter")
    expect(finding(page)).to_contain_text(
        "No choice of images gives the published variance of channel 1. 3.2 is written"
    )
    sound(page, server)


def test_cells_pasted_on_the_sheet_replace_it(page: Page, server: Server) -> None:
    visit(page, server)
    value(page, 0, 0, 0, 0).evaluate(
        """cell => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "1\\t2\\t5\\t6\\n3\\t4\\t7\\t8\\n");
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator(".sheet td[data-place]")).to_have_count(8)
    expect(value(page, 0, 1, 1, 1)).to_have_text("8")
    expect(page).to_have_url(re.compile("sheet=own"))
    sound(page, server)


def test_a_link_leads_to_its_cell_and_back_to_the_one_before(page: Page, server: Server) -> None:
    visit(page, server, "?norm=ln&sheet=layer_n_plus_1&image=4&channel=2")
    assert marked(page) == block(Norm.LN, 3, 1, 0, 0)
    value(page, 1, 1, 0, 0).click()
    expect(page).to_have_url(re.compile("image=2"))
    settled(page)
    page.go_back()
    expect(value(page, 3, 1, 0, 0)).to_have_class(re.compile("chosen"))
    page.get_by_role("link", name="Lab").click()
    settled(page)
    page.get_by_role("link", name="Worksheet").click()
    expect(value(page, 3, 1, 0, 0)).to_have_class(re.compile("chosen"))
    assert marked(page) == block(Norm.LN, 3, 1, 0, 0), "the norm was kept too"
    sound(page, server)


def test_on_a_phone_the_page_is_not_wider_than_the_screen(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for query in ("", "?norm=gn&sheet=layer_n_plus_1", "?sheet=own"):
        visit(page, server, query)
        page.wait_for_timeout(300)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, query
    sound(page, server)


def test_a_text_of_megabytes_is_refused_and_the_page_goes_on(page: Page, server: Server) -> None:
    visit(page, server)
    page.locator("summary").filter(has_text="Size, random values").click()
    box = page.get_by_label("Cells")
    expect(box).to_be_visible()
    paste(box, 2_000_000)
    expect(box).to_have_value("")
    expect(page.get_by_text("Text longer than 200,000 characters is not pasted at all.")).to_be_visible()
    paste(box, 100_000)
    box.blur()
    settled(page)
    page.get_by_role("button", name="Use these values").click()
    settled(page)
    expect(page.get_by_text("The text is longer than 20,000 characters")).to_be_visible()
    value(page, 0, 0, 0, 1).click()
    settled(page)
    expect(value(page, 0, 0, 0, 1)).to_have_class(re.compile("chosen"))
    sound(page, server)


def paste(box: Locator, count: int) -> None:
    """So many characters at once, as React hears of a paste: Chromium takes minutes to put them in letter by letter."""
    box.focus()
    box.evaluate(
        """(box, count) => {
            const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
            set.call(box, "1\\t2\\n".repeat(count / 4));
            box.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        count,
    )
