"""The teacher's page: who may open a class, and the console's way through a question."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from classroom_kit import CHOICE, NUMBER
from console_kit import console, joining, press, told
from streamlit.testing.v1 import AppTest

from normlab import lessons
from normlab.app.classroom import addresses, asked, opening, room
from normlab.choices import Dataset
from normlab.classroom import NotYours, Opened, Phase
from normlab.lessons import Lesson, Scene

OpenApp = Callable[..., AppTest]


def opened() -> Opened:
    return room.classes().open([CHOICE, NUMBER])


def test_the_console_leads_a_question_from_lobby_to_reveal(app: OpenApp) -> None:
    app()
    mine = opened()
    token = room.classes().join(mine.code).token
    at = console(mine)
    assert mine.code in told(at)
    assert "Question 1 of 2" in told(at)
    way = ["open", "close", "again", "close", "reopen", "close", "reveal"]
    for step in way:
        allowed = [
            one
            for one in ("open", "close", "again", "reveal", "reopen")
            if not at.button(key=f"console-{one}").disabled
        ]
        assert step in allowed
        press(at, step)
        if step == "open":
            room.classes().answer(mine.code, token, 0, 1, "a", 1)
    assert room.classes().projector(mine.code)["phase"] == Phase.REVEALED
    press(at, "next")
    assert room.classes().projector(mine.code)["position"] == 1
    assert "Question 2 of 2" in told(at)
    assert at.button(key="console-next").disabled


def test_the_console_tells_what_is_right_before_the_reveal_only_if_asked(app: OpenApp) -> None:
    app()
    at = console(opened())
    for step in ("open", "close"):
        press(at, step)
        assert "✓" not in told(at)
        assert "secretly" not in told(at)
    at.toggle(key="console-right-0").set_value(True).run()
    assert "BatchNorm ✓" in told(at)
    assert "BatchNorm secretly falls to 37 %" in told(at)
    at.toggle(key="console-right-0").set_value(False).run()
    press(at, "reveal")
    assert "BatchNorm ✓" in told(at)
    assert not at.toggle, "after the reveal there is nothing to hide"


@pytest.mark.parametrize("lesson", lessons.shipped(), ids=lambda lesson: lesson.key)
def test_a_lessons_question_has_a_small_picture_with_marks(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked.measured, "begin", lambda lesson: None)
    public = asked.about(lesson).public
    picture = public["picture"]
    assert len(json.dumps(public)) < 40_000
    assert all(axis["ticks"] for axis in (picture["x"], picture["y"]))
    assert picture["at"] in (None, *(mark["at"] for mark in picture["x"]["ticks"]))
    if public["kind"] != "choice":
        assert public.get("ticks") or public["x"]["ticks"]
    if lesson.picture.scene is not Scene.AXES:
        assert picture["scene"]
        assert {arm.config.data.dataset for arm in lesson.arms} == {Dataset.DIGITS}, "others' images may not be copied"


def test_a_second_tab_sees_the_same_and_a_late_click_does_nothing(app: OpenApp) -> None:
    app()
    mine = opened()
    one, other = console(mine), console(mine)
    press(one, "open")
    press(other, "open")  # it still showed the lobby
    assert "another tab" in str(other.toast[0].value)
    assert room.classes().projector(mine.code)["phase"] == Phase.OPEN
    other.run()
    assert other.button(key="console-open").disabled


def draw_after_the_browser_said() -> None:
    import streamlit as st

    from normlab.app.classroom import page
    from normlab.app.classroom.keeper import CONSOLE

    if not CONSOLE.is_told:
        CONSOLE._take_in(st.session_state["said"])
    page.PAGE.show()


def after_the_browser_said(*, handed: Opened | None, kept: Opened | None) -> AppTest:
    at = AppTest.from_function(draw_after_the_browser_said, default_timeout=30)
    told = {"handed": handed, "kept": kept}
    at.session_state["said"] = {
        name: {"code": one.code, "secret": one.secret} if one else None for name, one in told.items()
    }
    at.run()
    assert not at.exception
    return at


def test_a_link_to_another_class_does_not_take_the_place_of_ones_own(app: OpenApp) -> None:
    app()
    mine, other = opened(), opened()
    at = after_the_browser_said(handed=other, kept=mine)
    assert mine.code in told(at)
    assert "This browser has this class already" in told(at)
    assert room.classes().console(other.code, other.secret)  # the link is still good
    room.classes().delete(mine.code, mine.secret)
    at = after_the_browser_said(handed=other, kept=mine)
    assert other.code in told(at)
    assert "already" not in told(at)
    with pytest.raises(NotYours):  # exchanged
        room.classes().console(other.code, other.secret)


def test_what_a_browser_cannot_have_kept_opens_nothing(app: OpenApp) -> None:
    app()
    at = after_the_browser_said(handed=None, kept=Opened("\ud800", "\ud800", 0.0))
    assert not any(button.key == "console-open" for button in at.button)


def test_counts_are_on_the_console_before_the_reveal_and_a_second_vote_is_advised(app: OpenApp) -> None:
    app()
    mine = opened()
    at = console(mine)
    tokens = [room.classes().join(mine.code).token for _ in range(4)]
    press(at, "open")
    for token, choice in zip(tokens, "aabb", strict=True):
        room.classes().answer(mine.code, token, 0, 1, choice, 1)
    press(at, "close")
    assert {one.label: one.value for one in at.metric} == {"Here": "4", "Answered": "4"}
    assert "50% chose what was measured" in told(at)


def test_a_class_that_is_ended_or_deleted_gives_the_page_back(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app()
    monkeypatch.setenv("NORMLAB_CLASS", "open")
    mine = opened()
    at = console(mine)
    press(at, "end")
    assert "The class is over." in told(at)
    assert at.button(key="console-open").disabled
    press(at, "delete")
    assert room.classes().pulse({}) == {}
    assert at.multiselect(key="class-lessons").value == []
    assert "No class has this code" in told(console(mine))


@pytest.mark.parametrize(
    ("settings", "told_so"),
    [
        ({"NORMLAB_CLASS": "off"}, "switched off"),
        ({"NORMLAB_CLASS": "key"}, "there is none"),
        ({"NORMLAB_CLASS": "maybe"}, "off, key or open"),
        ({}, "there is none"),  # a test has no address: nobody is near
    ],
)
def test_who_may_not_open_a_class_reads_why(
    app: OpenApp, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], told_so: str
) -> None:
    app()
    for name in ("NORMLAB_CLASS", "NORMLAB_CLASS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    at = console(None)
    assert told_so in told(at)
    assert not at.button


def test_the_deployers_key_is_asked_for(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app()
    monkeypatch.setenv("NORMLAB_CLASS", "key")
    monkeypatch.setenv("NORMLAB_CLASS_KEY", "blue horse")
    (first, *_) = lessons.shipped()
    monkeypatch.setattr(opening, "_offered", lambda: ({"In the fog": partial(asked.transfer, first)}, []))
    at = console(None)
    at.multiselect(key="class-lessons").set_value(["In the fog"]).run()
    at.text_input(key="class-key").input("red horse")
    at.button(key="class-open").click().run()
    assert "not the deployer's key" in told(at).replace("\\", "")
    assert room.classes().pulse({}) == {}
    at.text_input(key="class-key").input("blue horse")
    at.button(key="class-open").click().run()
    assert not at.exception
    (code,) = room.classes().pulse({})
    assert code in told(at)


def test_addresses_begin_with_the_deployers_and_never_repeat(app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app()
    monkeypatch.setenv("NORMLAB_CLASS_ADDRESS", "https://normlab.example.org/")
    found = addresses.candidates()
    assert found[0] == "https://normlab.example.org"
    assert len(found) == len(set(found))
    assert not any("localhost" in one or "127.0." in one for one in found)
    assert addresses.wall("ABCDEF", found[0]) == "./c/ABCDEF/projector?at=https%3A%2F%2Fnormlab.example.org"


def test_where_no_routes_arrive_a_student_joins_and_answers_on_a_page_of_the_app(app: OpenApp) -> None:
    app()
    mine = opened()
    at = joining()
    at.text_input(key="join-code").input("ABC")
    at.button(key="join-join").click().run()
    assert "compare it" in told(at)
    at.text_input(key="join-code").input(f" {mine.code[:3]}-{mine.code[3:]} ".lower())
    at.button(key="join-join").click().run()
    assert "You are in." in told(at)
    teacher = console(mine)
    press(teacher, "open")
    at.run()
    at.radio(key="join-0-1").set_value("a").run()
    assert not at.exception
    assert room.classes().projector(mine.code)["answered"] == 1
    press(teacher, "close")
    at.run()
    assert "it has no protection" in told(at)
    assert "secretly" not in told(at)
    press(teacher, "reveal")
    at.run()
    assert "secretly" in told(at)
    press(teacher, "next")
    press(teacher, "open")
    at.run()
    at.number_input(key="join-1-1-0").set_value(42.0)
    at.button[0].click().run()
    assert room.classes().console(mine.code, mine.secret)["tally"]["values"] == {"1": [42.0]}
    press(teacher, "close")
    press(teacher, "reveal")
    at.run()
    assert "Less!" in told(at)
    at.button(key="join-forget").click().run()
    assert room.classes().projector(mine.code)["answered"] == 0
    press(teacher, "end")
    at.run()
    assert "This class is over." in told(at)


def test_without_routes_the_console_sends_students_to_that_page() -> None:
    light = addresses.of_students("ABCDEF", "https://a.example/lab", has_routes=True)
    assert light == ("https://a.example/lab/c/ABCDEF", "https://a.example/lab/c")
    plain = addresses.of_students("ABCDEF", "https://a.example/lab", has_routes=False)
    assert plain == ("https://a.example/lab/join?code=ABCDEF", "https://a.example/lab/join")
