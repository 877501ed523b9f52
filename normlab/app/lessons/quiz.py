"""Questions that are asked before a course and again after it; what is right is told after the second time."""

from functools import partial
from typing import Any

import streamlit as st

from normlab.app.lessons import answers, question, reveal, state
from normlab.app.shell.words import plain
from normlab.lessons import Answer, Choice, Quiz

_KEPT = {
    **dict.fromkeys(("sentence", "certainty", "expected", "reply", "number"), ""),
    "kind": "unknown",
    "greeting": "Kept. What is right comes after the course.",
    "right": None,
}


def show(quiz: Quiz, when: str) -> None:
    """Draw them, before the course or after it."""
    st.markdown(quiz.text)
    if problem := answers.refusal():
        st.error(plain(problem), icon=":material/block:")
    for asked in quiz.questions:
        with st.container(border=True):
            _ask(place(quiz, when, asked), asked, when)
    if (now := right(quiz, when)) is not None and when == state.AFTER:
        before = right(quiz, state.BEFORE)
        was = f", {before} before the course" if before is not None else ""
        st.markdown(f"**{now} of {len(quiz.questions)} right{was}.**")


def place(quiz: Quiz, when: str, asked: Choice) -> str:
    """Under which name the answer is kept."""
    return answers.place(f"{quiz.key}-{when}", quiz.version, asked)


def right(quiz: Quiz, when: str) -> int | None:
    """How many were answered right; None until all are answered."""
    given = [(asked, answers.of(place(quiz, when, asked), asked)) for asked in quiz.questions]
    if any(answer is None for _, answer in given):
        return None
    return sum(asked.is_right(answer) for asked, answer in given if answer is not None)


def progress(quiz: Quiz, when: str) -> str:
    """ "open", "begun" or "done"."""
    return answers.progress({place(quiz, when, asked): asked for asked in quiz.questions})


def _ask(name: str, asked: Choice, when: str) -> None:
    answer = answers.of(name, asked)
    question.show(
        name,
        asked,
        answer,
        _outcome(asked, answer, when) if answer is not None else None,
        partial(answers.take, name, asked),
    )


def _outcome(asked: Choice, answer: Answer, when: str) -> dict[str, Any]:
    return _KEPT if when == state.BEFORE else reveal.outcome(asked, answer)
