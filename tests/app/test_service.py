"""What the server does before it lets anybody in."""

import own_loop
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from normlab.app import service
from normlab.app.shell import cached, library
from normlab.store import Store


def test_the_engine_and_the_list_of_runs_are_there_before_the_first_visitor(
    app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = Store.list
    monkeypatch.setattr(Store, "list", lambda store: asked.append("list") or original(store))

    async def serve() -> None:
        async with service.lifespan(st.App("main.py")):
            assert asked == ["list"]
            assert len(library.entries()) == 4
            assert cached.engine().workers == 0

    own_loop.run(serve())
    assert asked == ["list"], "the first visitor does not wait for it"


def test_a_server_that_cannot_warm_up_serves_all_the_same(
    app: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a folder that nobody may look into")

    monkeypatch.setattr(library, "entries", fail)
    service.warm_up()
    assert "without having warmed up" in caplog.text
    at = AppTest.from_string("from normlab.app.data.page import PAGE; PAGE.show()", default_timeout=30).run()
    assert at.title[0].value == "Data & storage"
