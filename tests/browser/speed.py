"""How quickly the page answers, measured in Chromium: python tests/browser/speed.py

A page is opened again and again in a browser that has its files, until it can be used and its charts are drawn. Then
settings are clicked whose runs have ended; the time is from the click to the last change in any chart. It is not a
test, as a busy machine is slow: run it alone. Ends with 1 if a limit is exceeded.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import chromium
from browsing import MAIN
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from server import ROOT, Server, serve

QUIET = 400
"""Milliseconds without a change after which charts count as complete."""

WATCH = """() => {
    const seen = window.seen = {click: null, last: null};
    document.addEventListener('click', event => { seen.click = event.timeStamp; seen.last = null; }, {capture: true});
    new MutationObserver(changes => {
        const inChart = change => change.target.parentElement?.closest('[data-testid=stVegaLiteChart]');
        if (changes.some(inChart)) seen.last = performance.now();
    }).observe(document.querySelector('[data-testid=stMain]'), {subtree: true, childList: true, attributes: true});
}"""
DONE = f"""() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
    && window.seen.last !== null && performance.now() - window.seen.last > {QUIET}"""


@dataclass(frozen=True)
class Limit:
    """Milliseconds that the median and the 95th of 100 may take."""

    median: float
    most: float


OPENED = Limit(2_000, 3_000)
CLICKED = Limit(300, 600)


def open_page(page: Page, server: Server) -> float:
    """Milliseconds until the lab can be used and a run's four charts are drawn."""
    start = time.perf_counter()
    page.goto(f"{server.url}/?show=run")
    page.wait_for_function(
        f"""() => document.querySelectorAll('{MAIN} svg.marks').length >= 4
            && document.querySelector('[data-testid=stSidebar] [data-testid=stSlider]')
            && document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"""
    )
    return 1_000 * (time.perf_counter() - start)


def click(page: Page, name: str) -> float:
    """Milliseconds from the click on a control to the last change in a chart."""
    page.get_by_text(name, exact=True).locator("visible=true").first.click()
    page.wait_for_function(DONE)
    return float(page.evaluate("window.seen.last - window.seen.click"))


def clicks(context: BrowserContext, server: Server, names: Sequence[str], rounds: int) -> list[float]:
    """The controls in turn; the first round reads the runs and is not counted."""
    page = context.new_page()
    open_page(page, server)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.evaluate(WATCH)
    found = [[click(page, name) for name in names] for _ in range(rounds + 1)]
    page.close()
    return [value for one in found[1:] for value in one]


def tell(what: str, values: Sequence[float], limit: Limit) -> bool:
    """Print a line; whether the limit holds."""
    median, most = statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1]
    holds = median <= limit.median and most <= limit.most
    told = f"median {median:5.0f} ms, 95 % within {most:5.0f} ms of {len(values)}"
    print(f"{what:32} {told}   limits {limit.median:.0f} and {limit.most:.0f}   {'holds' if holds else 'EXCEEDED'}")
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured")
    rounds = parser.parse_args().rounds
    path = chromium.find()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = serve(Path(folder), ROOT / "pretrained", 0)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        open_page(page, server)
        opened = [open_page(page, server) for _ in range(rounds)]
        page.close()
        norms = clicks(context, server, ("None", "Layer", "Group", "Batch"), rounds)
        panels = clicks(context, server, ("Layers", "Weights", "Curves"), rounds)
        browser.close()
        server.end()
    told = (
        tell("A warm page can be used", opened, OPENED),
        tell("Another norm, its run is cached", norms, CLICKED),
        tell("Another panel", panels, CLICKED),
    )
    return 0 if all(told) else 1


if __name__ == "__main__":
    sys.exit(main())
