"""A page shows before it tells: the words that are seen when it opens are counted."""

from collections.abc import Iterator

import pytest
from browsing import still
from playwright.sync_api import Page
from server import ROOT, Server, serve

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

MOST = {"": 150, "?show=run": 150, "compare": 120, "study": 120}
WORDS = """() => {
    const passedOver = `label, button, table, svg, canvas, iframe, input, select, textarea, style, script, summary,
        [role=radiogroup], [role=tablist], [role=slider], [role=img], [role=combobox], .katex-html,
        [data-testid=stVegaLiteChart], [data-testid=stDataFrame], [data-testid=stWidgetLabel],
        [data-testid=stMultiSelect], .transport, .network`
    const isSeen = element => {
        const {width, height} = element.getBoundingClientRect()
        return element.checkVisibility({opacityProperty: true, visibilityProperty: true}) && (width > 1 || height > 1)
    }
    const words = []
    const isWord = text => /[\\p{L}\\d]/u.test(text)
    const read = node => {
        if (node.nodeType === Node.TEXT_NODE) words.push(...node.data.split(/\\s+/).filter(isWord))
        if (node.nodeType !== Node.ELEMENT_NODE || node.matches(passedOver)) return
        if (getComputedStyle(node).display !== 'contents' && !isSeen(node)) return
        for (const child of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes]) read(child)
    }
    read(document.querySelector('[data-testid=stMain]'))
    return words
}"""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app with what ships: made-up runs lead to other sentences."""
    server = serve(tmp_path_factory.mktemp("words"), ROOT / "pretrained", workers=0)
    yield server
    server.end()


def test_a_page_opens_with_few_words(page: Page, shipped: Server) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    seen = {}
    for path in MOST:
        page.goto(f"{shipped.url}/{path}")
        still(page)
        seen[path] = page.evaluate(WORDS)
    assert all(len(words) > 20 for words in seen.values()), "they are counted"
    too_many = {path: f"{len(words)}: {' '.join(words)}" for path, words in seen.items() if len(words) > MOST[path]}
    assert not too_many
