"""What the lab's panels show is in the address, and a look at another panel does not undo it."""

from typing import Any

import pytest
from controls_kit import OpenApp, query, said
from streamlit.testing.v1 import AppTest

from normlab.app.compare import views as compare_views
from normlab.app.lab import setup
from normlab.app.lab import views as lab_views
from normlab.app.lab.setup import Setup
from normlab.app.shell import views
from normlab.app.shell.words import slug
from normlab.app.study import views as study_choice
from normlab.app.worksheet import state
from normlab.choices import Dataset
from normlab.compare import ARM_KEYS
from normlab.settings import SETTINGS, to_query

PLACES = {
    "axis": ("curves", "zoom"),
    "overview": ("layers", "zeros"),
    "block": ("layers", "block4"),
    "true": ("mistakes", "3"),
    "predicted": ("mistakes", "8"),
    "layer": ("weights", "head"),
}
"""The panel of each view that any run has, and a value for it."""


def control(at: AppTest, name: str) -> Any:
    controls: list[Any] = [*at.button_group, *at.selectbox]
    (found,) = [one for one in controls if one.key == f"lab-{name}"]
    return found


def test_a_name_means_one_thing_in_the_address() -> None:
    names = [view.name for view in lab_views.VIEWS]
    assert len({*names, *SETTINGS, *setup.KEYS}) == len(names) + len(SETTINGS) + len(setup.KEYS)


PAGES = {"lab": lab_views.VIEWS, "compare": compare_views.VIEWS, "study": study_choice.VIEWS, "worksheet": state.VIEWS}
EVERY = [view for found in PAGES.values() for view in found]


@pytest.mark.parametrize("view", EVERY, ids=lambda view: f"{view.page}-{view.name}")
def test_every_option_is_found_again_by_its_text(view: views.View) -> None:
    assert [view.parse(view.text(option)) for option in view.options] == list(view.options)


@pytest.mark.parametrize("page", PAGES)
def test_views_of_a_page_have_names_of_their_own(page: str) -> None:
    names = [view.name for view in PAGES[page]]
    assert len({*names, *ARM_KEYS}) == len(names) + len(ARM_KEYS), "Compare's arms are a to d"
    assert {view.page for view in PAGES[page]} == {page}


def test_a_seed_is_a_whole_number_or_what_it_may_be_besides() -> None:
    asked = ("3", " 0 ", "999999", "study", "1000000", "-1", "2.5", "²", "lesson")
    assert [views.seed("study", "run", "study").parse(text) for text in asked] == [
        *(3, 0, 999_999, "study"),
        *[None] * 5,
    ]


@pytest.mark.parametrize("name", PLACES)
def test_a_link_opens_a_panel_with_what_it_showed(app: OpenApp, name: str) -> None:
    panel, text = PLACES[name]
    at = app(panel=panel, **{name: text})
    assert not said(at)
    view = next(view for view in lab_views.VIEWS if view.name == name)
    assert control(at, name).value == view.parse(text)
    assert query(at)[name] == text
    link = next(block.value for block in at.code if "http" in block.value)
    assert f"&{name}={text}" in link


@pytest.mark.parametrize("name", PLACES)
def test_a_choice_outlasts_a_look_at_another_panel_and_settings_without_panels(app: OpenApp, name: str) -> None:
    panel, text = PLACES[name]
    view = next(view for view in lab_views.VIEWS if view.name == name)
    at = app()
    opened = next(one for one in setup.PANELS if slug(one) == panel)
    at.button_group(key="panel").set_value(opened).run()
    control(at, name).set_value(view.parse(text)).run()
    at.button_group(key="panel").set_value("Log").run()
    at.text_input(key="setting-seed").set_value("4711").run()  # not trained: no panel is drawn
    at.text_input(key="setting-seed").set_value("0").run()
    assert query(at) == {"panel": "log", name: text}
    at.button_group(key="panel").set_value(opened).run()
    assert control(at, name).value == view.parse(text)
    assert query(at).get(name) == text


def test_another_data_set_has_other_classes(app: OpenApp) -> None:
    at = app(true="3", axis="zoom")
    at.selectbox(key="setting-dataset").set_value(Dataset.FASHION_MNIST).run()
    assert "true" not in query(at)
    assert query(at)["axis"] == "zoom"


def test_a_choice_in_a_panel_goes_into_the_address_and_its_undoing_out_of_it(app: OpenApp) -> None:
    at = app(norms="none", panel="layers")
    at.button_group(key="lab-block").set_value("block5").run()
    assert query(at) == {"norms": "none", "panel": "layers", "block": "block5"}
    at.query_params.clear()
    at.query_params.update({"norms": "none", "panel": "layers"})
    at.run()
    assert at.button_group(key="lab-block").value == "block1", "the Back button"
    assert query(at) == {"norms": "none", **setup.to_query(Setup(panel="Layers"))}


def test_an_address_without_views_is_as_short_as_before(app: OpenApp) -> None:
    at = app()
    assert query(at) == to_query(at.session_state["config"]) == {}
