"""The page for everybody: axe-core finds nothing serious, the keyboard reaches everything, nothing moves unasked."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import TITLE, still, watched
from playwright.sync_api import Browser, Page, expect
from server import Server

from normlab.app.lab.setup import PANELS
from normlab.app.shell.words import slug
from normlab.app.study.views import SECTIONS
from normlab.charts.theme import INK, color

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

STATES = {
    **{panel: f"?panel={slug(panel)}" for panel in PANELS},
    "not trained": "?norms=bn+gn&dropout=0.2",
    "refused": "?groups=3&norms=gn&lr=fast&hide=wings",
    "set up for a class": "?hide=l1,l2&lock=norms&projector=true",
    "blocks cannot be chosen": "?hide=panels,rewind,time&norms=ln&l2=0.001",
    "one epoch kept": "?panel=weights&seed=1",
}
"""What the lab can show; the other pages are found in the navigation."""

STUDY_SECTIONS = {f"study: {name}": f"study?section={name.lower()}" for name in SECTIONS}

EXEMPT = {
    "scrollable-region-focusable": (
        '<pre class="st-emotion-cache',
        "st.code's own scrolling box: Chromium and Firefox put scrolling boxes into the tab order themselves.",
    ),
}
"""Rule: (start of the element's HTML, why the element is Streamlit's own and does no harm)."""


def visit(page: Page, server: Server, path: str) -> None:
    page.goto(f"{server.url}/{path.lstrip('/')}")
    expect(page.locator(TITLE)).to_be_visible()
    still(page)


def serious_in_both_themes(page: Page) -> list[str]:
    """What is serious on the page as it is, and in the other theme, which is left on.

    Each page is so opened in the theme in which the one before was left: half of them dark.
    """
    is_dark = bool(page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
    found = serious(page) + faint_letters(page) + wordless(page)
    change_the_theme(page, dark=not is_dark)
    return found + serious(page) + faint_letters(page)


def wordless(page: Page) -> list[str]:
    """A line for each chart with no other text alternative than a name: it has a sentence, and most have numbers."""
    drawn = page.locator("[aria-roledescription=visualization]")
    assert drawn.count() == page.locator("svg.marks").count()
    told: list[str] = drawn.evaluate_all("charts => charts.map(chart => chart.ariaLabel)")
    return [f"chart: {words!r} is no sentence" for words in told if not words.endswith(".")]


def faint_letters(page: Page) -> list[str]:
    """A line for each text of a chart on the page's own ground below WCAG AA's contrast: axe leaves SVG out."""
    found: list[list[Any]] = page.evaluate(FAINT_LETTERS)
    return [f"chart: {text!r} has a contrast of {contrast:.1f}" for text, contrast in found]


FAINT_LETTERS = """() => {
    const channels = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = rgb => rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = channels(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
    const contrast = rgb => {
        const [low, high] = [light(rgb), light(ground)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    const mixed = (rgb, share) => rgb.map((c, at) => share * c + (1 - share) * ground[at]);
    const onCells = text => text.closest('.role-mark') && text.closest('svg').querySelector('.mark-rect.role-mark');
    const opacity = text => Number(text.getAttribute('opacity') ?? 1);  // 0: Vega found no room for it
    const shown = text => mixed(channels(getComputedStyle(text).fill), opacity(text));
    return [...document.querySelectorAll('svg.marks text')]
        .filter(text => text.textContent && opacity(text) && !onCells(text) && !text.closest('.st-key-slide'))
        .map(text => [text.textContent, contrast(shown(text))])
        .filter(([, found]) => found < 4.5);
}"""
"""For text and contrast; the text on colored cells is another test's (`ink_on`), a slide is white on any page."""


def change_the_theme(page: Page, *, dark: bool) -> None:
    """As a system does in the evening: the open page follows, the part that the server draws too."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.wait_for_function(
        """ink => [...document.querySelectorAll('[data-testid=stHtml] style')]
            .some(style => style.textContent.includes(ink))""",
        arg=color(INK, dark=dark),
    )
    still(page)


def serious(page: Page) -> list[str]:
    """A line for each serious or critical violation that is not exempt, and stays.

    While the script runs, Streamlit fades what it will draw again; on a busy machine that may begin late.
    """
    if not violations(page):
        return []
    page.wait_for_timeout(2000)
    still(page)
    return violations(page)


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]} ({[check['message'] for check in node['any'] + node['all']][:1]})"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
        if not node["html"].startswith(EXEMPT.get(violation["id"], ("\0",))[0])
    ]


def lab_and_other_pages(page: Page, server: Server) -> dict[str, str]:
    visit(page, server, "")
    links = page.locator("header a").evaluate_all("links => links.map(link => new URL(link.href).pathname)")
    pages = {path: path for path in links if path not in ("/", "/lab")}
    assert pages, "the navigation names the other pages"
    return {**STATES, **pages, **STUDY_SECTIONS}


@pytest.mark.parametrize("half", [0, 1])
def test_axe_finds_nothing_serious_on_any_page_or_panel(page: Page, server: Server, half: int) -> None:
    problems = {}
    for name, path in list(lab_and_other_pages(page, server).items())[half::2]:
        visit(page, server, path)
        if found := serious_in_both_themes(page):
            problems[name] = found
    assert not problems, "in both themes"


def test_the_open_popovers_and_the_tour_are_sound_too(page: Page, server: Server) -> None:
    visit(page, server, "")
    for name in ("Rewind", "Link"):
        page.get_by_role("button", name=name).click()
        still(page)
        assert not serious(page)
        page.keyboard.press("Escape")
        still(page)
    page.get_by_role("button", name="Tour").click()
    expect(page.get_by_text("1 of 5 · Look")).to_be_visible()
    still(page)
    assert not serious_in_both_themes(page)


def test_a_rewound_run_at_an_earlier_epoch_and_a_drawing_are_sound_too(page: Page, server: Server) -> None:
    visit(page, server, "")
    page.get_by_role("button", name="Rewind").click()
    page.get_by_role("combobox", name=re.compile("From BN to")).click()
    page.get_by_role("option", name="no norm", exact=True).click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Rewind", exact=True).click()
    expect(page.get_by_text("change from the pinned run (BN)")).to_be_visible()
    page.get_by_role("button", name="One epoch back").click()
    still(page)
    problems = serious_in_both_themes(page)
    page.get_by_role("link", name="Draw", exact=True).click()
    page.get_by_role("radio", name="3", exact=True).click()
    expect(page.get_by_alt_text("The drawing as this network sees it")).to_have_count(2)
    still(page)
    problems += serious_in_both_themes(page)
    assert not problems


FOCUSED = """() => document.activeElement.matches('button, [role=button], [role=radio], input, a')
    ? document.activeElement.innerText.split('\\n') : []"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if name in page.evaluate(FOCUSED):
            return
    raise AssertionError(f"Tab does not lead to {name}.")


def test_the_keyboard_changes_a_setting_and_the_panel(page: Page, server: Server) -> None:
    visit(page, server, "")
    tab_to(page, "None")  # the first of the norms
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator(TITLE)).to_contain_text("LN · dropout")
    still(page)
    page.go_back()
    expect(page.locator(TITLE)).to_have_text("BN · dropout 0.05 · digits · seed 0")
    still(page)
    tab_to(page, "Curves")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("panel=network"))
    tab_to(page, "Tour")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 5 · Look")).to_be_visible()
    tab_to(page, "Next step")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 5 · Change one thing")).to_be_visible()
    tab_to(page, "End tour")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 5 · Change one thing")).to_have_count(0)


def test_nothing_moves_for_whoever_asks_for_stillness(browser: Browser, server: Server) -> None:
    page = watched(browser.new_context(reduced_motion="reduce").new_page())
    visit(page, server, "")
    longest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll('*')].flatMap(element => {
            const style = getComputedStyle(element);
            return [...style.animationDuration.split(','), ...style.transitionDuration.split(',')].map(parseFloat);
        }))"""
    )
    page.context.close()
    assert longest <= 0.001


def test_a_chart_is_downloaded_as_a_png_of_a_slides_size(page: Page, server: Server) -> None:
    visit(page, server, "")
    chart = page.locator("[data-testid=stVegaLiteChart]").first
    chart.evaluate("chart => chart.scrollIntoView({ block: 'center' })")  # its tools are not below the page's head
    chart.hover()
    page.get_by_role("button", name="Fullscreen").first.press("Enter")
    page.wait_for_timeout(700)
    chart.hover()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as PNG").first.press("Enter")
    content = download.value.path().read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(content[16:20], "big") >= 1920, "pixels across"


def test_a_press_on_a_button_saves_its_file(page: Page, server: Server) -> None:
    visit(page, server, "?panel=take-away")
    saved = set()
    for label in ("Epochs", "Steps", "Layers", "Predictions", "Weights", "Script", "Notebook"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        assert re.match(r"normlab_[0-9a-f]{16}", download.value.suggested_filename), label
        content = download.value.path().read_bytes()
        assert len(content) > 500, label
        saved.add(content)
    assert len(saved) == 7, "each has its own"
