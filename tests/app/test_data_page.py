"""The page about data and storage, and the store in short that it and the lab read (`library.py`)."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import streamlit as st
from app_store import keep
from lab_kit import FakeEngine, metrics, words
from streamlit.testing.v1 import AppTest

from normlab.app.shell import cached, library
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed, from_query
from normlab.store import Store, representative

OpenApp = Callable[..., AppTest]
NEW_CONFIG = changed(RunConfig(), {"seed": 77, "epochs": 4})


def test_the_time_of_a_run_is_estimated_from_runs_on_its_data_set(app: OpenApp) -> None:
    app()
    seconds = next(entry.seconds for entry in library.entries() if entry.config == RunConfig())
    assert cached.engine().estimate(RunConfig()) == pytest.approx(seconds)
    assert cached.engine().estimate(changed(RunConfig(), {"epochs": 30})) == pytest.approx(2 * seconds)
    assert cached.engine().estimate(changed(RunConfig(), {"dataset": Dataset.MNIST})) is None


def draw_data_page() -> None:
    from normlab.app.data import page

    page.PAGE.show()


def test_the_data_page_tells_what_is_here(app: OpenApp, engine: FakeEngine, store: Store) -> None:
    keep(store, NEW_CONFIG)
    at = AppTest.from_function(draw_data_page, default_timeout=20).run()
    assert not at.exception
    text = words(at)
    for part in ("Digits", "MNIST", "Fashion-MNIST", "CC BY 4.0", "CC BY-SA 3.0", "MIT license", "NORMLAB_STORE"):
        assert part in text
    assert [button.key for button in at.button] == ["fetch-mnist", "fetch-fashion-mnist"]
    assert metrics(at) == {"Runs that ship": "4", "Trained here": "1", "Space used": "0.1 of 5,000 MB"}
    assert str(store.root) in [code.value for code in at.code]


def test_the_data_page_lists_the_runs_that_were_trained_here(app: OpenApp, engine: FakeEngine, store: Store) -> None:
    keep(store, NEW_CONFIG)
    keep(store, changed(NEW_CONFIG, {"seed": 78}), status=Status.DIVERGED)
    at = AppTest.from_function(draw_data_page, default_timeout=20).run()
    (own,) = at.dataframe
    ended = dict(zip(own.value["run"], own.value["ended"], strict=True))
    name = "BN · dropout 0.05 · digits · epochs 4 · seed"
    assert ended == {f"{name} 77": "finished", f"{name} 78": "diverged"}
    links = [dict(parse_qsl(urlsplit(link).query)) for link in own.value["open"]]
    assert {from_query(link)[0].seed for link in links} == {77, 78}


def test_the_runs_that_are_offered_are_near_in_norms_and_dropout_too(app: OpenApp, store: Store) -> None:
    """Of those that differ in as many settings."""
    kept = [
        changed(NEW_CONFIG, {"norms": norms, "dropout": dropout})
        for norms, dropout in (((), 0.05), (("bn", "ln", "gn"), 0.5), (("bn", "ln", "gn"), 0.05), (("ln",), 0.05))
    ]
    for config in kept:
        keep(store, config)
    st.cache_resource.clear()
    app()
    asked = changed(NEW_CONFIG, {"norms": ("bn", "gn"), "dropout": 0.1})
    found = [config for config in library.nearest(asked, count=20) if config in kept]
    none, far, near, one = kept
    assert found == [near, far, none, one]


def test_of_several_seeds_the_one_that_stands_for_all_is_offered(app: OpenApp, store: Store) -> None:
    """Not the lowest, nor that nearest to the seed that was asked for; unless a lesson holds the seed."""
    arm = [changed(NEW_CONFIG, {"norms": ("bn", "ln"), "seed": seed}) for seed in range(5)]
    for config in arm:
        keep(store, config)
    st.cache_resource.clear()
    app()
    typical = representative(run for config in arm if (run := store.read(run_id(config))) is not None).config
    others = [config for config in arm if config.seed != typical.seed]
    for config in others:
        asked = changed(config, {"dropout": 0.4})
        assert [near for near in library.nearest(asked, count=20) if near in arm] == [typical]
        held = library.nearest(asked, count=20, fits=lambda near, seed=config.seed: near.seed == seed)
        assert [near for near in held if near in arm] == [config]


def test_set_aside_folders_are_listed_with_their_reason(app: OpenApp, engine: FakeEngine, store: Store) -> None:
    keep(store, NEW_CONFIG)
    (record,) = Path(store.root).rglob("record.json")
    record.write_text("{")
    st.cache_resource.clear()
    store.read(run_id(NEW_CONFIG))
    at = AppTest.from_function(draw_data_page, default_timeout=20).run()
    assert not at.exception
    assert len(at.dataframe[0].value) == 1
