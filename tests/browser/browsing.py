"""What every test in Chromium does with a page: wait until the app has answered, and ask whether it met an error."""

from weakref import WeakKeyDictionary

from playwright.sync_api import Page, WebSocket, expect
from server import Server
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

MAIN = "[data-testid=stMain]"
TITLE = f"{MAIN} h1"
IN_TURN = "() => new Promise(done => setTimeout(() => setTimeout(done)))"
"""Behind what the page has put off: it sends what a click says a moment after it."""


class Talk:
    """What a page has asked its server for.

    The page itself says "not running" also in the moment between a click and the server's first answer to it, which
    is long on a busy machine: who waits for that word alone reads the state before the click.
    """

    def __init__(self, page: Page) -> None:
        self.answered = self._begun = False
        self.thrown: list[str] = []
        page.on("websocket", self._opened)
        page.on("pageerror", lambda error: self.thrown.append(str(error)))

    def _opened(self, socket: WebSocket) -> None:
        if "/_stcore/stream" in socket.url:
            socket.on("framesent", self._sent)
            socket.on("framereceived", self._received)

    def _sent(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            self.answered = self._begun = False

    def _received(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            message = ForwardMsg.FromString(frame)
            kind = message.WhichOneof("type")
            self._begun = self._begun or kind == "new_session"  # an end without a beginning is an earlier run's
            if kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self.answered = self._begun


_TALKS: WeakKeyDictionary[Page, Talk] = WeakKeyDictionary()


def watched(page: Page) -> Page:
    """The page, listened to from here on: `settled` knows only such pages."""
    _TALKS[page] = Talk(page)
    return page


def thrown(page: Page) -> list[str]:
    """What scripts of the page have thrown and nobody caught."""
    return _TALKS[page].thrown


def settled(page: Page, seconds: float = 60) -> None:
    """Until the run of the script that the page has asked for last has come to its end."""
    assert page in _TALKS, "open the page with `watched`"
    talk = _TALKS[page]
    page.evaluate(IN_TURN)
    for _ in range(round(seconds * 20)):
        if talk.answered:
            break
        page.wait_for_timeout(50)
    assert talk.answered, f"the app has not answered in {seconds:.0f} seconds"
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=1_000 * seconds
    )


def still(page: Page) -> None:
    """Until all of an answer is painted as it stays."""
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.locator("[data-testid=stHtml] style").first.wait_for(state="attached")  # it comes with a file of its own
    page.wait_for_timeout(400)
    page.wait_for_function(FADED)  # fading in changes colors


FADED = """() => document.getAnimations().every(
    ({ playState, effect }) => playState !== 'running' || effect.getComputedTiming().endTime === Infinity)"""


def watch_charts(page: Page) -> None:
    """From here on `undisturbed` can tell."""
    page.evaluate(_WATCH)


def undisturbed(page: Page, count: int | None = None) -> bool:
    """Whether the charts that were there, `count` of them, still are, and none was put up or taken down since."""
    there = page.evaluate("window.charts.length")
    assert there > 0
    assert count in (None, there)
    return bool(page.evaluate("window.charts.every(chart => chart.isConnected) && !window.rebuilt"))


_WATCH = """() => {
    window.charts = [...document.querySelectorAll('svg.marks')];
    window.rebuilt = 0;
    const isChart = node => node.querySelector && (node.matches('svg.marks') || node.querySelector('svg.marks'));
    window.watching?.disconnect();
    window.watching = new MutationObserver(changes => changes.forEach(change => {
        window.rebuilt += [...change.removedNodes, ...change.addedNodes].filter(isChart).length;
    }));
    window.watching.observe(document.body, {childList: true, subtree: true});
}"""


def sound(page: Page, server: Server) -> None:
    """Neither the page nor the server has met an error."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert not thrown(page)
    assert "Traceback" not in server.log.read_text()
