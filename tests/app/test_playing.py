"""Time in the lab: one epoch for every panel, stepped, dragged and played."""

from collections.abc import Callable

import pytest
import synthetic
from app_store import sound
from controls_kit import choose_norms
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, Slider

from normlab.app.lab import playing, view
from normlab.config import RunConfig

OpenApp = Callable[..., AppTest]
RUN = synthetic.run(RunConfig())
LAST = len(RUN.epochs)


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def slider(at: AppTest) -> Slider:
    (found,) = at.slider
    return found


def play(at: AppTest) -> Button:
    (found,) = (button for button in at.button if str(button.key).startswith("time-play"))
    return found


def words(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption))


def accuracy(epoch: int) -> str:
    return f"{100 * RUN.epochs[epoch - 1].test.accuracy:.2f} %"


def test_a_run_opens_at_its_last_epoch(app: OpenApp) -> None:
    at = app()
    assert slider(at).value == LAST
    assert at.button(key="time-next").disabled
    assert metrics(at)["Test accuracy"] == accuracy(LAST)


def test_the_numbers_follow_the_epoch(app: OpenApp) -> None:
    at = app()
    sound(slider(at).set_value(4).run())
    assert metrics(at)["Test accuracy"] == accuracy(4)
    assert "at epoch 4" in words(at)
    sound(at.button(key="time-back").click().run())
    assert metrics(at)["Test accuracy"] == accuracy(3)
    sound(at.button(key="time-next").click().run())
    assert slider(at).value == 4
    sound(slider(at).set_value(0).run())
    assert metrics(at)["Test accuracy"] == "–", "nothing is measured before training"
    assert at.button(key="time-back").disabled


@pytest.mark.parametrize("name", view.PANELS)
def test_every_panel_shows_the_epoch_and_there_is_one_control(app: OpenApp, name: str) -> None:
    at = app()
    sound(slider(at).set_value(3).run())
    sound(at.button_group(key="panel").set_value(name).run())
    assert slider(at).value == 3
    if name in ("Layers", "Mistakes", "Weights"):
        assert "After epoch " in words(at)
    assert not [slider for slider in at.select_slider if not str(slider.key).startswith("setting-")]
    assert len(at.slider) == 1


def test_playing_goes_from_the_start_to_the_end_and_stops_there(app: OpenApp) -> None:
    at = app()
    sound(play(at).click().run())
    seen = [slider(at).value]
    while play(at).label == "Pause":
        sound(at.run())
        seen.append(slider(at).value)
    assert seen[0] <= 1
    assert seen[-1] == LAST
    assert seen == sorted(seen)


def test_a_late_press_on_pause_does_not_play_again(app: OpenApp) -> None:
    at = app()
    sound(play(at).click().run())
    for _ in range(LAST):
        pause = play(at)
        sound(at.run())
    assert play(at).label == "Play"
    assert pause.label == "Pause"
    assert pause.key != play(at).key


@pytest.mark.parametrize("late", [1, 3])
def test_a_browser_that_is_behind_neither_holds_the_play_nor_ends_it(app: OpenApp, late: int) -> None:
    at = app()
    sound(play(at).click().run())
    drawn = [slider(at).value] * late
    while play(at).label == "Pause" and len(drawn) < 2 * LAST:
        sound(slider(at).set_value(drawn[-late]).run())
        drawn.append(slider(at).value)
    assert drawn[late:] == [*range(drawn[0] + 1, LAST + 1), LAST]
    sound(at.run())
    assert slider(at).value == LAST


@pytest.mark.parametrize(("button", "by"), [("play", 0), ("back", -1), ("next", 1)])
def test_a_button_means_the_epoch_that_the_browser_shows(app: OpenApp, button: str, by: int) -> None:
    at = app()
    sound(play(at).click().run())
    for shown in (1, 2, 2, 3):
        sound(slider(at).set_value(shown).run())
    slider(at).set_value(3)
    sound((play(at) if button == "play" else at.button(key=f"time-{button}")).click().run())
    assert slider(at).value == 3 + by
    assert play(at).label == "Play"


def test_a_drag_to_an_epoch_that_the_browser_has_left_pauses(app: OpenApp) -> None:
    at = app()
    sound(play(at).click().run())
    for _ in range(5):
        sound(at.run())
    sound(slider(at).set_value(2).run())
    assert play(at).label == "Play"
    assert slider(at).value == 2


def test_a_step_or_a_drag_pauses(app: OpenApp) -> None:
    at = app()
    for touch in (
        lambda: at.button(key="time-back").click(),
        lambda: slider(at).set_value(5),
        lambda: play(at).click(),
    ):
        slider(at).set_value(2).run()
        sound(play(at).click().run())
        assert play(at).label == "Pause"
        touch()
        sound(at.run())
        assert play(at).label == "Play"
        here = slider(at).value
        sound(at.run())
        assert slider(at).value == here


def test_another_run_has_its_own_time(app: OpenApp) -> None:
    at = app()
    sound(slider(at).set_value(2).run())
    sound(play(at).click().run())
    sound(choose_norms(at))
    assert play(at).label == "Play"
    assert slider(at).value == LAST
    assert playing.PACE >= 0.5, "slow enough to be drawn"
