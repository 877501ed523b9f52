"""What a visitor has answered: kept by the browser by lesson, version and question, exported and deleted by buttons."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from normlab.app.shell import tab
from normlab.lessons import Answer, Question, Refused

_GIVEN, _REFUSAL = "lessons-answers", "lessons-refusal"
_MOST = 1_000
"""Answers that are taken over from a browser."""

_LONGEST = 200
"""Characters of a place."""

Kept = dict[str, Any]
"""By place (`place`): {answer, at}; None for one that was taken back, so that other tabs of the browser hear of it."""


def place(key: str, version: int, question: Question) -> str:
    """Under which name an answer is kept: another version of a lesson is another question."""
    return f"{key}.{version}.{question.key}"


def of(place: str, question: Question) -> Answer | None:
    """What was answered; None if nothing was, or what the browser kept is no answer."""
    kept = _given().get(place)
    try:
        return question.read(_read(kept["answer"])) if isinstance(kept, dict) and "answer" in kept else None
    except Refused:
        return None


def give(place: str, question: Question, said: object) -> None:
    """For callbacks: commit an answer, once. What is none changes nothing.

    Raises:
        Refused: if it is none, with a sentence.
    """
    answer = question.read(_read(said))
    if of(place, question) is None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        _given()[place] = {"answer": list(answer) if isinstance(answer, tuple) else answer, "at": at}


def take(place: str, question: Question, said: object) -> None:
    """Callback: `give`; why an answer is none is kept for `refusal`."""
    try:
        give(place, question, said)
    except Refused as problem:
        st.session_state[_REFUSAL] = str(problem)


def refusal() -> str:
    """Why the last answer was none, in a sentence, once; else ""."""
    return str(st.session_state.pop(_REFUSAL, ""))


def progress(asked: Mapping[str, Question]) -> str:
    """ "open", "begun" (some of these are answered) or "done" (all); by the place of each."""
    given = [of(place, question) is not None for place, question in asked.items()]
    return "done" if all(given) else "begun" if any(given) else "open"


def forget(places: list[str]) -> None:
    """For callbacks: ask these again."""
    _given().update(dict.fromkeys(places))


def delete() -> None:
    """For callbacks: forget all."""
    forget(list(_given()))


def given() -> Mapping[str, Mapping[str, Any]]:
    """All answers by place, the oldest first."""
    there = {place: kept for place, kept in _given().items() if kept is not None}
    return dict(sorted(there.items(), key=lambda entry: str(entry[1]["at"])))


def as_json() -> str:
    """For people: places, answers, and when they were given (UTC)."""
    return json.dumps(given(), indent=2, ensure_ascii=False)


def as_csv() -> str:
    """The same as a table; the numbers of a curve are joined by spaces."""
    sink = io.StringIO()
    table = csv.writer(sink, lineterminator="\n")
    table.writerow(["lesson", "version", "question", "answer", "at"])
    for place, kept in given().items():
        answer = kept["answer"]
        text = " ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
        lesson, version, question = place.rsplit(".", 2)
        table.writerow([lesson, version, question, text, kept["at"]])
    return sink.getvalue()


def take_up() -> None:
    """Take over what the browser has kept; what was answered in this session stays."""
    found = tab.take(tab.LESSONS)
    if isinstance(found, dict) and len(found) <= _MOST:
        _given().update({name: kept for name, kept in found.items() if name not in _given() and _is_sound(name, kept)})


def hold() -> None:
    """Let the browser keep it: an element without size."""
    tab.hold(tab.LESSONS, dict(_given()) or None)


def _is_sound(name: str, kept: object) -> bool:
    """Whether it can be what `give` wrote; a question says whether it is an answer."""
    if len(name) > _LONGEST or name.count(".") < 2 or not isinstance(kept, dict):
        return False
    at, answer = kept.get("at"), kept.get("answer")
    values = answer if isinstance(answer, list) else [answer]
    return isinstance(at, str) and len(at) < _LONGEST and all(isinstance(one, str | int | float) for one in values)


def _read(said: object) -> object:
    return tuple(said) if isinstance(said, list) else said


def _given() -> Kept:
    answers: Kept = st.session_state.setdefault(_GIVEN, {})
    return answers
