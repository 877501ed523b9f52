"""Numbers that are typed key by key in a real Chromium: what is typed is what is meant."""

import re
from contextlib import suppress

import pytest
from browsing import settled, sound
from playwright.sync_api import Locator, Page, TimeoutError, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def box(page: Page, label: str) -> Locator:
    return page.get_by_role("textbox", name=label, exact=True)


def enter(page: Page, field: Locator, text: str) -> None:
    field.click()
    field.press("Control+a")
    field.press_sequentially(text)
    field.press("Enter")
    settled(page)


@pytest.mark.parametrize(
    ("path", "label", "typed", "address"),
    [
        ("/worksheet", "γ", "0,5", "gamma=0.5"),
        ("/worksheet", "γ", "1e-3", "gamma=0.001"),
        ("/worksheet", "β", "−0.5", "beta=-0.5"),
        ("/worksheet", "β", "3,24609", "beta=3.24609"),
        ("/compare", "Smallest difference that matters (points)", "0,25", "margin=0.25"),
        ("/", "Learning rate", "0,05", "lr=0.05"),
        ("/", "Learning rate", "5e-2", "lr=0.05"),
        ("/", "Epochs", "3", "epochs=3"),
    ],
)
def test_what_is_typed_is_what_the_address_says(
    page: Page, server: Server, path: str, label: str, typed: str, address: str
) -> None:
    page.goto(f"{server.url}{path}")
    settled(page)
    if fold := {"/": "Training", "/compare": "How this is judged"}.get(path):
        page.get_by_text(fold, exact=True).first.click()
    enter(page, box(page, label), typed)
    expect(page).to_have_url(re.compile(rf"[?&]{re.escape(address)}(&|$)"))
    expect(box(page, label)).to_have_value(address.partition("=")[2])
    sound(page, server)


def test_what_is_no_number_stays_in_its_box_and_is_refused(page: Page, server: Server) -> None:
    page.goto(server.url)
    settled(page)
    page.get_by_text("Training", exact=True).first.click()
    for typed in ("1,000", "1.5", "abc"):
        enter(page, box(page, "Epochs"), typed)
        expect(page.get_by_text(f"epochs={typed} must be a whole number from 1 to 200").first).to_be_visible()
        expect(box(page, "Epochs")).to_have_value(typed)
        expect(page).not_to_have_url(re.compile("epochs="))
    page.get_by_test_id("stSidebar").get_by_role("button", name="+", exact=True).nth(3).click()
    expect(page).to_have_url(re.compile("epochs=16"))
    expect(box(page, "Epochs")).to_have_value("16")
    sound(page, server)


def shown(table: Locator, text: str) -> Locator:
    return table.locator("canvas [role=gridcell]").filter(has_text=re.compile(f"^{re.escape(text)}$"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("3,24609", "published variances of channels 2–4 are those"),
        ("3.24609", "published variances of channels 2–4 are those"),
        ("324609e-5", "published variances of channels 2–4 are those"),
        ("−3.24609", "[-−]3.24609 is written"),
        ("3,2x", "“3,2x” is not a number"),
    ],
)
def test_an_answer_in_the_table_is_read_as_it_is_typed(page: Page, server: Server, typed: str, said: str) -> None:
    page.goto(f"{server.url}/worksheet")
    settled(page)
    table = page.get_by_test_id("stDataFrame")
    canvas = table.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    expect(table.locator("canvas [role=gridcell]").filter(has_text="3.08333")).to_have_count(1)
    for _ in range(5):  # a table that is drawn anew meanwhile, as its sizes arrive, closes the cell
        place = canvas.bounding_box()
        assert place is not None
        page.mouse.dblclick(place["x"] + 0.6 * place["width"], place["y"] + 52)
        editor = page.locator("#portal textarea")
        with suppress(TimeoutError):
            editor.wait_for(timeout=10_000)
            enter(page, editor, typed)
            shown(table, typed).wait_for(state="attached", timeout=10_000)
            break
    expect(page.get_by_test_id("stAlert").filter(has_text=re.compile(said))).to_have_count(1)
    expect(shown(table, typed)).to_have_count(1)
    sound(page, server)
