"""The race on the page: what it sends, that choices are taken over, and what a late or missing answer does."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from app_store import keep, sound
from streamlit.testing.v1 import AppTest

from normlab.app.player import player
from normlab.app.player.player import Rest
from normlab.app.shell import cached
from normlab.charts.theme import NORM_COLORS, painted
from normlab.store import Store
from normlab.study.plan.grids import RACES

Open = Callable[..., AppTest]


def draw() -> None:  # its source runs elsewhere
    from normlab.app.lab import race

    race.show()


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """The race alone, over runs of so many step sizes."""
    monkeypatch.setattr(cached, "store", lambda: Store(tmp_path))
    st.cache_resource.clear()

    def start(steps: tuple[float, ...] = (0.03, 0.3)) -> AppTest:
        for step in steps:
            part = RACES[step]
            for arm in part.arms():
                if str(arm.norms[0] if arm.norms else "none") in ("none", "bn", "ln"):
                    keep(Store(tmp_path), part.config(arm, part.fixed_strengths()[arm.name], 0))
        return sound(AppTest.from_function(draw, default_timeout=30).run())

    yield start
    st.cache_resource.clear()


def sent(at: AppTest) -> dict[str, Any]:
    [proto] = [one.proto for one in at.get("bidi_component") if one.proto.component_name == "player"]
    data: dict[str, Any] = json.loads(proto.json)
    return data


def test_it_opens_by_itself_with_the_race_of_no_norm_and_sends_little(opened: Open) -> None:
    data = sent(opened())
    assert data["state"] == {"epoch": None, "rival": "none", "step": "0.3", "lap": 1, "bet": None}
    assert len(json.dumps(data)) < 200_000
    assert data["colors"] == painted(dict(NORM_COLORS), dark=False)
    assert data["course"]["steps"] == ["0.03", "0.3"]
    assert [one["key"] for one in data["course"]["rivals"]] == ["none", "ln"]
    assert data["course"]["races"][0]["compare"].startswith("compare?a=norms%3A")


def test_only_what_ships_is_offered(opened: Open) -> None:
    assert sent(opened((0.03,)))["course"]["steps"] == ["0.03"]


def test_without_runs_one_sentence_says_what_makes_them(opened: Open) -> None:
    at = opened(())
    assert not at.get("bidi_component")
    assert [info.value for info in at.info] == [
        "The opening race needs runs that are not here: `normlab rebuild race --missing` trains them."
    ]


def test_the_page_sends_another_number_only_where_it_changes_what_is_shown() -> None:
    def script() -> None:
        import streamlit as st

        from normlab.app.player import player
        from normlab.app.player.player import Rest

        shown = st.session_state.get("shown", Rest(epoch=3))
        st.session_state["numbers"] = [*st.session_state.get("numbers", []), player._serial("x", shown)]

    at = AppTest.from_function(script).run()
    at.run()
    at.session_state["shown"] = Rest(epoch=5)
    sound(at.run())
    assert at.session_state["numbers"] == [0, 0, 1]


def test_what_the_player_rests_at_is_kept_and_told() -> None:
    def script() -> None:
        import streamlit as st

        from normlab.app.player import player

        message = {"serial": 4, "epoch": 15, "rival": "ln", "step": "0.03", "lap": 2, "bet": "right"}
        if "told" not in st.session_state:
            player._rested("race", message, lambda rest: st.session_state.update(told=rest))
        st.session_state["serial"] = player._serial("race", st.session_state["told"])

    at = sound(AppTest.from_function(script).run())
    assert at.session_state["told"] == Rest(15, "ln", "0.03", 2, "right")
    assert at.session_state["serial"] == 4, "an answer to what the browser said changes nothing there"


def test_the_choices_of_a_race_are_views_and_a_link_that_changes_one_starts_it_anew() -> None:
    def script() -> None:
        import streamlit as st

        from normlab.app.lab import race
        from normlab.app.player.player import Rest

        race._take(Rest(7, "ln", "0.03", 1, "left"))
        st.session_state["first"] = race.rest()
        race.RIVAL.set("gn")
        st.session_state["second"] = race.rest()
        st.session_state["query"] = {name: text for view in race.VIEWS for name, text in view.query().items()}
        asked = {"rival": "xx", "step": "7", "lap": "2"}
        st.session_state["refused"] = [text for view in race.VIEWS for text in view.read(asked)]

    at = sound(AppTest.from_function(script).run())
    state = at.session_state
    assert state["first"] == Rest(7, "ln", "0.03", 1, "left")
    assert state["second"] == Rest(None, "gn", "0.03", 1, None)
    assert state["query"] == {"rival": "gn", "step": "0.03"}
    assert len(state["refused"]) == 2


def test_a_run_is_drawn_with_the_same_player() -> None:
    def script() -> None:
        from normlab.app.player import player
        from normlab.app.player.player import Curve, Rest

        curves = [Curve("test", "#123456", [None, 0.4, 0.3]), Curve("training", "#654321", [None, 0.5, 0.1], True)]
        player.run("play", curves, Rest(epoch=2), lambda rest: None, title="Loss", domain=(0, 2), unit="nats")

    data = sent(sound(AppTest.from_function(script).run()))
    assert data["run"]["epochs"] == 2
    assert [track["values"][1] for track in data["run"]["tracks"]] == [0.4, 0.5]
    assert data["state"]["epoch"] == 2
    assert "course" not in data


def test_all_words_of_the_player_are_there() -> None:
    script = (Path(player.__file__).parent / "player.js").read_text(encoding="utf-8")
    assert all(f"words.{name}" in script for name in player._WORDS)
