"""Lessons in a real Chromium: each kind of question by mouse, by touch, and by the keyboard alone."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import lesson_kit
import pytest
from browsing import settled, sound, still, watched
from playwright.sync_api import Browser, Locator, Page, TimeoutError, ViewportSize, WebSocket, expect
from server import Server, serve
from test_access import serious_in_both_themes

from normlab import lessons
from normlab.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

REVEALED = (b"92.2", b"92.1", b"67.7", b"It looks", b"It climbs in another way", b"You know why", b"arxiv.org")
"""What the made-up runs measure, and what the files say of it."""

Answer = Callable[[Page, Locator, str], None]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app with a lesson of each kind, and their runs."""
    files, shelf = tmp_path_factory.mktemp("lessons"), tmp_path_factory.mktemp("shelf")
    lesson_kit.write(files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(lessons.VARIABLE, str(files))
        for one in lessons.own().found.values():
            lesson_kit.keep(Store(shelf), one)
    server = serve(tmp_path_factory.mktemp("app"), shelf, 0, NORMLAB_LESSONS=str(files))
    yield server
    server.end()


def by_mouse(page: Page, asked: Locator, kind: str) -> None:
    plot = asked.locator(".plot")
    if kind == "choice":
        asked.get_by_text("Less").click()
    elif kind == "number":
        box = placed(plot)
        plot.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    else:
        box = placed(plot)
        page.mouse.move(box["x"] + 62, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 100, steps=12)
        page.mouse.up()
    asked.get_by_role("button", name="Commit my prediction").click()


def by_touch(page: Page, asked: Locator, kind: str) -> None:
    plot = asked.locator(".plot")
    plot.scroll_into_view_if_needed()
    if kind == "choice":
        tap(asked.get_by_text("Less"), asked.locator("input:checked"))
    elif kind == "number":
        box = placed(plot)
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    else:
        box = placed(plot)
        finger = page.context.new_cdp_session(page)
        for step in range(14):
            x, y = box["x"] + 50 + step * (box["width"] - 60) / 13, box["y"] + 180 - 6 * step
            kind_of = "touchStart" if step == 0 else "touchMove"
            finger.send("Input.dispatchTouchEvent", {"type": kind_of, "touchPoints": [{"x": x, "y": y}]})
            if step == 7:
                expect(asked.locator(".hint")).to_have_text("Draw on to the right edge.")
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(asked.locator(".hint")).to_have_text("Draw your curve in the chart, from left to right.")
    tap(asked.get_by_role("button", name="Commit my prediction"), page.locator(".question.pictured.answered"))


def tap(target: Locator, done: Locator) -> None:
    """The tap that follows a drag within a moment only ends its fling: then once more."""
    for _ in range(5):
        target.tap()
        try:
            return done.wait_for(timeout=3_000)
        except TimeoutError:
            continue
    raise AssertionError("a tap does nothing")


def by_keyboard(page: Page, asked: Locator, kind: str) -> None:
    first = {"choice": "input[type=radio]", "number": ".slider", "sketch": "summary"}[kind]
    tab_to(page, asked.locator(first).first)
    if kind == "choice":
        page.keyboard.press("ArrowDown")
    elif kind == "number":
        page.keyboard.press("End")
    else:
        page.keyboard.press("Enter")
        for key in ("ArrowUp", "End", "Home"):
            page.keyboard.press("Tab")
            page.keyboard.press(key)
    tab_to(page, asked.get_by_role("button", name="Commit my prediction"))
    page.keyboard.press("Enter")


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(40):
        if target.evaluate("node => node.getRootNode().activeElement === node"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get there")


def placed(plot: Locator) -> dict[str, float]:
    box = plot.bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


@pytest.mark.parametrize("answer", [by_mouse, by_touch, by_keyboard])
def test_each_kind_of_question_is_answered_and_revealed(browser: Browser, taught: Server, answer: Answer) -> None:
    is_phone = answer is by_touch
    size: ViewportSize = {"width": 390, "height": 844} if is_phone else {"width": 1280, "height": 900}
    with browser.new_context(viewport=size, has_touch=is_phone, is_mobile=is_phone) as context:
        page = watched(context.new_page())
        frames: list[bytes] = []
        page.on("websocket", lambda socket: listen(socket, frames))
        for kind in lesson_kit.KINDS:
            frames.clear()
            page.goto(f"{taught.url}/lessons?lesson={kind}")
            asked = page.locator(".question.pictured.ready")
            expect(asked).to_be_visible()
            settled(page)
            commit = asked.get_by_role("button", name="Commit my prediction")
            expect(commit).to_be_disabled()
            seen = b"".join(frames)
            assert b"What happens to" in seen
            assert not [text for text in REVEALED if text in seen], "told before the answer"
            for button in asked.locator("button:visible, .option, summary").all():
                assert placed(button)["height"] >= 43.9, "pixels, for a thumb"
            if answer is by_keyboard:
                hear_the_question(page, asked, kind)
            answer(page, asked, kind)
            expect(page.locator(".question.pictured.answered.news")).to_be_visible()
            expect(asked.locator(".outcome[role=status]")).to_contain_text("A surprise")
            expect(asked.locator(".key")).to_contain_text("Your prediction")
            expect(asked.locator(".key")).to_contain_text("Measured")
            expect(asked.locator(".guess > *").first).to_be_attached()
            lines, dots = (asked.locator(f".series .{name}") for name in ("line", "dot"))
            expect(lines if kind == "sketch" else dots).to_have_count(10)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            if answer is by_keyboard:
                assert page.evaluate(FOCUSED) == "Why?", "the focus is not lost"
                hear_the_reveal(page, asked)
            if answer is by_mouse:
                still(page)
                assert not serious_in_both_themes(page)
        page.reload()
        expect(page.locator(".question.pictured.answered")).to_be_visible()
        kept = json.loads(page.evaluate("localStorage.getItem('normlab.1.lessons')"))
        assert sorted(kept) == [f"{kind}.1.question" for kind in sorted(lesson_kit.KINDS)]
        if answer is by_keyboard:
            present(page, taught)
        page.goto(f"{taught.url}/lessons")
        expect(page.locator(".covers .state")).to_have_count(3)
        page.get_by_role("button", name="Delete my answers").click()
        page.get_by_role("button", name="Delete all").click()
        expect(page.locator(".covers .state")).to_have_count(0)
        page.wait_for_function("localStorage.getItem('normlab.1.lessons') === null")
        page.locator(".covers a", has_text="About choice").click()
        expect(page.locator(".question.pictured:not(.answered)")).to_be_visible()
        assert page.url.endswith("lessons?lesson=choice")
        sound(page, taught)


def hear_the_question(page: Page, asked: Locator, kind: str) -> None:
    """As a screen reader has it: the question is a heading and names what answers it; nothing is set yet."""
    assert in_order(page)
    name = f"What happens to {kind}?"
    heard = asked.aria_snapshot()
    assert f'heading "{name}" [level=2]' in heard
    assert 'img "An empty chart."' in heard
    expect(asked.get_by_role("status")).to_be_empty()
    if kind == "choice":
        expect(asked.get_by_role("group", name=name).get_by_role("radio")).to_have_count(2)
        return
    if kind == "sketch":
        asked.get_by_text("Use sliders instead").click()
    names = [f"Training accuracy, Epoch {at}" for at in (1, 2, 3)] if kind == "sketch" else [name]
    expect(asked.get_by_role("slider")).to_have_count(len(names))
    for one in names:
        expect(asked.get_by_role("slider", name=one)).to_have_attribute("aria-valuetext", "not set yet")
    if kind == "sketch":
        asked.get_by_text("Use sliders instead").click()


def hear_the_reveal(page: Page, asked: Locator) -> None:
    """The place that is read out when it changes says it all, in the order of its weight; the picture says its own."""
    status = asked.get_by_role("status")
    expect(status).to_have_text(re.compile(r"A surprise.*5 seeds each\..*interval.*Our prediction, written before"))
    assert 'img "Measured. Training accuracy.' in asked.aria_snapshot()
    expect(page.get_by_role("heading", name="And the other way round?", level=4)).to_be_visible()
    assert in_order(page)


def in_order(page: Page) -> bool:
    """Whether no heading skips a level below the one before it."""
    headings = re.findall(r"heading \".*\" \[level=(\d)\]", page.locator("[data-testid=stMain]").aria_snapshot())
    levels = [0, *map(int, headings)]
    return len(levels) > 1 and all(after <= before + 1 for before, after in pairwise(levels))


def present(page: Page, taught: Server) -> None:
    """A presenter's keys lead from part to part."""
    page.goto(f"{taught.url}/lessons?lesson=sketch&projector=true")
    plot = page.locator(".question.pictured.answered .plot")
    expect(plot).to_be_visible()
    still(page)
    page.keyboard.press("PageDown")
    page.wait_for_timeout(1_000)  # the page scrolls smoothly
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="Why")).to_be_in_viewport()
    expect(plot).not_to_be_in_viewport(ratio=0.2)
    page.wait_for_timeout(1_000)
    page.keyboard.press("PageUp")
    expect(plot).to_be_in_viewport(ratio=0.9)


FOCUSED = """() => {
    let node = document.activeElement
    while (node.shadowRoot) node = node.shadowRoot.activeElement
    return node.textContent
}"""


def listen(socket: WebSocket, frames: list[bytes]) -> None:
    socket.on("framereceived", lambda frame: frames.append(frame if isinstance(frame, bytes) else frame.encode()))
