"""Whoever has only the installed package opens the page with `normlab app`, in any folder, and trains."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import TITLE, settled, sound
from playwright.sync_api import Page, expect
from server import ROOT, Server, free_port, wait_until_up

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content and nothing else of the repository."""
    place = tmp_path_factory.mktemp("wheel")
    build = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(place), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    unpack = [*PIP, "install", "--no-deps", "--no-compile", "--target", str(place / "site"), str(wheel)]
    subprocess.run(unpack, check=True, capture_output=True)
    return place / "site"


@pytest.fixture
def app(installed: Path, tmp_path: Path) -> Iterator[Server]:
    empty, log, port = tmp_path / "empty", tmp_path / "log", free_port()
    empty.mkdir()
    own = {"PYTHONPATH": str(installed), "NORMLAB_STORE": str(tmp_path / "runs"), "STREAMLIT_SERVER_HEADLESS": "true"}
    environment = {name: value for name, value in os.environ.items() if name != "NORMLAB_PRETRAINED"} | own
    command = [sys.executable, "-m", "normlab.cli", "app", "--port", str(port), "--address", "127.0.0.1"]
    with log.open("w") as sink:
        process = subprocess.Popen(command, cwd=empty, env=environment, stdout=sink, stderr=subprocess.STDOUT)
    server = Server(f"http://127.0.0.1:{port}", process, log)
    wait_until_up(server)
    yield server
    server.end()


def test_an_installed_package_shows_the_page_and_trains(page: Page, app: Server) -> None:
    page.goto(app.url)
    expect(page.get_by_role("heading", name="Which one learns?")).to_be_visible()
    page.goto(f"{app.url}/?show=run")
    expect(page.locator(TITLE)).to_have_text(re.compile("^BN · dropout 0.05 · digits · seed"))
    expect(page.get_by_text("Ships with normlab")).to_be_visible()
    settled(page)
    page.goto(f"{app.url}/?epochs=3&seed=4321")
    settled(page)
    train = page.get_by_role("button", name="Train live")
    color = train.evaluate("button => getComputedStyle(button).backgroundColor")
    assert color == "rgb(0, 114, 178)", "the theme came along"
    train.click()
    expect(page.get_by_text("Trained here")).to_be_visible(timeout=600_000)
    sound(page, app)


def test_the_routes_beside_the_page_answer(page: Page, app: Server) -> None:
    assert page.request.get(f"{app.url}/c/ping").json() == {"app": "normlab"}
