"""What the page says of an installation's limits, and that nothing talks it into exceeding them or breaks it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from app_store import keep
from lab_kit import FakeEngine, words
from streamlit.testing.v1 import AppTest

from normlab.app.shell import cached
from normlab.config import RunConfig
from normlab.engine import EngineProblem
from normlab.settings import changed
from normlab.store import Store

OpenApp = Callable[..., AppTest]


def test_a_run_beyond_a_limit_cannot_be_trained_and_the_page_says_why(
    app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORMLAB_LIMIT_EPOCHS", "20")
    at = app(epochs="150")
    assert at.button(key="train").disabled
    assert "150 epochs (at most 20); choose fewer epochs." in words(at)
    at.text_input(key="setting-epochs").set_value("20").run()
    assert not at.button(key="train").disabled
    assert "at most" not in words(at)


def test_a_finished_run_beyond_a_limit_is_shown(app: OpenApp, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(store, changed(RunConfig(), {"epochs": 16}))
    monkeypatch.setenv("NORMLAB_LIMIT_EPOCHS", "10")
    at = app(epochs="16")
    assert "at most" not in words(at)
    assert at.get("vega_lite_chart")


def test_a_full_queue_is_said_until_the_settings_change(
    app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(config: RunConfig, session: str, browser: str) -> str:
        raise EngineProblem("As many runs are waiting as may wait here (3): try again in a few minutes.")

    monkeypatch.setattr(engine, "request", refuse)
    at = app(seed="77")
    at.button(key="train").click().run()
    assert not at.exception
    assert "As many runs are waiting" in words(at)
    at.text_input(key="setting-seed").set_value("78").run()
    assert "As many runs are waiting" not in words(at)


def test_limits_that_cannot_be_read_open_nothing(
    app: OpenApp, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORMLAB_LIMITS", str(tmp_path / "missing.toml"))
    at = app()
    (error,) = at.error
    assert str(error.value).replace("\\", "").startswith("The limits cannot be read: ")


def test_a_panel_control_without_a_value_keeps_the_panel_that_was_open(app: OpenApp) -> None:
    at = app()
    at.segmented_control(key="panel").set_value("Log").run()
    at.session_state["panel"] = None
    at.run()
    assert not at.exception
    assert at.session_state["panel"] == "Log"


def test_a_run_that_is_removed_while_it_is_shown_is_offered_anew(
    app: OpenApp, engine: FakeEngine, store: Store
) -> None:
    config = changed(RunConfig(), {"seed": 91})
    keep(store, config)
    at = app(seed="91")
    assert at.get("vega_lite_chart")
    folder = cached.store().root / next(run.run_id for run in store.list() if run.config == config)
    folder.rename(folder.with_name("gone"))
    st.cache_data.clear()
    at.segmented_control(key="panel").set_value("Mistakes").run()
    assert not at.exception
    assert at.button(key="train")
