"""The tour: what its steps ask for, and what they say once it is done."""

from collections.abc import Callable

import pytest
from app_store import keep
from controls_kit import choose_norms
from streamlit.testing.v1 import AppTest

from normlab.app.lab.tour import NO_RUN, STEPS
from normlab.config import RunConfig
from normlab.settings import changed
from normlab.store import Store

OpenApp = Callable[..., AppTest]
TITLES = [step.title for step in STEPS]


def card(at: AppTest) -> str:
    """What the card says, its first line first; "" where there is none."""
    texts = [str(element.value) for element in at.markdown]
    begins = [
        place for place, text in enumerate(texts) if " of " in text and text.endswith(tuple(f"{t}**" for t in TITLES))
    ]
    return "\n".join(texts[begins[0] :]) if begins else ""


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch, app: OpenApp) -> OpenApp:
    """The app where runs can be trained."""
    monkeypatch.setenv("NORMLAB_WORKERS", "1")
    return app


def begun(at: AppTest, step: int = 1) -> AppTest:
    press(at, "tour-button")
    for _ in range(step - 1):
        press(at, "tour-next")
    return at


def test_the_steps_come_in_turn_and_the_tour_can_be_ended_anywhere(training: OpenApp) -> None:
    at = training()
    assert card(at) == ""
    press(at, "tour-button")
    for place, step in enumerate(STEPS, start=1):
        assert card(at).startswith(f"**{place} of {len(STEPS)} · {step.title}**\n{step.todo.text}")
        assert at.button(key="tour-previous").disabled == (place == 1)
        if place < len(STEPS):
            press(at, "tour-next")
    assert "tour-next" not in [button.key for button in at.button]
    press(at, "tour-previous")
    assert STEPS[-2].title in card(at)
    press(at, "tour-end")
    assert card(at) == ""


def test_a_step_says_what_to_see_once_it_is_done(app: OpenApp) -> None:
    at = begun(app(), 2)
    change, compare = STEPS[1], STEPS[2]
    assert change.then is not None
    assert compare.then is not None
    assert change.todo.text in card(at)
    choose_norms(at)
    assert change.then.text in card(at)
    press(at, "tour-next")
    assert compare.todo.text in card(at)
    press(at, "pin")
    assert compare.then.text in card(at)


def test_a_pin_of_the_link_is_not_the_step_but_one_of_the_run_itself_is(app: OpenApp) -> None:
    compare = STEPS[2]
    assert compare.then is not None
    assert compare.todo.text in card(begun(app(pins="norms:none"), 3))
    assert compare.then.text in card(begun(app(pins="norms:bn"), 3))


def test_another_seed_is_not_the_change_that_the_step_speaks_of(app: OpenApp) -> None:
    at = begun(app(), 2)
    at.text_input(key="setting-seed").set_value("1").run()
    assert STEPS[1].todo.text in card(at)


def test_where_no_run_is_finished_the_card_says_so_and_goes_on_with_one(app: OpenApp, training: OpenApp) -> None:
    at = begun(training(dropout="0.9"))
    assert NO_RUN.text in card(at)
    assert STEPS[-1].todo.text in card(begun(training(dropout="0.9"), len(STEPS)))
    at.select_slider(key="setting-dropout").set_value(0.05).run()
    assert STEPS[0].todo.text in card(at)
    press(at, "tour-next")
    at.select_slider(key="setting-dropout").set_value(0.9).run()
    assert NO_RUN.text in card(at)


def test_a_network_that_was_trained_here_ends_the_tour(training: OpenApp, store: Store) -> None:
    config = changed(RunConfig(), {"dropout": 0.9})
    at = begun(training(), len(STEPS))
    keep(store, config)
    at.select_slider(key="setting-dropout").set_value(0.9).run()
    assert STEPS[-1].then is not None
    assert STEPS[-1].then.text in card(at)


@pytest.mark.parametrize(
    ("link", "missing"),
    [
        ({"hide": "norms"}, {"Change one thing", "Compare"}),
        ({"lock": "norms"}, {"Change one thing", "Compare"}),
        ({"hide": "pin"}, {"Compare"}),
        ({"hide": "time,train"}, {"Train"}),
        ({"hide": "panels"}, {"Look inside"}),
    ],
)
def test_steps_without_their_controls_are_left_out(training: OpenApp, link: dict[str, str], missing: set[str]) -> None:
    assert titles(training(**link)) == set(TITLES) - missing


def test_where_nothing_can_be_trained_no_step_is_about_it(app: OpenApp) -> None:
    assert titles(app()) == set(TITLES) - {"Train"}


def titles(at: AppTest) -> set[str]:
    """Of all steps that one is led through."""
    press(at, "tour-button")
    met = set()
    while True:
        met |= {title for title in TITLES if f" · {title}**" in card(at)}
        if "tour-next" not in [button.key for button in at.button]:
            return met
        press(at, "tour-next")


def test_the_tour_does_not_touch_what_is_shown(app: OpenApp) -> None:
    at = app(dropout="0.3")
    at.query_params.clear()  # a click whose request carries an older address
    press(at, "tour-button")
    assert at.select_slider(key="setting-dropout").value == 0.3
    assert at.session_state["config"] == changed(RunConfig(), {"dropout": 0.3})
