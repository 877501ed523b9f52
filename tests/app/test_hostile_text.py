"""Text from files and addresses is text on every page: no link, no picture, no formula, no color comes of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
import synthetic
from app_store import opened
from hostile import HOSTILE, alive, is_only_text, shown
from lab_kit import FakeEngine, ticket
from streamlit.testing.v1 import AppTest
from worksheet_kit import enter
from worksheet_kit import page as worksheet

from normlab.app.lab import views as lab_views
from normlab.app.lab.setup import PANELS
from normlab.app.study import views as studying
from normlab.app.worksheet import state as sheet
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.engine import EngineProblem, FetchStatus
from normlab.identity import run_id
from normlab.record import Ended, Started, Status
from normlab.settings import SETTINGS, changed
from normlab.store import Store

OpenApp = Callable[..., AppTest]
OWN = changed(RunConfig(), {"seed": 41})


def lab() -> None:  # the source of these is executed elsewhere
    from normlab.app.lab import page

    page.PAGE.show()


def compare() -> None:
    from normlab.app.compare import page

    page.PAGE.show()


def study() -> None:
    from normlab.app.study import page

    page.PAGE.show()


def sheets() -> None:
    from normlab.app.worksheet import page

    page.PAGE.show()


def draw() -> None:
    from normlab.app.draw import page

    page.PAGE.show()


def taught() -> None:
    from normlab.app.lessons import page

    page.PAGE.show()


def data() -> None:
    from normlab.app.data import page

    page.PAGE.show()


PAGES = {
    "lab": lab,
    "lessons": taught,
    "compare": compare,
    "study": study,
    "worksheet": sheets,
    "draw": draw,
    "data": data,
}
NAMES = sorted(
    {
        *SETTINGS,
        *(view.name for view in (*lab_views.VIEWS, *studying.VIEWS, *sheet.VIEWS)),
        *("hide", "lock", "panel", "pins", "epoch", "projector", "preset", "v"),
        *(
            "lesson",
            "course",
            "quiz",
            "a",
            "b",
            "c",
            "d",
            "section",
            "metric",
            "margin",
            "dataset",
            "reference",
            "band",
            "singles",
        ),
    }
)
"""Of everything that an address may say on some page."""


def keep_hostile(store: Store, config: RunConfig = OWN, status: Status = Status.DIVERGED) -> None:
    with store.begin(config) as attempt:
        for event in synthetic.events(config):
            if isinstance(event, Started):
                event = replace(event, machine=HOSTILE, versions={"torch": HOSTILE, HOSTILE: "1"})
            attempt.append(event)
        attempt.commit(Ended(status, HOSTILE if status is Status.DIVERGED else ""))


@pytest.mark.parametrize("page", PAGES)
def test_addresses(app: OpenApp, page: str) -> None:
    app()
    every = dict.fromkeys(NAMES, HOSTILE)
    at = opened(PAGES[page], **every, **{f"x{HOSTILE}": "1", f"epochs{HOSTILE}": "\n# evil"})
    is_only_text(at, 2)


@pytest.mark.parametrize("name", [*NAMES, HOSTILE, f"seed\n# evil {HOSTILE}"])
def test_each_name_of_the_labs_address(app: OpenApp, name: str) -> None:
    app()
    at = opened(lab, **{name: HOSTILE})
    assert not at.exception
    assert not alive(at)


@pytest.mark.parametrize("arm", [HOSTILE, f"norms:{HOSTILE}", f"{HOSTILE}:bn", f"norms:bn,seed:{HOSTILE}"])
def test_arms_of_compare(app: OpenApp, arm: str) -> None:
    app()
    is_only_text(opened(compare, a=arm, b="norms:ln"))


@pytest.mark.parametrize("page", ["lab", "compare", "draw", "data"])
@pytest.mark.parametrize("status", [Status.DIVERGED, Status.FINISHED])
def test_records(app: OpenApp, store: Store, page: str, status: Status) -> None:
    keep_hostile(store, OWN, status)
    app(seed="41")
    query = {"a": "norms:bn,seed:41", "b": "norms:ln"} if page == "compare" else {"seed": "41"}
    at = opened(PAGES[page], **(query if page != "data" else {}))
    assert not at.exception
    assert not alive(at)
    if page == "lab":
        assert shown(at).count(HOSTILE) >= (2 if status is Status.DIVERGED else 1), "machine and versions, the reason"


@pytest.mark.parametrize("panel", PANELS)
def test_records_in_every_panel(app: OpenApp, store: Store, panel: str) -> None:
    keep_hostile(store)
    at = app(seed="41", panel=panel.lower().replace(" ", "-"))
    is_only_text(at)


@pytest.mark.parametrize("state", ["failed", "waiting", "running"])
def test_what_workers_say(app: OpenApp, engine: FakeEngine, state: str) -> None:
    engine.tickets[run_id(OWN)] = ticket(OWN, state, message=HOSTILE)
    is_only_text(app(seed="41"))


def test_what_the_engine_refuses(app: OpenApp, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise EngineProblem(HOSTILE)

    monkeypatch.setattr(engine, "request", refuse)
    monkeypatch.setattr(engine, "withdraw", refuse)
    at = app(seed="41")
    is_only_text(at.button(key="train").click().run())
    engine.tickets[run_id(OWN)] = ticket(OWN, "running")
    is_only_text(at.run().button(key="stop").click().run())


@pytest.mark.parametrize("page", ["lab", "data"])
def test_what_a_download_says(app: OpenApp, engine: FakeEngine, page: str) -> None:
    engine.fetches[Dataset.MNIST] = FetchStatus(Dataset.MNIST, "failed", message=HOSTILE)
    app()
    is_only_text(opened(PAGES[page], **({"dataset": "mnist"} if page == "lab" else {})))


@pytest.mark.parametrize("variable", ["NORMLAB_STORE", "NORMLAB_DATA", "NORMLAB_LIMITS", "NORMLAB_WORKERS"])
@pytest.mark.parametrize("page", PAGES)
def test_the_installations_settings(
    app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, page: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(variable, HOSTILE if variable == "NORMLAB_WORKERS" else str(tmp_path / "file" / HOSTILE))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    st.cache_resource.clear()
    at = opened(PAGES[page])
    assert not alive(at)
    if page == "data" or (page in ("lab", "compare") and variable in ("NORMLAB_LIMITS", "NORMLAB_WORKERS")):
        assert "evil" in shown(at)


def test_limits_and_folders_that_are_damaged(
    app: OpenApp, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_hostile(store)
    path = store.root / run_id(OWN) / "config.json"
    held = json.loads(path.read_text())
    path.write_text(json.dumps({**held, "config": {HOSTILE: 1}}))
    at = app(seed="41")
    assert not alive(at)
    at = opened(data)
    assert not alive(at)
    assert len(at.dataframe) >= 1, "the table of what was set aside, whose cells are text"
    (tmp_path / "limits.toml").write_text(f'"{HOSTILE}" = 1\n')
    monkeypatch.setenv("NORMLAB_LIMITS", str(tmp_path / "limits.toml"))
    st.cache_resource.clear()
    is_only_text(opened(lab))


def test_what_is_typed(app: OpenApp) -> None:
    at = app(seed="41")
    is_only_text(at.text_input(key="setting-seed").set_value(HOSTILE).run())
    at = worksheet()
    is_only_text(at.text_input(key=sheet.key("value")).set_value(HOSTILE).run())
    at = worksheet()
    is_only_text(
        at.text_area(key=sheet.key("text")).set_value(HOSTILE).run().button(key=sheet.key("paste")).click().run()
    )
    is_only_text(enter(worksheet(), {0: {"mean-written": HOSTILE}}).run())
