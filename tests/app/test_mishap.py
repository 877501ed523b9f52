"""What no page expects is one sentence with a way back, and one entry in the log."""

import logging
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from normlab.app.lab import page

OpenApp = Callable[..., AppTest]


def test_a_page_that_breaks_says_one_sentence_and_has_a_way_back(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(config: object) -> object:
        raise LookupError("a *secret* that is no business of the page")

    app()
    monkeypatch.setattr(page, "phase", broken)
    seen: list[logging.LogRecord] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", seen.append)
    logger = logging.getLogger("streamlit.error_util")
    logger.addHandler(handler)
    try:
        for _ in range(3):
            at = app()
            assert not at.exception
            (error,) = at.error
            assert "did not expect (LookupError)" in error.value
            assert "secret" not in error.value
            assert any('href="?"' in html.proto.body for html in at.get("html"))
    finally:
        logger.removeHandler(handler)
    assert len(seen) == 1
