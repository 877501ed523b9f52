"""A page that the browser translates: old text never stays beside new, and nothing throws."""

import pytest
from browsing import TITLE, settled, sound
from playwright.sync_api import Page, expect
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TRANSLATE = """keeps => {
  const walker = document.createTreeWalker(document.querySelector("[data-testid=stApp]"), NodeFilter.SHOW_TEXT)
  const texts = []
  while (walker.nextNode()) texts.push(walker.currentNode)
  for (const text of texts) {
    if (!text.data.trim() || text.parentElement.closest("style, script, svg, font, textarea")) continue
    const [outer, inner] = [document.createElement("font"), document.createElement("font")]
    outer.append(inner)
    if (keeps) {
      text.replaceWith(outer)
      inner.append(text)
    } else {
      inner.textContent = "»" + text.data
      text.parentNode.insertBefore(outer, text)
      text.parentNode.removeChild(text)
    }
  }
}"""
"""As translators do: with a text of their own, or with the page's own node moved."""


@pytest.mark.parametrize("keeps", [False, True], ids=["replaced", "moved"])
def test_a_translated_lab_shows_the_new_run_alone(page: Page, server: Server, keeps: bool) -> None:
    page.goto(server.url)
    settled(page)
    expect(page.locator(TITLE)).to_contain_text("BN ·")
    page.wait_for_function("window.normlabSurvivesTranslation")
    page.evaluate(TRANSLATE, keeps)
    page.get_by_test_id("stSidebar").get_by_role("radio").filter(has_text="None").first.click()
    settled(page)
    expect(page.locator(TITLE)).to_contain_text("no norm ·")
    expect(page.locator(TITLE)).not_to_contain_text("BN")
    page.evaluate(TRANSLATE, keeps)
    page.get_by_test_id("stSidebar").get_by_role("radio").filter(has_text="Batch").first.click()
    settled(page)
    expect(page.locator(TITLE)).to_contain_text("BN ·")
    expect(page.locator(TITLE)).not_to_contain_text("no norm")
    sound(page, server)


@pytest.mark.parametrize("keeps", [False, True], ids=["replaced", "moved"])
def test_a_translated_worksheet_says_one_norm(page: Page, server: Server, keeps: bool) -> None:
    page.goto(f"{server.url}/worksheet")
    settled(page)
    said = page.get_by_test_id("stMarkdown").filter(has_text="share one mean and one variance")
    expect(said).to_contain_text("one channel of all images")
    page.wait_for_function("window.normlabSurvivesTranslation")
    for name, here in (("Layer", "all channels of one image"), ("Group", "a group of channels of one image")):
        page.evaluate(TRANSLATE, keeps)
        page.get_by_role("radio").filter(has_text=name).first.click()
        settled(page)
        expect(said).to_contain_text(f"{name}Norm covers {here}: these ")
        expect(said).not_to_contain_text("one channel of all images")
    expect(said).not_to_contain_text("Layer")
    sound(page, server)
