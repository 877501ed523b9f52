"""Looks for a page that dies: python tests/browser/moments.py [--moments 500] [--load 2]

In each moment a run that trains comes to its end while panels, blocks, norms, play and links to other pages are
clicked, faster than the server answers. Afterwards the page must be there, complete, without an error. Several tabs
share one server; its cores can be kept busy, its answers held back. Ends with 1 if a page was lost.
"""

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import chromium
import synthetic
from browsing import thrown, watched
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright
from server import ROOT, Server, serve

from normlab.config import RunConfig
from normlab.record import Ended, Status
from normlab.settings import changed
from normlab.store import Attempt, Store

EPOCHS = 3
PATIENCE = 60
"""Seconds within which a page comes to rest; on a busy machine many of them."""
STORM = """({seed, ms, kinds, delay}) => {
    let state = seed
    const next = () => (state = (state * 48271) % 2147483647) / 2147483647
    const pick = list => list[Math.floor(next() * list.length)]
    const all = selector => [...document.querySelectorAll(selector)]
    const main = '[data-testid=stMain] '
    const targets = {
        panel: () => all('.st-key-panel [role=radio]'),
        radio: () => all(main + '[data-testid=stButtonGroup] [role=radio]'),
        play: () => all('.st-key-time *').flatMap(one => [...(one.shadowRoot?.querySelectorAll('.play') ?? [])]),
        norm: () => all('[data-testid=stSidebar] [data-testid=stButtonGroup] button').slice(0, 4),
        block: () => all(main + '.network button, ' + main + '.network [role=button]'),
        tour: () => all('.st-key-tour-button button, .st-key-tour button'),
        page: () => all('[data-testid=stTopNavLink]'),
    }
    const end = performance.now() + ms
    window.stormed = false
    const clicks = window.clicks = []
    const step = () => {
        if (performance.now() > end) { window.stormed = true; return }
        const kind = pick(kinds)
        const found = targets[kind]().filter(one => !one.disabled)
        if (found.length) { const one = pick(found); clicks.push(kind); one.click() }
        setTimeout(step, delay * (0.2 + 1.6 * next()))
    }
    step()
}"""
SLOW = """(delay) => {
    const Real = window.WebSocket
    window.WebSocket = class extends Real {
        set onmessage(handler) {
            let due = 0
            super.onmessage = event => {
                due = Math.max(due, performance.now() + Math.random() * delay)
                setTimeout(() => handler(event), due - performance.now())
            }
        }
    }
}"""
LOOKS = """() => {
    const app = document.querySelector('[data-testid=stApp]')
    if (!app) return 'blank'
    if (app.dataset.testScriptState !== 'notRunning') return 'runs'
    const main = document.querySelector('[data-testid=stMain]')
    if (document.querySelector('[data-testid=stException]')) return 'exception'
    if (!main || !main.innerText.trim()) return 'empty'
    if (!document.querySelector('[data-testid=stMain] h1')) return 'no title'
    if (!document.querySelector('.st-key-page-tools')) return 'no tools'
    return 'whole'
}"""


@dataclass
class Tab:
    """A page, the run that it looks at, and when that is to end."""

    page: Page
    attempt: Attempt | None = None
    ends: float = 0.0
    over: float = 0.0


def burn() -> None:
    while True:
        pass


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """So many processes that do nothing but turn."""
    processes = [multiprocessing.Process(target=burn, daemon=True) for _ in range(loops)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()


class Moments:
    """Tabs of one browser, and the runs that they see end."""

    def __init__(self, browser: Browser, server: Server, store: Store, tabs: int, seed: int, slow: int) -> None:
        self.server, self.store, self.chance = server, store, random.Random(seed)
        self.seeds = count(1_000)
        self.context = browser.new_context(viewport={"width": 1440, "height": 1000})
        if slow:
            self.context.add_init_script(f"({SLOW})({slow})")
        self.found: Counter[str] = Counter()
        self.tabs = [Tab(self._opened()) for _ in range(tabs)]

    def _opened(self) -> Page:
        page = watched(self.context.new_page())
        page.set_default_timeout(60_000)
        page.goto(self.server.url)
        page.locator("[data-testid=stMain] h1").wait_for()
        return page

    def close(self) -> None:
        self.context.close()

    def round(self, kinds: Sequence[str]) -> None:
        """A moment in every tab."""
        for tab in self.tabs:
            self._begin(tab, kinds)
        waiting = list(self.tabs)
        while waiting:
            now = time.monotonic()
            for tab in list(waiting):
                if tab.attempt and now > tab.ends:
                    tab.attempt.commit(Ended(Status.FINISHED))
                    tab.attempt.__exit__(None, None, None)
                    tab.attempt = None
                if tab.attempt is None and now > tab.over:
                    waiting.remove(tab)
            time.sleep(0.005)
        for tab in self.tabs:
            self._look(tab)

    def _begin(self, tab: Tab, kinds: Sequence[str]) -> None:
        config = changed(RunConfig(), {"epochs": EPOCHS, "seed": next(self.seeds)})
        tab.attempt = self.store.begin(config).__enter__()
        for event in synthetic.events(config):
            tab.attempt.append(event)
        panel = self.chance.choice(["", "&panel=model", "&panel=layers", "&panel=log", "&panel=mistakes"])
        query = f"/?epochs={EPOCHS}&seed={config.seed}{panel}"
        tab.page.evaluate(
            """to => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')) }""", query
        )
        try:
            tab.page.get_by_test_id("stProgress").wait_for(timeout=30_000)
        except TimeoutError:
            self.found["never live"] += 1
        now = time.monotonic()
        length = 1.6
        tab.ends, tab.over = now + self.chance.uniform(0.1, 1.2), now + length
        argument = {
            "seed": self.chance.randrange(1, 2**31 - 1),
            "ms": 1_000 * length,
            "kinds": kinds,
            "delay": self.chance.choice([15, 40, 90, 180]),
        }
        tab.page.evaluate(STORM, argument)

    def _look(self, tab: Tab) -> None:
        told, since = "", time.monotonic()
        while time.monotonic() < since + PATIENCE:
            told = str(tab.page.evaluate(LOOKS))
            if told in ("whole", "blank") and time.monotonic() > since + 0.3:
                break
            tab.page.wait_for_timeout(100)
        errors = thrown(tab.page)
        self.found[told] += 1
        if told != "whole" or errors:
            print(told, [error.split("\n")[0] for error in errors], tab.page.url, flush=True)
            print("  ", tab.page.evaluate("window.clicks?.join(' ')"), flush=True)
            for error in errors:
                self.found[error.split("\n")[0]] += 1
            tab.page.close()
            tab.page = self._opened()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=500, help="how many")
    parser.add_argument("--tabs", type=int, default=4, help="how many at a time")
    parser.add_argument("--load", type=int, default=2, help="busy loops beside them")
    parser.add_argument("--slow", type=int, default=0, help="hold the server's answers back, up to so many ms")
    parser.add_argument("--kinds", default="panel,panel,radio,play,norm,block", help="what is clicked")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    path = chromium.find()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = serve(Path(folder), ROOT / "pretrained", 0)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        store = Store(Path(folder) / "store", ROOT / "pretrained")
        try:
            with busy(options.load):
                moments = Moments(browser, server, store, options.tabs, options.seed, options.slow)
                start = time.monotonic()
                for number in range(-(-options.moments // options.tabs)):
                    moments.round(options.kinds.split(","))
                    if number % 10 == 9:
                        print(f"{time.monotonic() - start:.0f} s {dict(moments.found)}", flush=True)
        finally:
            browser.close()
            server.end()
        log = server.log.read_text()
    print(dict(moments.found), "tracebacks:", log.count("Traceback"))
    if "Traceback" in log:
        print(log[-3000:])
    return int(set(moments.found) != {"whole"} or "Traceback" in log)


if __name__ == "__main__":
    sys.exit(main())
