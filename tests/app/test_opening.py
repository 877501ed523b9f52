"""What the lab opens with: the run that stands for the default settings, while a link keeps its meaning."""

from collections.abc import Callable
from pathlib import Path

import pytest
from app_store import keep, preset_box
from controls_kit import OpenApp, choose_norms, config, query
from streamlit.testing.v1 import AppTest

from normlab.config import RunConfig
from normlab.identity import base, run_id
from normlab.presets import PRESETS
from normlab.settings import changed
from normlab.store import Store, write_manifest
from normlab.store.shipping import read_representatives

BARE = changed(RunConfig(), {"norms": ()})


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seeds 1 to 5 of two arms: so whatever the rule chooses, it is not the default seed."""
    root = tmp_path_factory.mktemp("representatives")
    for seed in range(1, 6):
        keep(Store(root), changed(RunConfig(), {"seed": seed}))
        keep(Store(root), changed(BARE, {"seed": seed}))
    write_manifest(root)
    return root


@pytest.fixture
def lab(app: OpenApp, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(shelf))
    return app


@pytest.fixture
def opening(shelf: Path) -> RunConfig:
    return changed(RunConfig(), {"seed": read_representatives(shelf)[run_id(base(RunConfig()))]})


@pytest.mark.parametrize("asked", [{}, {"panel": "weights"}, {"projector": "true"}, {"norms": "bn"}, {"lr": "much"}])
def test_an_address_that_asks_for_no_other_settings_opens_the_representative(
    lab: OpenApp, opening: RunConfig, asked: dict[str, str]
) -> None:
    at = lab(**asked)
    assert config(at) == opening
    assert "seed" not in query(at)


@pytest.mark.parametrize(
    ("asked", "settings"), [({"seed": "0"}, {}), ({"norms": "none"}, {"norms": ()}), ({"seed": "7"}, {"seed": 7})]
)
def test_a_link_keeps_its_meaning(lab: OpenApp, asked: dict[str, str], settings: dict[str, object]) -> None:
    at = lab(**asked)
    assert config(at) == changed(RunConfig(), settings)
    assert query(at) == asked


def test_a_preset_shows_the_run_that_stands_for_its_arm(lab: OpenApp, shelf: Path) -> None:
    at = lab()
    preset_box(at).select(next(preset for preset in PRESETS if preset.name == "No norm")).run()
    assert config(at) == changed(BARE, {"seed": read_representatives(shelf)[run_id(base(BARE))]})


def test_the_seed_stays_where_one_setting_is_changed(lab: OpenApp, opening: RunConfig) -> None:
    at = lab()
    choose_norms(at)
    assert config(at) == changed(BARE, {"seed": opening.seed})
    assert query(at) == {"norms": "none", "seed": str(opening.seed)}
