"""A page whose front end dies is loaded again, once; one that is being left takes no clicks."""

import re
from collections.abc import Iterator

import pytest
from browsing import MAIN, TITLE, settled, sound, thrown, watched
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect
from server import Server
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Frame = str | bytes


class Line:
    """Between a page and its server: holds answers back, and adds some of its own."""

    def __init__(self, page: Page) -> None:
        self.socket: WebSocketRoute | None = None
        self.held: list[Frame] | None = None
        page.route_web_socket(re.compile("_stcore/stream"), self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(self._answer)

    def _answer(self, frame: Frame) -> None:
        if self.held is not None:
            self.held.append(frame)
        elif self.socket:
            self.socket.send(frame)

    def hold(self) -> None:
        self.held = []

    def release(self) -> None:
        held, self.held = self.held or [], None
        for frame in held:
            self._answer(frame)

    def kill(self) -> None:
        """An element for a place that is not there ends Streamlit's front end."""
        message = ForwardMsg()
        message.metadata.delta_path.extend([0, 99])
        message.delta.new_element.text.body = "nowhere"
        self._answer(message.SerializeToString())

    def cut_off(self) -> None:
        """At an answer that refers to what the browser does not have Streamlit's front end hangs up for good."""
        self._answer(ForwardMsg(ref_hash="nowhere").SerializeToString())


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that may throw."""
    page = watched(context.new_page())
    page.set_default_timeout(60_000)
    yield page
    page.close()


def visit(page: Page, server: Server, query: str = "") -> Line:
    line = Line(page)
    page.goto(f"{server.url}/{query}")
    expect(page.locator(TITLE)).to_be_visible()
    settled(page)
    page.wait_for_function("window.normlabWatch")  # nobody looks after the page before that
    page.evaluate("window.isTheFirst = true")
    return line


def expect_another(page: Page) -> None:
    """The page has been loaded again, and is whole."""
    page.wait_for_function("!window.isTheFirst")
    expect(page.locator(TITLE)).to_be_visible()
    settled(page)
    page.wait_for_function("window.normlabWatch")


def test_a_dead_page_comes_back_once_and_then_shows_a_way_back(page: Page, server: Server) -> None:
    line = visit(page, server, "?norms=none&panel=weights")
    address = page.url
    line.kill()
    expect_another(page)
    assert any("Bad delta path" in error for error in thrown(page)), "it was the front end that died"
    assert page.url == address
    expect(page.locator(TITLE)).to_contain_text("no norm")
    expect(page.get_by_role("radio", name="Weights", exact=True)).to_be_checked()
    page.evaluate("window.isTheSecond = true")
    line.kill()
    expect(page.get_by_role("alert")).to_contain_text("has stopped twice")
    expect(page.get_by_test_id("stApp")).to_have_count(0)
    assert page.evaluate("window.isTheSecond"), "it is not loaded in a loop"
    page.get_by_role("link", name="Load this page again").click()
    page.wait_for_function("!window.isTheSecond")
    expect(page.locator(TITLE)).to_contain_text("no norm")
    assert page.url == address


def test_a_page_that_is_cut_off_is_loaded_again(page: Page, server: Server) -> None:
    visit(page, server).cut_off()
    expect_another(page)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")


def test_a_page_without_its_content_is_loaded_again(page: Page, server: Server) -> None:
    visit(page, server)
    page.locator(TITLE).evaluate("title => title.remove()")
    expect_another(page)
    sound(page, server)


def test_a_page_that_is_whole_is_left_alone(page: Page, server: Server) -> None:
    for path in ("", "compare", "study", "worksheet", "draw", "data"):
        page.goto(f"{server.url}/{path}")
        expect(page.locator(f"{MAIN} h1")).to_be_visible()
        page.wait_for_function("window.normlabWatch")
        settled(page)


def test_a_click_on_the_page_that_is_left_does_not_empty_the_next_one(page: Page, server: Server) -> None:
    line = visit(page, server)
    line.hold()
    page.get_by_role("link", name="Worksheet").click()
    for panel in ("Layers", "Model"):
        page.locator(MAIN).get_by_role("radio", name=panel, exact=True).dispatch_event("click")  # at once
    line.release()
    expect(page.locator(TITLE)).to_have_text("Worksheet")
    settled(page)
    expect(page.locator(TITLE)).to_have_text("Worksheet")
    assert page.evaluate("window.isTheFirst")
    page.get_by_role("link", name="Lab", exact=True).click()
    expect(page.locator(TITLE)).to_have_text("BN · dropout 0.05 · digits · seed 0")
    settled(page)
    page.locator(MAIN).get_by_role("radio", name="Layers", exact=True).click()
    settled(page)
    expect(page).to_have_url(re.compile("panel=layers"))
    sound(page, server)
