"""One teacher, one wall and two phones through a whole lesson: a reload, a second vote, and a page that is killed."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import settled, watched
from classroom_kit import CHOICE, EXPERIMENT, SKETCH
from playwright.sync_api import Browser, BrowserContext, Page, expect
from server import Server, free_port, serve

from normlab.classroom import Classes, NotYours

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WALL = {"viewport": {"width": 1920, "height": 1080}}


ENDS = {"GroupNorm": 98, "LayerNorm": 98, "BatchNorm": 98, "RMSNorm": 97, "no norm": 96}
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
PICTURED = replace(
    CHOICE,
    public={
        **CHOICE.public,
        "picture": {
            "x": {**SKETCH.public["x"], "ticks": [{"at": 0.1, "text": "0.1"}, {"at": 1, "text": "1"}]},
            "y": SKETCH.public["y"],
            "at": 0.1,
            "alt": "Digits in the fog",
            "scene": [{"name": "", "image": PIXEL}],
        },
    },
    reveal={
        **CHOICE.reveal,
        "measured": {
            "lines": [
                {"name": name, "color": ["#0072b2", "#4c8df6"], "points": [[0.1, 20], [1, end]]}
                for name, end in ENDS.items()
            ]
        },
    },
)
"""Its lines end close together, at the top."""


class Room:
    """A page with a class, and everybody's browsers."""

    def __init__(self, browser: Browser, folder: Path, shipped: Path, workers: int = 0) -> None:
        self.browser, self.folder, self.shipped, self.port = browser, folder, shipped, free_port()
        self.workers = workers
        self.servers: list[Server] = []
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        (folder / "store").mkdir()
        self.start()
        self.classes = Classes(folder / "store")
        self.mine = self.classes.open([PICTURED, SKETCH])
        self.url, self.code = self.servers[0].url, self.mine.code

    def start(self) -> None:
        self.servers.append(serve(self.folder, self.shipped, self.workers, port=self.port))

    def kill(self) -> None:
        self.servers[-1].process.kill()
        self.servers[-1].process.wait()

    def open(self, path: str, **settings: object) -> Page:
        """In a browser of its own."""
        self.contexts.append(self.browser.new_context(**settings))  # type: ignore[arg-type]
        page = self.contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        watched(page).goto(self.url + path)
        return page

    def end(self) -> None:
        self.classes.close()
        for context in self.contexts:
            context.close()
        for server in self.servers:
            if server.process.poll() is None:
                server.end()


@pytest.fixture
def room(browser: Browser, tmp_path: Path, shipped_runs: Path) -> Iterator[Room]:
    made = Room(browser, tmp_path, shipped_runs)
    yield made
    made.end()


def press(teacher: Page, key: str) -> None:
    button = teacher.locator(f".st-key-console-{key} button")
    expect(button).to_be_enabled()
    button.click()
    settled(teacher)


def accessible(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert not found.response["violations"], found.generate_report()


def test_a_whole_lesson(room: Room) -> None:
    teacher = room.open(f"/class#console={room.code}.{room.mine.secret}", viewport={"width": 1440, "height": 900})
    expect(teacher.get_by_text(room.code, exact=True)).to_be_visible()
    assert "#" not in teacher.url  # the secret is in no address any more, and another one by now
    with pytest.raises(NotYours):
        room.classes.console(room.code, room.mine.secret)

    wall = room.open(f"/c/{room.code}/projector?at=http://192.0.2.7:8501", **WALL)
    expect(wall.locator(".code").first).to_have_text(room.code)
    one, other = room.open(f"/c/{room.code.lower()}", **PHONE), room.open("/c", **PHONE, color_scheme="dark")
    other.get_by_label("The code on the wall").fill(f" {room.code[:3]}-{room.code[3:].lower()}")
    other.get_by_role("button", name="Join").click()
    for phone in (one, other):
        expect(phone.get_by_text("You are in. Look at the wall.")).to_be_visible()
    expect(wall.locator("#here")).to_have_text("2")

    press(teacher, "open")
    one.get_by_label("No norm").tap()
    other.get_by_label("BatchNorm").tap()
    for phone in (one, other):
        expect(phone.locator("#said")).to_contain_text("Sent.")
        accessible(phone)
    expect(wall.locator("#answered")).to_have_text("2")
    expect(wall.locator(".options em").first).to_have_text("")
    for page in (wall, one, other):
        expect(page.get_by_role("img", name="Digits in the fog")).not_to_have_count(0)
        expect(page.locator(".scene img")).to_have_js_property("naturalWidth", 1)
    expect(wall.locator("svg .decided")).to_have_text("0.1")
    accessible(wall)
    one.reload()
    expect(one.get_by_label("No norm")).to_be_checked()

    press(teacher, "close")
    expect(one.get_by_text("Closed.", exact=True)).to_be_visible()
    press(teacher, "again")
    expect(one.get_by_text("Second vote")).to_be_visible()
    one.get_by_label("BatchNorm").tap()
    expect(one.locator("#said")).to_contain_text("Sent.")

    room.kill()
    other.get_by_label("BatchNorm").tap()
    expect(other.locator("#said")).to_contain_text("Kept on this phone")
    expect(other.locator("#wire")).to_have_text("no connection")
    room.start()
    for phone in (one, other):
        expect(phone.locator("#wire")).to_have_text("connected")
    expect(other.locator("#said")).to_contain_text("Sent.")
    assert room.classes.projector(room.code)["answered"] == 2

    teacher.reload()
    press(teacher, "close")
    press(teacher, "reveal")
    expect(wall.locator(".options .right")).to_contain_text("✓ measured")
    expect(wall.locator(".options em").last).to_have_text("50 → 100 %")
    names_are_apart(wall)
    expect(wall.locator(".legend")).to_contain_text("1 changed their mind, 1 of them to the measured answer")
    for phone in (one, other):
        expect(phone.locator(".right")).to_contain_text("✓ Measured · Your prediction")
        expect(phone.locator(".reply")).to_contain_text("It secretly measures fog")
        accessible(phone)
    accessible(wall)

    press(teacher, "next")
    press(teacher, "open")
    draws(one)
    by_keyboard(other)
    assert room.classes.projector(room.code)["answered"] == 2
    press(teacher, "close")
    press(teacher, "reveal")
    expect(other.locator(".reply")).to_have_text("Fog secretly hurts early.")
    teacher.get_by_role("button", name="End or delete").click()
    press(teacher, "end")
    for page in (one, other, wall):
        expect(page.get_by_text("This class is over.")).to_be_visible()
    assert not room.errors
    assert all("Traceback" not in server.log.read_text() for server in room.servers)


def test_tabs_of_a_browser_take_nothing_from_each_other(room: Room) -> None:
    """All tabs of a browser share what it keeps; a class whose secret is lost can be led by nobody."""
    kept = "() => localStorage.getItem('normlab.class.console')"
    older = room.open("/class")
    expect(older.get_by_text("Questions, in the order you ask them")).to_be_visible()
    newer = older.context.new_page()
    watched(newer).goto(f"{room.url}/class#console={room.code}.{room.mine.secret}")
    expect(newer.get_by_text(room.code, exact=True)).to_be_visible()
    settled(newer)
    first = newer.evaluate(kept)
    assert room.code in first
    for name in ("Compare", "Class"):  # the older one knows of no class
        older.get_by_test_id("stSidebarNav").or_(older.get_by_test_id("stToolbar")).get_by_role(
            "link", name=name, exact=True
        ).click()
        settled(older)
    older.wait_for_timeout(1_000)
    assert older.evaluate(kept) == first

    watched(older).goto(f"{room.url}/class")
    older.reload()
    expect(older.get_by_text(room.code, exact=True)).to_be_visible()
    held = json.loads(first)
    fresh = room.classes.renew(held["code"], held["secret"])
    watched(newer).goto(f"{room.url}/about:blank")
    watched(newer).goto(f"{room.url}/class#console={room.code}.{fresh}")
    expect(newer.get_by_text(room.code, exact=True)).to_be_visible()
    settled(newer)
    second = newer.evaluate(kept)
    assert second != first
    older.get_by_role("button", name="Open another class").click()
    expect(older.get_by_text("Questions, in the order you ask them")).to_be_visible()
    settled(older)
    older.wait_for_timeout(1_000)
    assert older.evaluate(kept) == second

    phone = room.open(f"/c/{room.code}", **PHONE)
    other = phone.context.new_page()
    other.goto(f"{room.url}/c/{room.code}")
    press(newer, "open")
    for choice in ("No norm", "BatchNorm", "No norm"):
        phone.get_by_label(choice).tap()
        expect(phone.locator("#said")).to_contain_text("Sent.")
    other.get_by_label("BatchNorm").tap()
    expect(other.locator("#said")).to_contain_text("Sent.")
    assert room.classes.console(room.code, json.loads(second)["secret"])["tally"]["counts"]["1"] == {"b": 1}

    with room.classes._database.change() as db:  # its place in a full class went to another
        db.execute("DELETE FROM students")
    other.get_by_label("No norm").tap()
    expect(other.locator("#said")).to_contain_text("Sent.")
    assert room.classes.console(room.code, json.loads(second)["secret"])["tally"]["counts"]["1"] == {"a": 1}


def test_a_class_trains_its_own_runs(browser: Browser, tmp_path: Path, shipped_runs: Path) -> None:
    """Two phones and a wall through an experiment; the page is killed while it trains."""
    room = Room(browser, tmp_path, shipped_runs, workers=1)
    try:
        experiment(room)
    finally:
        room.end()


def experiment(room: Room) -> None:
    mine = room.classes.open([EXPERIMENT])
    teacher = room.open(f"/class#console={mine.code}.{mine.secret}", viewport={"width": 1440, "height": 900})
    wall = room.open(f"/c/{mine.code}/projector", **WALL)
    one, other = room.open(f"/c/{mine.code}", **PHONE), room.open(f"/c/{mine.code}", **PHONE, color_scheme="dark")
    expect(wall.locator("#here")).to_have_text("2")
    press(teacher, "open")
    for phone, bet in ((one, "85"), (other, "20")):
        expect(phone.locator("#run")).to_contain_text(re.compile(r"Run \d+: (no norm|BatchNorm)"))
        phone.get_by_label("Your prediction as a number").fill(bet)
        phone.get_by_role("button", name="Send my prediction").tap()
        expect(phone.locator("#said")).to_contain_text("Sent.")
        accessible(phone)
    expect(wall.locator("svg text.arm").first).to_have_text("no norm: none is in yet")
    assert one.locator("#run .big").inner_text() != other.locator("#run .big").inner_text()
    accessible(wall)

    press(teacher, "start")
    one.get_by_role("button", name="Train").tap()
    expect(one.get_by_role("button", name="Train")).to_be_hidden()
    room.kill()
    expect(one.locator("#wire")).to_have_text("no connection")
    room.start()
    expect(one.locator("#wire")).to_have_text("connected")
    expect(one.locator("#run")).to_contain_text(re.compile(r"It (learned|did not learn)\."))
    expect(one.get_by_text("Your prediction: 85 %")).to_be_visible()
    expect(wall.locator(".verdict")).to_contain_text("Learned: no norm")
    expect(wall.locator("circle.dot")).to_have_count(8)
    expect(wall.locator("circle.stored")).to_have_count(6)
    expect(wall.locator("line.bet")).to_have_count(2)
    for phone in (one, other):
        expect(phone.locator("circle.own")).to_have_count(1)
        expect(phone.get_by_text("Learned: no norm")).to_be_visible()
        accessible(phone)
    accessible(wall)
    assert not room.errors
    assert all("Traceback" not in server.log.read_text() for server in room.servers)


def names_are_apart(wall: Page) -> None:
    """Those of the lines: whole, and none on another."""
    whole = wall.locator(".chart svg").bounding_box()
    boxes = [name.bounding_box() for name in wall.locator("svg text.arm").all()]
    assert whole is not None
    assert len(boxes) == len(ENDS)
    last = whole["y"]
    for box in sorted(filter(None, boxes), key=lambda one: one["y"]):
        middle = box["y"] + box["height"] / 2
        assert middle - last >= 0.4 * box["height"]
        last = middle
    assert last < whole["y"] + whole["height"]


def draws(phone: Page) -> None:
    """With the finger, from left to right."""
    pad = phone.locator(".pad")
    expect(pad).to_be_visible()
    box = pad.bounding_box()
    assert box is not None
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]
    phone.mouse.move(left + 0.2 * width, top + 0.7 * height)
    phone.mouse.down()
    phone.mouse.move(left + 0.95 * width, top + 0.2 * height, steps=8)
    phone.mouse.up()
    phone.get_by_role("button", name="Send my prediction").tap()
    expect(phone.locator("#said")).to_contain_text("Sent.")


def by_keyboard(phone: Page) -> None:
    """A point after the other; those that were not set take their neighbor's height."""
    point = phone.get_by_role("slider").first
    point.focus()
    for _ in range(5):
        phone.keyboard.press("ArrowUp")
    expect(point).to_have_attribute("aria-valuetext", re.compile(r"60 %"))
    for _ in range(3):
        phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect(phone.locator("#said")).to_contain_text("Sent.")
