"""Lessons: predict, commit, reveal. Covers, paths through them, and what the visitor has answered."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from normlab import lessons
from normlab.app.lessons import answers, covers, lesson, picture, quiz, state
from normlab.app.lessons.state import COURSE, LESSON, QUIZ
from normlab.app.shell import address, page, tab, widgets
from normlab.app.shell.controls import buttons, choose
from normlab.app.shell.page import Page
from normlab.app.shell.words import plain
from normlab.lessons import Course, Lesson

_ABOUT = "Predict first, then see what was measured. A wrong guess is fine: it shows you what to learn."
_ALL = "All lessons"
_START, _GO_ON = "Start here", "Go on here"
_BARE = {"key": "", "href": "", "state": "", "picture": None, "mark": ""}


def _bring_back() -> None:
    if not tab.is_awaited(tab.LESSONS):
        answers.take_up()


def _draw() -> None:
    chosen = lessons.lesson(LESSON.chosen) if LESSON.chosen else None
    asked = state.quiz(QUIZ.chosen) if QUIZ.chosen else None
    if tab.is_awaited(tab.LESSONS):
        st.title("Lessons", anchor=False)
        tab.wait(tab.LESSONS)
        return
    tab.wait(tab.LESSONS)
    if chosen is not None:
        _head(chosen.title)
        lesson.show(chosen)
    elif asked is not None:
        _head(f"{asked[0].title}: {asked[1]} the course")
        quiz.show(*asked)
    else:
        _covers()


def _head(title: str) -> None:
    """Of a lesson, with the way back to where it was chosen."""
    course = state.course(COURSE.chosen)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="stretch")
        widgets.button(
            course.title if course else _ALL,
            icon=":material/arrow_back:",
            type="tertiary",
            key="lessons-back",
            on_click=choose,
            args=({LESSON: None, QUIZ: None},),
        )
    page.complain()


def _covers() -> None:
    st.title("Lessons", anchor=False)
    st.caption(_ABOUT)
    page.complain()
    every, course = state.every(), state.course(COURSE.chosen)
    for problem in lessons.own().problems:
        st.warning(plain(problem), icon=":material/edit_document:")
    paths = {one.key: f"{one.title} · {one.minutes} min" for one in lessons.courses()}
    if paths:
        buttons(COURSE, "Path", ("", *paths), words=lambda key: paths.get(key, _ALL))
    if course is not None:
        st.markdown(course.text)
    shown = (
        _of_course(course, every) if course else [*_quizzes(state.BEFORE), *map(_cover, every), *_quizzes(state.AFTER)]
    )
    here, mark = _next(shown, is_ordered=course is not None)
    if here is not None:
        here["mark"] = mark
    if here is not None and mark == _GO_ON:
        widgets.button(
            f"Go on: {plain(here['title'])}",
            type="primary",
            icon=":material/arrow_forward:",
            key="lessons-go-on",
            on_click=_open,
            args=(here["key"],),
        )
    covers.show(f"lessons-covers-{course.key if course else ''}", shown, _open, is_ordered=course is not None)
    _progress(every)


def _next(shown: Sequence[dict[str, Any]], *, is_ordered: bool) -> tuple[dict[str, Any] | None, str]:
    """The cover where a new visitor starts, or where one who has begun goes on, and which of the two it is."""
    taught = [cover for cover in shown if cover["picture"]]
    known = [place for place, cover in enumerate(taught) if cover["state"] != "open"]
    if not known:
        return next((one for one in shown if one["href"] and (is_ordered or one["picture"])), None), _START
    begun = [cover for cover in taught if cover["state"] == "begun"]
    after = [cover for cover in taught[known[-1] :] + taught if cover["state"] == "open"]
    return next(iter([*begun, *after]), None), _GO_ON


def _open(key: object) -> None:
    """Callback: a cover was chosen."""
    if isinstance(key, str) and lessons.lesson(key):
        choose({LESSON: key, QUIZ: None})
    elif isinstance(key, str) and state.quiz(key):
        choose({QUIZ: key, LESSON: None})


def _cover(shown: Lesson) -> dict[str, Any]:
    return {
        **_BARE,
        "key": shown.key,
        "href": _href({"lesson": shown.key}),
        "title": shown.title,
        "asks": lessons.html(f"Good to know: {shown.needs}"),
        "minutes": f"{shown.minutes} min",
        "state": lesson.progress(shown),
        "picture": picture.thumbnail(shown),
    }


def _quizzes(when: str) -> list[dict[str, Any]]:
    return [
        {
            **_BARE,
            "key": (key := f"{one.key}-{when}"),
            "href": _href({"quiz": key}),
            "title": f"{one.title}: {when}",
            "asks": lessons.html(one.text),
            "minutes": f"{len(one.questions)} questions",
            "state": quiz.progress(one, when),
        }
        for one in lessons.quizzes()
    ]


def _href(query: dict[str, str]) -> str:
    return f"./lessons?{urlencode({**query, **address.sizes()})}"


def _of_course(course: Course, every: tuple[Lesson, ...]) -> list[dict[str, Any]]:
    by_key = {one.key: one for one in every}
    found = []
    for step in course.steps:
        shown = by_key.get(step.lesson)
        bare = {**_BARE, "href": f"./{step.link}" if step.link else ""}
        about = {"title": step.title, "asks": lessons.html(step.text), "minutes": f"{step.minutes} min"}
        found.append({**(_cover(shown) if shown else bare), **about})
    return found


def _progress(every: tuple[Lesson, ...]) -> None:
    states = [lesson.progress(one) for one in every]
    done = sum(one == "done" for one in states)
    if not answers.given():
        st.caption("Your answers stay in this browser; no account is needed.")
        return
    st.progress(done / max(len(every), 1), f"{done} of {len(every)} lessons done.")
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, text, kind in (
            ("CSV", answers.as_csv(), "text/csv"),
            ("JSON", answers.as_json(), "application/json"),
        ):
            st.download_button(
                f"My answers ({label})",
                text,
                f"normlab-answers.{label.lower()}",
                kind,
                on_click="ignore",
                icon=":material/download:",
                key=f"lessons-{label}",
            )
        with st.popover("Delete my answers", icon=":material/delete:"):
            st.markdown(f"{len(answers.given())} answers are in this browser, nowhere else.")
            widgets.button("Delete all", type="primary", key="lessons-delete", on_click=answers.delete)


PAGE = Page(
    "lessons",
    "Lessons",
    ":material/school:",
    _draw,
    state.PARTS,
    before=_bring_back,
    keep=answers.hold,
    needs_store=True,
)
