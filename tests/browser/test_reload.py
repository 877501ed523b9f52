"""What a reader made is there again: after a reload, in a lost tab of a phone, when the server forgot or restarted."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from browsing import TITLE, settled, sound, thrown, watched
from playwright.sync_api import Browser, BrowserContext, Locator, Page, TimeoutError, WebSocketRoute, expect
from server import Server, serve

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
INK = """canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].join()"""


@pytest.fixture(params=["desk", "phone"])
def tab(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A tab of a browser of its own, which keeps nothing yet."""
    context = browser.new_context(**(PHONE if request.param == "phone" else {}))
    yield from tabs(context)


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    yield from tabs(browser.new_context())


def tabs(context: BrowserContext) -> Iterator[Page]:
    page = opened(context)
    yield page
    unheard = [error for one in context.pages for error in thrown(one)]
    context.close()
    assert not unheard


def opened(context: BrowserContext) -> Page:
    page = watched(context.new_page())
    page.set_default_timeout(60_000)
    return page


def sheet(page: Page, url: str) -> None:
    page.goto(f"{url}/worksheet?norm=ln")
    expect(page.locator(".sheet td.chosen")).to_be_visible()
    settled(page)


def value(page: Page, *place: int) -> Locator:
    return page.locator(f'.sheet td[data-place="{",".join(map(str, place))}"]')


def retype(page: Page, text: str, *place: int) -> None:
    """Change a value of the sheet, and wait until the tab keeps it."""
    value(page, *place).dblclick()
    page.locator(".sheet input").fill(text)
    page.keyboard.press("Enter")
    settled(page)
    page.wait_for_function("text => (sessionStorage.getItem('normlab.1.sheets') ?? '').includes(text)", arg=text)


def paste_own(page: Page) -> None:
    value(page, 0, 0, 0, 0).evaluate(
        """cell => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "11\\t12\\n13\\t14\\n");
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator(".sheet td[data-place]")).to_have_count(4)
    expect(page).to_have_url(re.compile("sheet=own"))
    settled(page)


def test_a_sheet_of_ones_own_survives_a_reload(tab: Page, server: Server) -> None:
    sheet(tab, server.url)
    retype(tab, "7.5", 1, 0, 0, 0)
    paste_own(tab)
    retype(tab, "8.25", 0, 0, 0, 1)
    tab.reload()
    expect(value(tab, 0, 0, 1, 1)).to_have_text("14")
    expect(value(tab, 0, 0, 0, 1)).to_have_text("8.25")
    expect(tab.locator(".sheet td[data-place]")).to_have_count(4)
    settled(tab)
    tab.get_by_role("radio", name="Study, layer n", exact=True).click()
    expect(value(tab, 1, 0, 0, 0)).to_have_text("7.5")
    sound(tab, server)


def drawn(page: Page, url: str) -> str:
    """Draw a line, wait until the tab keeps it, and tell what is on the canvas."""
    page.goto(f"{url}/draw?norms=none&pins=norms:bn")
    pad = page.get_by_role("img", name="Drawing pad")
    expect(page.get_by_text("your first stroke clears the example")).to_be_visible()
    settled(page)
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=9)
    page.mouse.up()
    expect(page.get_by_text("your first stroke clears the example")).to_have_count(0)
    settled(page)
    page.wait_for_function("sessionStorage.getItem('normlab.1.drawing')")
    settled(page)
    return str(pad.evaluate(INK))


def test_a_drawing_survives_a_reload_and_is_answered(tab: Page, server: Server) -> None:
    ink = drawn(tab, server.url)
    tab.reload()
    pad = tab.get_by_role("img", name="Drawing pad")
    expect(tab.get_by_role("list", name="Probabilities of")).to_have_count(2)
    settled(tab)
    assert pad.evaluate(INK) == ink
    expect(tab.get_by_text("your first stroke clears the example")).to_have_count(0)
    sound(tab, server)


def test_settings_and_pins_survive_a_reload_of_another_page(desk: Page, server: Server) -> None:
    desk.goto(f"{server.url}/?norms=none&pins=norms:bn")
    expect(desk.get_by_text("Pinned:")).to_be_visible()
    settled(desk)
    desk.get_by_role("link", name="Worksheet").click()
    expect(desk.locator(".sheet td.chosen")).to_be_visible()
    settled(desk)
    desk.reload()
    expect(desk.locator(".sheet td.chosen")).to_be_visible()
    settled(desk)
    desk.get_by_role("link", name="Lab", exact=True).click()
    expect(desk.locator(TITLE)).to_contain_text("no norm")
    expect(desk.get_by_text("Pinned:")).to_be_visible()
    expect(desk).to_have_url(re.compile(r"/\?norms=none&pins=norms%3Abn$"))
    sound(desk, server)


def test_a_link_wins_over_what_the_tab_keeps(desk: Page, server: Server) -> None:
    desk.goto(f"{server.url}/?norms=none")
    expect(desk.locator(TITLE)).to_contain_text("no norm")
    settled(desk)
    for query, name in (("?seed=1", "seed 1"), ("", "seed 0")):
        desk.goto(f"{server.url}/{query}")
        expect(desk.locator(TITLE)).to_contain_text(name)
        settled(desk)
        desk.get_by_role("link", name="Draw").click()
        expect(desk.get_by_role("heading", name=f"BN · dropout 0.05 · digits · {name}")).to_be_visible()
        settled(desk)
    sound(desk, server)


def test_two_tabs_keep_what_was_made_in_each(desk: Page, server: Server) -> None:
    other = opened(desk.context)
    for page, text in ((desk, "7.5"), (other, "8.5")):
        sheet(page, server.url)
        retype(page, text, 1, 0, 0, 0)
    for page, text in ((desk, "7.5"), (other, "8.5")):
        page.reload()
        expect(value(page, 1, 0, 0, 0)).to_have_text(text)
        settled(page)
    third = opened(desk.context)
    sheet(third, server.url)
    expect(value(third, 1, 0, 0, 0)).to_have_text("0")
    sound(third, server)


@pytest.mark.parametrize(
    "junk", ["", "{", "[" * 5_000, '"' + "x" * 200_000 + '"', '{"sheets": {"layer_n": [[[["a"]]]]}}']
)
def test_damaged_content_is_ignored_and_the_page_works(desk: Page, server: Server, junk: str) -> None:
    sheet(desk, server.url)
    retype(desk, "7.5", 1, 0, 0, 0)
    desk.evaluate(
        """junk => {
            for (const name of ['sheets', 'drawing', 'pages']) sessionStorage.setItem(`normlab.1.${name}`, junk)
            sessionStorage.setItem('normlab.2.sheets', 'of a later version')
        }""",
        junk,
    )
    desk.reload()
    expect(value(desk, 1, 0, 0, 0)).to_have_text("0")
    settled(desk)
    retype(desk, "9.5", 1, 0, 0, 0)
    desk.reload()
    expect(value(desk, 1, 0, 0, 0)).to_have_text("9.5")
    assert desk.evaluate("sessionStorage.getItem('normlab.2.sheets')") == "of a later version"
    sound(desk, server)


def test_without_cookies_what_was_made_comes_a_moment_later(desk: Page, server: Server) -> None:
    sheet(desk, server.url)
    retype(desk, "7.5", 1, 0, 0, 0)
    desk.context.clear_cookies()
    desk.reload()
    expect(value(desk, 1, 0, 0, 0)).to_have_text("7.5")
    sound(desk, server)


@pytest.fixture
def forgetful(shipped_runs: Path, tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Starts the app, in place of the one before; it forgets a session whose browser goes at once."""
    servers: list[Server] = []

    def restart() -> Server:
        port = int(servers[-1].url.rsplit(":", 1)[1]) if servers else 0
        for server in servers[-1:]:
            server.end()
        settings = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "0"}
        servers.append(serve(tmp_path, shipped_runs, 0, port=port, **settings))
        return servers[-1]

    yield restart
    servers[-1].end()


def test_work_survives_a_restarted_server(desk: Page, forgetful: Callable[[], Server]) -> None:
    server = forgetful()
    sheet(desk, server.url)
    retype(desk, "7.5", 1, 0, 0, 0)
    expect(desk).to_have_url(re.compile("image=2"))
    with desk.expect_event("websocket"):
        server = forgetful()
    expect(desk.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")
    drawn_anew = "() => !location.search.includes('image=2')"
    for seconds in (5, 10, 20, 40, 80, 160):  # the browser tells a new session nothing until a click reaches it,
        value(desk, 0, 0, 0, 0).click()  # and one that comes while the page is drawn begins that anew
        with suppress(TimeoutError):
            desk.wait_for_function(drawn_anew, timeout=1000 * seconds)
            break
    assert desk.evaluate(drawn_anew), "the open page was not drawn by the new server"
    expect(value(desk, 1, 0, 0, 0)).to_have_text("7.5")
    settled(desk)
    retype(desk, "8.5", 1, 0, 0, 1)  # the tab was not reloaded: it has connected again by itself
    desk.reload()
    expect(value(desk, 1, 0, 0, 0)).to_have_text("7.5")
    expect(value(desk, 1, 0, 0, 1)).to_have_text("8.5")
    sound(desk, server)


def test_work_survives_a_session_that_the_server_forgot(desk: Page, forgetful: Callable[[], Server]) -> None:
    server = forgetful()
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    desk.route_web_socket(re.compile("/_stcore/stream"), through)
    sheet_of = drawn_forgotten(desk, server, sockets)
    assert desk.get_by_role("img", name="Drawing pad").evaluate(INK) == sheet_of
    expect(desk.get_by_role("list", name="Probabilities of")).to_have_count(2)
    expect(desk.get_by_text("your first stroke clears the example")).to_have_count(0)
    sound(desk, server)


def drawn_forgotten(page: Page, server: Server, sockets: list[WebSocketRoute]) -> str:
    """Draw, lose the connection, and wait until the page has a new session."""
    ink = drawn(page, server.url)
    pad = page.get_by_role("img", name="Drawing pad").element_handle()
    assert pad
    sockets[-1].close()
    page.wait_for_function("pad => !pad.isConnected", arg=pad)
    expect(page.get_by_role("img", name="Drawing pad")).to_be_visible()
    expect(page.get_by_role("list", name="Probabilities of")).to_have_count(2)
    return ink
