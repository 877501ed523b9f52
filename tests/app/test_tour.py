"""The tour: what its steps ask for, and what they say once it is done."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from normlab.app.tour import STEPS
from normlab.config import RunConfig
from normlab.settings import changed

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


def test_the_steps_come_in_turn_and_the_tour_can_be_ended_anywhere(app: OpenApp) -> None:
    at = app()
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
    at = app()
    press(press(at, "tour-button"), "tour-next")
    change, compare = STEPS[1], STEPS[2]
    assert change.then is not None
    assert compare.then is not None
    assert change.todo.text in card(at)
    at.pills(key="setting-norms").set_value([]).run()
    assert change.then.text in card(at)
    press(at, "tour-next")
    assert compare.todo.text in card(at)
    press(at, "pin")
    assert compare.then.text in card(at)


def test_settings_without_a_run_are_not_the_change_that_can_be_seen(app: OpenApp) -> None:
    at = app()
    press(press(at, "tour-button"), "tour-next")
    at.select_slider(key="setting-dropout").set_value(0.9).run()
    assert STEPS[1].todo.text in card(at)


@pytest.mark.parametrize(
    ("link", "missing"),
    [
        ({"hide": "norms"}, {"Change one thing", "Compare"}),
        ({"lock": "norms"}, {"Change one thing", "Compare"}),
        ({"hide": "pin"}, {"Compare"}),
        ({"hide": "time,train"}, {"Look inside", "Train"}),
    ],
)
def test_steps_without_their_controls_are_left_out(app: OpenApp, link: dict[str, str], missing: set[str]) -> None:
    at = press(app(**link), "tour-button")
    met = set()
    while True:
        met |= {title for title in TITLES if f" · {title}**" in card(at)}
        if "tour-next" not in [button.key for button in at.button]:
            break
        press(at, "tour-next")
    assert met == set(TITLES) - missing


def test_the_tour_does_not_touch_what_is_shown(app: OpenApp) -> None:
    at = app(dropout="0.3")
    at.query_params.clear()  # a click whose request carries an older address
    press(at, "tour-button")
    assert at.select_slider(key="setting-dropout").value == 0.3
    assert at.session_state["config"] == changed(RunConfig(), {"dropout": 0.3})
