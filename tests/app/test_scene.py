"""With what the lab opens: the race, or a run that is asked for."""

from collections.abc import Callable

import pytest
from controls_kit import choose_norms
from streamlit.testing.v1 import AppTest

from normlab.app.lab import race

OpenApp = Callable[..., AppTest]


@pytest.fixture
def raced(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> OpenApp:
    """The app, where a race ships."""
    monkeypatch.setattr(race, "is_there", lambda: True)
    monkeypatch.setattr(race, "show", lambda: None)
    return app


def query(at: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


def shown(at: AppTest) -> str:
    return str(at.button_group(key="lab-show").value)


def test_it_opens_with_the_race_and_an_address_that_says_nothing(raced: OpenApp) -> None:
    at = raced()
    assert shown(at) == "race"
    assert not at.title
    assert query(at) == {}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"norms": "ln"}, "run"),
        ({"panel": "layers"}, "run"),
        ({"hide": "l1"}, "run"),
        ({"rival": "ln"}, "race"),
        ({"step": "1", "lap": "2"}, "race"),
        ({"norms": "ln", "rival": "ln"}, "run"),
        ({"norms": "ln", "show": "race"}, "race"),
        ({"show": "run"}, "run"),
        ({"rival": "ln", "show": "run"}, "run"),
    ],
)
def test_an_address_opens_what_it_speaks_of(raced: OpenApp, address: dict[str, str], expected: str) -> None:
    at = raced(**address)
    assert shown(at) == expected
    assert query(at) == address, "said again, and no more"


def test_another_setting_shows_its_run_and_a_choice_the_race_again(raced: OpenApp) -> None:
    at = raced()
    choose_norms(at)
    assert shown(at) == "run"
    assert query(at) == {"norms": "none"}
    at.button_group(key="lab-show").set_value("race").run()
    assert query(at) == {"norms": "none", "show": "race"}
    at.selectbox(key=next(box.key for box in at.selectbox if str(box.key).startswith("preset"))).set_value(None)
    at.select_slider(key="setting-dropout").set_value(0.3).run()
    assert shown(at) == "run"


def test_an_unknown_scene_is_refused_in_a_sentence(raced: OpenApp) -> None:
    at = raced(show="film")
    assert shown(at) == "race"
    assert "show=film is not known; choose one of race, run" in at.warning[0].value.replace("\\", "")


def test_without_a_race_there_is_nothing_to_choose(app: OpenApp) -> None:
    at = app()
    assert not [group for group in at.button_group if group.key == "lab-show"]
    assert at.title
    assert query(at) == {}


def test_the_tour_is_about_a_run(raced: OpenApp) -> None:
    at = raced()
    at.button(key="tour-button").click().run()
    assert shown(at) == "run"
