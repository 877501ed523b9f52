"""What an answer is answered: the verdict, computed from the runs, and the reply to what looked right."""

import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

from normlab import lessons
from normlab.app.lessons.picture import number
from normlab.app.shell import cached
from normlab.lessons import DONT_KNOW, Answer, Choice, Lesson, Number, Question, Statistic, Verdict

_FRESH = 600
"""Seconds after which a verdict is computed again: runs may have been trained anew."""

_PARTED = re.compile(r" %|\bp [=<] ")

_GREETINGS = {
    "right": "You saw it coming.",
    "wrong": "A surprise. That is where learning starts.",
    "unknown": "Now it can be seen.",
}


def begin(lesson: Lesson) -> None:
    """Measure while the visitor thinks: many networks are asked. Raises `NotMeasured` where some are not here."""
    if lacking := lessons.missing(lesson, cached.store()):
        raise lessons.NotMeasured(lacking)
    _measured(repr(lesson), lesson)


def verdict(lesson: Lesson) -> Verdict:
    """Waits for it. Raises `NotMeasured`, `DataProblem` or `Damage`."""
    return _measured(repr(lesson), lesson).result()


def ready(lesson: Lesson) -> Verdict | None:
    """None while it is measured. Raises as `verdict`."""
    begin(lesson)
    future = _measured(repr(lesson), lesson)
    return future.result() if future.done() else None


@st.cache_resource(
    max_entries=64,
    ttl=_FRESH,
    show_spinner=False,
    validate=lambda future: not (future.done() and future.exception()),
)
def _measured(name: str, _lesson: Lesson) -> "Future[Verdict]":
    return _measurer().submit(lessons.verdict, _lesson, cached.store())


@st.cache_resource(show_spinner=False)
def _measurer() -> ThreadPoolExecutor:
    """One for all sessions, so that lessons leave the other cores to the pages."""
    return ThreadPoolExecutor(1, "lessons")


def outcome(question: Question, answer: Answer, verdict: Verdict | None = None) -> dict[str, Any]:
    """For the browser: of a lesson's question with its verdict, of another by the file alone."""
    measured = verdict.answer if verdict else None
    kind = "unknown" if answer == DONT_KNOW else "right" if question.is_right(answer, measured) else "wrong"
    return {
        "kind": kind,
        "greeting": _GREETINGS[kind],
        **(told(verdict) if verdict else dict.fromkeys(("sentence", "certainty", "expected"), "")),
        "reply": lessons.html(_reply(question, answer, measured)),
        "right": question.right.key if isinstance(question, Choice) else None,
        "number": number(measured, unit_of(question)) if isinstance(measured, float) else "",
    }


def _reply(question: Question, answer: Answer, measured: Answer | None) -> str:
    """Whoever does not know, or chose wrongly, also reads what is right."""
    if answer == DONT_KNOW and isinstance(question, Choice):
        return question.right.reply
    return question.reply_to(answer, measured)


def told(verdict: Verdict) -> dict[str, str]:
    """What was measured, how sure it is, and what had been expected: on the page, the wall and the phones."""
    return {
        "sentence": _joined(verdict.sentence),
        "certainty": _joined(verdict.certainty),
        "expected": " ".join(filter(None, [verdict.outcome, verdict.objection])),
    }


def _joined(sentence: str) -> str:
    """Without a break before a unit, or within "p = 0.008"."""
    return _PARTED.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), sentence)


def unit_of(question: Question) -> str:
    return question.unit if isinstance(question, Number) else ""


def is_level(lesson: Lesson) -> bool:
    """Whether what is answered is a height in the picture."""
    question = lesson.question
    if isinstance(question, Number):
        return question.statistic is Statistic.MIDDLE and question.unit == lesson.picture.y.unit
    return True
