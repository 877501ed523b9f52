"""Pictures of the running app: those of the README, or with `--all` every page and state in every size and theme.

python tests/browser/screenshots.py            writes docs/images/
python tests/browser/screenshots.py --all      writes screenshots/ (not kept in the repository)
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import chromium
from browsing import TITLE, settled, watched
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from server import ROOT, Server, serve

from normlab.app.lab.setup import PANELS
from normlab.app.shell.words import slug
from normlab.app.study.views import SECTIONS as STUDY

SIZES = {"phone": (390, 844), "laptop": (1440, 900), "projector": (1920, 1080)}
THEMES = ("light", "dark")
_NUMBERS = count(1)
"""So that every picture of a training is of a new one."""


@dataclass(frozen=True)
class Shot:
    """A state of the app: its address, in which {n} is a new number each time, and what to do there first."""

    name: str
    path: str = ""
    prepare: Callable[[Page], None] = lambda page: None


def press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name).click()


def train(page: Page) -> None:
    page.get_by_role("button", name="Train live").click()
    expect(page.get_by_text(re.compile(r"Epoch ([2-9]|\d\d) of"))).to_be_visible(timeout=60_000)


def put_a_digit(page: Page) -> None:
    page.get_by_role("radio", name="3", exact=True).click()
    expect(page.get_by_alt_text("The drawing as this network sees it").first).to_be_visible()


@contextmanager
def sidebar(page: Page) -> Iterator[None]:
    """On a phone it is opened and closed again; elsewhere it is there."""
    opener = page.get_by_test_id("stExpandSidebarButton")
    if is_phone := opener.is_visible():
        opener.click()
        page.wait_for_timeout(700)
    yield
    if is_phone and (closer := page.get_by_test_id("stSidebarCollapseButton").get_by_role("button")).is_visible():
        closer.click()
        page.wait_for_timeout(700)


def change_the_norm(page: Page) -> None:
    """Without one; below the numbers stands what that did."""
    with sidebar(page):
        page.get_by_role("radio", name="None", exact=True).click()
        expect(page.get_by_text("change from the previous run (BN)")).to_be_attached(timeout=30_000)


def step_back(page: Page) -> None:
    """To an epoch in the middle of the run."""
    page.get_by_role("slider", name="Epoch").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("slider", name="Epoch")).to_have_value("9")


def play(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("slider", name="Epoch")).to_have_value(re.compile("^[2-9]$"), timeout=30_000)


def rewind(page: Page) -> None:
    """The same start without a norm: two runs in one view."""
    press("Rewind")(page)
    page.get_by_role("combobox", name=re.compile("From BN to")).click()
    page.get_by_role("option", name="no norm", exact=True).click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Rewind", exact=True).click()
    expect(page.get_by_text("change from the pinned run (BN)")).to_be_visible()


def draw_with_two(page: Page) -> None:
    rewind(page)
    painted(page)
    with sidebar(page):  # on a phone the pages are in there
        page.get_by_role("link", name="Draw", exact=True).click()
        expect(page.get_by_text("Put a test image on the pad")).to_be_visible()
        painted(page)
    put_a_digit(page)


def to_the_end(page: Page) -> None:
    """Of the race, after a bet."""
    page.get_by_role("group", name="Your bet?").get_by_role("button", name="BatchNorm").click()
    expect(page.get_by_role("button", name="Give each its own best step")).to_be_visible(timeout=60_000)
    page.mouse.move(0, 0)


FOLLOWING = ("curves", "network", "layers", "mistakes", "weights")
"""Panels that follow the epoch."""

README_SHOTS = (
    Shot("race", prepare=to_the_end),
    Shot("lab", "?show=run"),
    Shot("compare", "compare?section=results&a=norms:none&b=norms:bn&c=norms:ln&d=norms:gn"),
    Shot("study", "study?section=claims"),
    Shot("draw", "draw", put_a_digit),
)
ALL_SHOTS = (
    *(Shot(f"lab-{slug(name)}", f"?show=run&panel={slug(name)}") for name in PANELS),
    Shot("race"),
    Shot("race-end", prepare=to_the_end),
    Shot("race-large", "?projector=true"),
    Shot("lab-tour", "?show=run", prepare=press("Tour")),
    Shot("worksheet-exercise", "worksheet?solution=hidden"),
    Shot("lab-class", "?hide=l1,l2,details&lock=norms&panel=layers", press("Link")),
    *(Shot(f"lab-large-{slug(name)}", f"?projector=true&show=run&panel={slug(name)}") for name in PANELS),
    *(Shot(f"lab-earlier-{name}", f"?show=run&panel={name}", step_back) for name in FOLLOWING),
    Shot("lab-changed", "?show=run", prepare=change_the_norm),
    Shot("lab-playing", "?show=run", prepare=play),
    Shot("lab-rewind", "?show=run", prepare=press("Rewind")),
    *(Shot(f"lab-rewound-{name}", f"?panel={name}", rewind) for name in FOLLOWING),
    Shot("lab-not-trained", "?norms=bn+gn&dropout=0.2"),
    Shot("lab-training", "?norms=bn+ln&epochs=30&seed={n}", train),
    Shot("lab-refused", "?groups=3&norms=gn&lr=fast&wings=2"),
    Shot("lab-no-data", "?dataset=mnist"),
    *(Shot(f"compare-{name}", f"compare?section={name}") for name in ("results", "curves", "layers", "images")),
    *(Shot(f"study-{name.lower()}", f"study?section={name.lower()}") for name in STUDY),
    Shot("compare-norms", "compare?a=norms:none&b=norms:bn&c=norms:ln&d=norms:gn"),
    *(Shot(page, page) for page in ("draw", "worksheet", "data")),
    Shot("draw-digit", "draw", put_a_digit),
    Shot("draw-two-networks", "?show=run", prepare=draw_with_two),
    Shot("draw-large-digit", "draw?projector=true", put_a_digit),
    *(Shot(f"{page}-large", f"{page}?projector=true") for page in ("compare", "study", "worksheet", "data")),
)


def painted(page: Page) -> None:
    """Until the script has run to its end and every chart is drawn."""
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(700)


def take(browser: Browser, server: Server, shot: Shot, target: Path, size: str, theme: str, *, full: bool) -> None:
    width, height = SIZES[size]
    view = ViewportSize(width=width, height=height)
    context = browser.new_context(viewport=view, color_scheme="dark" if theme == "dark" else "light")
    page = watched(context.new_page())
    page.goto(f"{server.url}/{shot.path.format(n=next(_NUMBERS))}")
    expect(page.locator(f"{TITLE}, .player").first).to_be_visible(timeout=60_000)
    painted(page)
    shot.prepare(page)
    if shot.prepare not in (train, play):
        painted(page)
    if full:
        grow(page, width, height)
    page.screenshot(path=target)
    context.close()


def grow(page: Page, width: int, height: int) -> None:
    """Make the window as high as the page, which scrolls inside of it."""
    needed = int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
    page.set_viewport_size(ViewportSize(width=width, height=min(max(needed, height), 6000)))
    page.wait_for_timeout(700)


@contextmanager
def app() -> Iterator[Server]:
    """The app with an empty store and the runs that ship."""
    with tempfile.TemporaryDirectory() as folder:
        server = serve(Path(folder), ROOT / "pretrained", 1)
        try:
            yield server
        finally:
            server.end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every page and state in every size and theme")
    parser.add_argument("--only", default="", help="only shots whose name contains this")
    chosen = parser.parse_args()
    folder = ROOT / ("screenshots" if chosen.all else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    path = chromium.find()
    with sync_playwright() as playwright, app() as server:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        if chosen.all:
            for shot in (shot for shot in ALL_SHOTS if chosen.only in shot.name):
                for size in SIZES:
                    for theme in THEMES:
                        target = folder / f"{shot.name}-{size}-{theme}.png"
                        take(browser, server, shot, target, size, theme, full=True)
                        print(target.relative_to(ROOT))
        else:
            for shot in README_SHOTS:
                take(browser, server, shot, folder / f"{shot.name}.png", "laptop", "light", full=False)
                print(folder / f"{shot.name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
