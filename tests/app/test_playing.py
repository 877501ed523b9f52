"""Time in the lab: one epoch for every panel, told by the player where it rests."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import synthetic
from app_store import sound
from controls_kit import choose_norms
from streamlit.testing.v1 import AppTest

from normlab.app.lab import playing, view
from normlab.config import RunConfig
from normlab.settings import changed

OpenApp = Callable[..., AppTest]
RUN = synthetic.run(RunConfig())
NO_NORM = synthetic.run(changed(RunConfig(), {"norms": ()}))
LAST = len(RUN.epochs)


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def player(at: AppTest) -> dict[str, Any]:
    """What the browser is sent to play; what it has by now is not in it."""
    [proto] = [one.proto for one in at.get("bidi_component") if one.proto.component_name == "player"]
    data: dict[str, Any] = json.loads(proto.json)
    return data


def go_to(at: AppTest, epoch: int) -> AppTest:
    """As the player's word takes it over."""
    at.session_state[playing.key(RUN)] = epoch
    return sound(at.run())


def words(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.markdown, *at.caption))


def accuracy(epoch: int) -> str:
    return f"{100 * RUN.epochs[epoch - 1].test.accuracy:.2f} %"


def test_a_run_opens_at_its_last_epoch_with_all_that_is_played(app: OpenApp) -> None:
    at = app()
    sent = player(at)
    assert sent["state"]["epoch"] == sent["run"]["epochs"] == LAST
    assert sent["run"]["name"] == RUN.run_id
    test, training = sent["run"]["tracks"]
    assert test["values"][0] is None, "nothing is measured before training"
    assert test["values"][1:] == [pytest.approx(100 * end.test.accuracy, abs=0.01) for end in RUN.epochs]
    assert training["dash"]
    assert metrics(at)["Test accuracy"] == accuracy(LAST)


def test_the_numbers_follow_the_epoch_and_nothing_is_sent_twice(app: OpenApp) -> None:
    at = app()
    version = player(at)["version"]
    go_to(at, 4)
    sent = player(at)
    assert (sent["state"]["epoch"], sent["version"]) == (4, version)
    assert "run" not in sent, "the browser keeps it"
    assert metrics(at)["Test accuracy"] == accuracy(4)
    assert "at epoch 4" in words(at)
    go_to(at, 0)
    assert metrics(at)["Test accuracy"] == "–"
    at.session_state["time-sent"] = None  # a browser that lacks it asks
    assert player(sound(at.run()))["run"]["epochs"] == LAST


@pytest.mark.parametrize("name", view.PANELS)
def test_every_panel_shows_the_epoch_and_there_is_one_control(app: OpenApp, name: str) -> None:
    at = go_to(app(), 3)
    sound(at.button_group(key="panel").set_value(name).run())
    assert player(at)["state"]["epoch"] == 3
    if name in ("Layers", "Mistakes", "Weights"):
        assert "After epoch " in words(at)
    assert not at.slider


def test_what_the_player_says_is_taken_over_as_far_as_the_run_goes() -> None:
    def script() -> None:
        import streamlit as st
        import synthetic

        from normlab.app.lab import playing
        from normlab.config import RunConfig

        run = synthetic.run(RunConfig())
        seen = []
        for epoch in (3, 99, -1):
            playing.open_at(run, epoch)
            seen.append((playing.shown(run), playing.early(run)))
        st.session_state["seen"] = seen

    at = sound(AppTest.from_function(script).run())
    assert at.session_state["seen"] == [(3, 3), (LAST, None), (0, 0)]


def test_another_run_has_its_own_time_and_pinned_runs_are_played_beside_it(app: OpenApp) -> None:
    at = go_to(app(), 2)
    at.button(key="pin").click().run()
    choose_norms(at)
    sent = player(sound(at))
    assert sent["state"]["epoch"] == LAST
    assert [track["name"] for track in sent["run"]["tracks"]] == ["no norm", "BN"]
    assert len({track["color"] for track in sent["run"]["tracks"]}) == 2
    assert sent["run"]["name"] == NO_NORM.run_id
