"""Charts to take away, saved in a real Chromium: in a slide's size, and with all that says what they show."""

import struct
from pathlib import Path

import pytest
from browsing import settled, sound, still
from playwright.sync_api import Page
from server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_a_chart_is_saved_as_a_slide_and_as_a_drawing(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(f"{server.url}/?panel=take-away")
    still(page)
    page.get_by_role("radio", name="Loss", exact=True).click()
    settled(page)
    page.locator(".st-key-slide svg.marks").get_by_text("Loss after each epoch").wait_for()
    for kind in ("PNG, 1920 × 1080", "SVG"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=kind, exact=True).click()
        saved.value.save_as(tmp_path / saved.value.suggested_filename)
    name = "loss-bn-dropout-0.05-digits-seed-0"
    picture = (tmp_path / f"{name}.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1920, 1080)
    assert len(picture) > 20_000, "something is drawn"
    drawing = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
    for text in ("Loss after each epoch", "BN · dropout 0.05 · digits · seed 0", "Loss (nats)", "Epoch", "validation"):
        assert f">{text}<" in drawing
    sound(page, server)
