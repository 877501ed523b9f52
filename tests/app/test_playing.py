"""Time in the lab: one epoch for every panel, stepped, dragged and played."""

from collections.abc import Callable

import pytest
import synthetic
from app_store import sound
from streamlit.testing.v1 import AppTest

from normlab.app import playing, view
from normlab.config import RunConfig
from normlab.identity import run_id

OpenApp = Callable[..., AppTest]
KEY = f"time-epoch-{run_id(RunConfig())}"
RUN = synthetic.run(RunConfig())
LAST = len(RUN.epochs)


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def words(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption))


def accuracy(epoch: int) -> str:
    return f"{100 * RUN.epochs[epoch - 1].test.accuracy:.2f} %"


def test_a_run_opens_at_its_last_epoch(app: OpenApp) -> None:
    at = app()
    assert at.slider(key=KEY).value == LAST
    assert at.button(key="time-next").disabled
    assert metrics(at)["Test accuracy"] == accuracy(LAST)


def test_the_numbers_follow_the_epoch(app: OpenApp) -> None:
    at = app()
    sound(at.slider(key=KEY).set_value(4).run())
    assert metrics(at)["Test accuracy"] == accuracy(4)
    assert "after epoch 4" in words(at)
    sound(at.button(key="time-back").click().run())
    assert metrics(at)["Test accuracy"] == accuracy(3)
    sound(at.button(key="time-next").click().run())
    assert at.slider(key=KEY).value == 4
    sound(at.slider(key=KEY).set_value(0).run())
    assert metrics(at)["Test accuracy"] == "–", "nothing is measured before training"
    assert at.button(key="time-back").disabled


@pytest.mark.parametrize("name", view.PANELS)
def test_every_panel_shows_the_epoch_and_there_is_one_control(app: OpenApp, name: str) -> None:
    at = app()
    sound(at.slider(key=KEY).set_value(3).run())
    sound(at.button_group(key="panel").set_value(name).run())
    assert at.slider(key=KEY).value == 3
    if name in ("Layers", "Mistakes", "Weights"):
        assert "After epoch " in words(at)
    assert not [slider for slider in at.select_slider if not str(slider.key).startswith("setting-")]
    assert [slider.key for slider in at.slider] == [KEY]


def test_playing_goes_from_the_start_to_the_end_and_stops_there(app: OpenApp) -> None:
    at = app()
    sound(at.button(key="time-play").click().run())
    seen = [at.slider(key=KEY).value]
    while at.button(key="time-play").label == "Pause":
        sound(at.run())
        seen.append(at.slider(key=KEY).value)
    assert seen[0] <= 1
    assert seen[-1] == LAST
    assert seen == sorted(seen)


def test_a_step_or_a_drag_pauses(app: OpenApp) -> None:
    at = app()
    for touch in (
        lambda: at.button(key="time-back").click(),
        lambda: at.slider(key=KEY).set_value(5),
        lambda: at.button(key="time-play").click(),
    ):
        at.slider(key=KEY).set_value(2).run()
        sound(at.button(key="time-play").click().run())
        assert at.button(key="time-play").label == "Pause"
        touch()
        sound(at.run())
        assert at.button(key="time-play").label == "Play"
        here = at.slider(key=KEY).value
        sound(at.run())
        assert at.slider(key=KEY).value == here


def test_another_run_has_its_own_time(app: OpenApp) -> None:
    at = app()
    sound(at.slider(key=KEY).set_value(2).run())
    sound(at.button(key="time-play").click().run())
    sound(at.button_group(key="setting-norms").set_value([]).run())
    assert at.button(key="time-play").label == "Play"
    (slider,) = at.slider
    assert slider.value == LAST
    assert slider.key != KEY
    assert playing.PACE >= 0.5, "slow enough to be drawn"
