"""What the server does before it lets anybody in."""

import asyncio
import time
from collections.abc import Callable

import own_loop
import pytest
import streamlit as st
from classroom_kit import CHOICE
from streamlit.testing.v1 import AppTest

from normlab.app import service
from normlab.app.classroom import room
from normlab.app.shell import cached, library
from normlab.classroom import FILE
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


def test_classes_whose_time_to_go_has_come_go_while_nobody_opens_another(
    app: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    app()
    monkeypatch.setattr(service, "HOUR", 0.05)
    now = time.time()
    room.classes().open([CHOICE])

    async def serve() -> None:
        async with service.lifespan(st.App("main.py")):
            await asyncio.sleep(0.3)
            assert len(room.classes().pulse({})) == 1
            monkeypatch.setattr(room.classes(), "_clock", lambda: now + 49 * 3_600)
            for _ in range(100):
                if not room.classes().pulse({}):
                    return
                await asyncio.sleep(0.05)
            raise AssertionError("the class is still there")

    own_loop.run(serve())


def test_where_nobody_has_opened_a_class_no_file_for_them_is_made(app: Callable[..., AppTest]) -> None:
    app()
    room.tidy()
    assert not (cached.store().root / FILE).exists()


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
