"""The page of lessons: what a browser has before an answer and after it, and what becomes of answers."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lesson_kit
import pytest
import streamlit as st
from app_store import opened, sound, words
from streamlit.testing.v1 import AppTest

from normlab import lessons
from normlab.app.lessons import answers, picture, question
from normlab.app.shell import cached
from normlab.lessons import DONT_KNOW, Axis, Question, Scale
from normlab.store import Store

ANSWERS: dict[str, Any] = {"choice": "less", "number": 20.0, "sketch": [10.0, 20.0, 30.0]}
ONLY_REVEALED = (
    "24.5",
    "92.2",
    "83.7",
    "62.7",
    "Because",
    "If it had not",
    "And the other way",
    "It looks",
    "arxiv.org",
)
"""What the made-up runs measure, and what the files say of it."""


def draw() -> None:  # its source is executed elsewhere
    import streamlit as st

    from normlab import lessons
    from normlab.app.lessons import answers, lesson, page

    for key, said in st.session_state.pop("said", {}).items():
        about = lessons.lesson(key.removesuffix("-transfer"))
        assert about is not None
        asked = about.transfer if key.endswith("-transfer") else about.question
        answers.take(lesson.place(about, asked), asked, said)
    page.PAGE.show()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Lessons of each kind, and their runs."""
    for name in ("lessons", "store"):
        (tmp_path / name).mkdir()
    lesson_kit.write(tmp_path / "lessons")
    monkeypatch.setenv(lessons.VARIABLE, str(tmp_path / "lessons"))
    monkeypatch.setattr(cached, "store", lambda: Store(tmp_path / "store"))
    monkeypatch.setattr(cached, "problem", lambda: "")
    st.cache_resource.clear()
    found = Store(tmp_path / "store")
    for one in lessons.own().found.values():
        lesson_kit.keep(found, one)
    yield found
    st.cache_resource.clear()


def sent(at: AppTest, name: str = "question") -> list[dict[str, Any]]:
    return [json.loads(one.proto.json) for one in at.get("bidi_component") if one.proto.component_name == name]


def everything(at: AppTest) -> str:
    """All that the browser has."""
    protos = [str(getattr(one, "proto", "")) for one in at._tree]
    return words(at) + "\n".join([*protos, *(one.proto.json for one in at.get("bidi_component"))])


def say(at: AppTest, **said: Any) -> AppTest:
    at.session_state["said"] = said
    return sound(at.run())


@pytest.mark.parametrize("kind", lesson_kit.KINDS)
def test_nothing_of_the_reveal_is_sent_before_an_answer_and_all_of_it_after(kind: str) -> None:
    at = opened(draw, lesson=kind)
    (asked,) = sent(at)
    assert asked["answer"] is asked["outcome"] is asked["measured"] is None
    assert not [text for text in ONLY_REVEALED if text in everything(at)]
    assert "right" not in json.dumps(asked["question"])
    at = say(at, **{kind: ANSWERS[kind]})
    asked, transfer = sent(at)
    assert asked["answer"] == ANSWERS[kind]
    assert asked["outcome"]["kind"] == "wrong"
    assert asked["outcome"]["greeting"].startswith("A surprise")
    assert "5 seeds each" in asked["outcome"]["sentence"]
    assert "interval" in asked["outcome"]["certainty"]
    assert [len(series["lines"]) for series in asked["measured"]["series"]] == [5, 5]
    assert transfer["outcome"] is None
    assert "It is symmetric" not in everything(at)
    assert not [text for text in ONLY_REVEALED[4:7] if text not in everything(at)]


def test_an_answer_that_is_right_and_none_at_all_are_greeted_otherwise() -> None:
    at = say(opened(draw, lesson="choice"), choice="more")
    assert sent(at)[0]["outcome"]["kind"] == "right"
    assert at.button(key="lessons-next").label == "Next: About number"
    at = say(opened(draw, lesson="choice"), choice=DONT_KNOW)
    assert sent(at)[0]["outcome"] == {**sent(at)[0]["outcome"], "kind": "unknown", "right": "more"}
    assert sent(at)[0]["outcome"]["reply"] == "You know why."
    at = say(opened(draw, lesson="number"), number=92)
    assert sent(at)[0]["outcome"]["kind"] == "right", "within the tolerance"
    assert sent(at)[0]["outcome"]["number"] == "92.2\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("kind", "strange"),
    [
        ("choice", "neither"),
        ("choice", ["less"]),
        ("number", 101),
        ("number", "x"),
        ("sketch", [1, 2]),
        ("sketch", None),
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence_and_reveals_nothing(kind: str, strange: Any) -> None:
    at = say(opened(draw, lesson=kind), **{kind: strange})
    assert [len(str(one.value)) > 20 for one in at.error] == [True]
    assert sent(at)[0]["outcome"] is None
    assert not sound(at.run()).error, "it is said once"


def test_the_first_answer_counts() -> None:
    at = say(opened(draw, lesson="choice"), choice="less")
    assert sent(say(at, choice="more"))[0]["answer"] == "less"


def test_answers_are_kept_by_lesson_version_and_question_and_come_back() -> None:
    at = say(opened(draw, lesson="choice"), **{"choice": "less", "choice-transfer": "same"})
    (held,) = [one["items"]["lessons"] for one in sent(at, "tab") if "lessons" in one["items"]]
    kept = json.loads(held)
    assert {name: entry["answer"] for name, entry in kept.items()} == {
        "choice.1.question": "less",
        "choice.1.transfer": "same",
    }
    again = restored(kept, lesson="choice")
    assert [asked["answer"] for asked in sent(again)] == ["less", "same"]
    assert sent(again)[0]["measured"] is not None
    other = {name.replace(".1.", ".2."): entry for name, entry in kept.items()}
    assert sent(restored(other, lesson="choice"))[0]["answer"] is None, "another version is another question"


@pytest.mark.parametrize(
    "kept",
    [
        None,
        3,
        [],
        {"choice.1.question": "less"},
        {"choice.1.question": {"answer": "neither", "at": "2026"}},
        {"choice.1.question": {"answer": {"a": 1}, "at": "2026"}},
        {"choice.1.question": {"answer": "less"}},
        {"choice.1.question": {"answer": [[1]], "at": "2026"}},
        {"x" * 300 + ".1.q": {"answer": "less", "at": "2026"}},
        {str(number) + ".1.q": {"answer": "less", "at": "2026"} for number in range(2_000)},
    ],
)
def test_what_nobody_can_have_answered_is_not_taken_up(kept: Any) -> None:
    at = restored(kept, lesson="choice")
    assert sent(at)[0]["answer"] is None
    assert not sound(restored(kept)).error


def restored(kept: Any, **query: str) -> AppTest:
    """A new session in a browser that has kept this."""
    at = AppTest.from_function(draw, default_timeout=30)
    at.query_params.update(query)
    at.session_state["tab-told"] = True
    at.session_state["tab-found"] = {"lessons": kept}
    return sound(at.run())


def test_covers_lead_to_lessons_and_say_how_far_one_is() -> None:
    at = opened(draw)
    (covers,) = sent(at, "covers")
    mine = {cover["key"]: cover for cover in covers["covers"]}
    assert {"choice", "number", "sketch", "scaled-weights"} <= mine.keys()
    assert mine["choice"]["title"] == "About choice"
    assert mine["choice"]["minutes"] == "3 min"
    assert mine["choice"]["asks"] == "Good to know: Nothing but this."
    assert mine["choice"]["href"] == "./lessons?lesson=choice"
    assert not [text for text in ONLY_REVEALED if text in everything(at)]
    at = say(at, **{"choice": "less", "choice-transfer": "same", "number": 3})
    states = {cover["key"]: cover["state"] for cover in sent(at, "covers")[0]["covers"]}
    assert (states["choice"], states["number"], states["sketch"]) == ("done", "begun", "open")
    assert "1 of " in at.get("progress")[0].proto.text


def test_one_cover_says_where_to_start_and_then_where_to_go_on() -> None:
    def marks(at: AppTest) -> dict[str, str]:
        return {cover["key"]: cover["mark"] for cover in sent(at, "covers")[0]["covers"] if cover["mark"]}

    at = opened(draw)
    first = lessons.shipped()[0].key
    assert marks(at) == {first: "Start here"}
    assert marks(say(at, choice="less")) == {"choice": "Go on here"}, "it is begun"
    assert marks(say(at, **{"choice-transfer": "same"})) == {"number": "Go on here"}, "the next one"
    last = {"number": 3, "number-transfer": "same", "sketch": [1, 2, 3], "sketch-transfer": "same"}
    assert marks(say(at, **last)) == {first: "Go on here"}, "what was left out"
    assert at.button(key="lessons-go-on").label == f"Go on: {lessons.shipped()[0].title}"
    at.button(key="lessons-go-on").click().run()
    assert at.query_params["lesson"] == first
    assert marks(opened(draw, course="fifty-minutes")) == {"": "Start here"}, "a page comes first there"


def test_answers_are_exported_asked_again_and_deleted() -> None:
    at = say(opened(draw, lesson="sketch"), sketch=[10, 20, 30], choice="less")
    at.button(key="lessons-again").click().run()
    assert sent(at)[0]["answer"] is None, "asked again"
    say(at, sketch=[1, 2, 3])
    at.button(key="lessons-back").click().run()
    rows = list(csv.reader(io.StringIO(exported(at, "as_csv"))))
    assert rows[0] == ["lesson", "version", "question", "answer", "at"]
    assert sorted(row[:4] for row in rows[1:]) == [
        ["choice", "1", "question", "less"],
        ["sketch", "1", "question", "1.0 2.0 3.0"],
    ]
    assert len(json.loads(exported(at, "as_json"))) == 2
    at.button(key="lessons-delete").click().run()
    assert not at.get("progress")
    (held,) = [one["items"]["lessons"] for one in sent(at, "tab") if "lessons" in one["items"]]
    assert set(json.loads(held).values()) == {None}, "the browser's other tabs hear of it"


def exported(at: AppTest, how: str) -> str:
    """What the button downloads."""

    def script() -> None:
        import streamlit as st

        from normlab.app.lessons import answers

        st.session_state["text"] = getattr(answers, st.session_state["how"])()

    other = AppTest.from_function(script)
    other.session_state["how"] = how
    other.session_state["lessons-answers"] = at.session_state["lessons-answers"]
    return str(sound(other.run()).session_state["text"])


def test_a_course_is_a_path_of_its_steps() -> None:
    at = opened(draw, course="fifty-minutes")
    (covers,) = sent(at, "covers")
    course = next(one for one in lessons.courses() if one.key == "fifty-minutes")
    assert covers["isOrdered"]
    assert [cover["title"] for cover in covers["covers"]] == [step.title for step in course.steps]
    assert [cover["key"] for cover in covers["covers"]] == [step.lesson for step in course.steps]
    assert covers["covers"][0]["href"].startswith("./?show=race")
    at.button_group(key="lessons-course").set_value("").run()
    (covers,) = sent(sound(at), "covers")
    assert not covers["isOrdered"], "all lessons again"
    assert "course" not in at.query_params


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_six_questions_tell_what_is_right_only_after_the_course(when: str) -> None:
    (quiz,) = lessons.quizzes()
    name = f"{quiz.key}-{when}"
    at = AppTest.from_function(draw, default_timeout=30)
    at.query_params["quiz"] = name
    kept = {f"{name}.{quiz.version}.{asked.key}": asked.right.key for asked in quiz.questions}
    at.session_state["lessons-answers"] = {key: {"answer": said, "at": "2026"} for key, said in kept.items()}
    asked = sent(sound(at.run()))
    assert len(asked) == len(quiz.questions)
    told = {one["outcome"]["kind"] for one in asked}
    assert told == ({"unknown"} if when == "before" else {"right"})
    assert [one["outcome"]["right"] is None for one in asked] == [when == "before"] * len(asked)
    score = f"{len(asked)} of {len(asked)} right"
    assert (score in words(at)) == (when == "after")


def test_an_unknown_lesson_is_said_and_the_covers_are_shown() -> None:
    at = opened(draw, lesson="nothing")
    assert "is no lesson that is here" in words(at)
    assert sent(at, "covers")


def test_without_its_runs_a_lesson_says_what_trains_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached, "store", lambda: Store(store.root.parent / "empty"))
    at = opened(draw, lesson="choice")
    assert "not trained here" in words(at)
    assert not sent(at)


def test_an_axis_has_round_marks_from_end_to_end() -> None:
    def marks(low: float, high: float, scale: Scale = Scale.LINEAR) -> list[float]:
        return picture.ticks(Axis("", low, high, "", scale))

    assert marks(0, 100) == [0, 20, 40, 60, 80, 100]
    assert marks(0, 15) == [0, 5, 10, 15]
    assert marks(-1, 1) == [-1, -0.5, 0, 0.5, 1]
    assert marks(0.5, 2, Scale.LOG) == [0.5, 1, 2]
    assert marks(0.001, 1, Scale.LOG) == [0.001, 0.01, 0.1, 1]


@pytest.mark.parametrize("kind", lesson_kit.KINDS)
def test_a_question_is_what_any_browser_may_have(kind: str) -> None:
    found = lessons.lesson(kind)
    assert found is not None
    asked: Question = found.question
    told = question.asked(asked)
    assert {**told, "places": None, "y": None} == {**asked.public(), "places": None, "y": None}
    assert answers.place(kind, 1, asked) == f"{kind}.1.question"
