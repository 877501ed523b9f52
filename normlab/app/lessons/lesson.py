"""One lesson: the question, the reveal in the same picture, why, another question, and where to try it."""

from functools import partial
from urllib.parse import urlencode

import streamlit as st

from normlab.app.lessons import answers, picture, question, reveal, state
from normlab.app.shell import address, tables, widgets
from normlab.app.shell.controls import choose
from normlab.app.shell.words import plain
from normlab.datasets import DataProblem
from normlab.lessons import Choice, Lesson, NotMeasured, Question, Step, Verdict
from normlab.store import Damage, StoreProblem

_PART = "lesson-part"
_PARTS = f"[class*=st-key-{_PART}]"


def show(lesson: Lesson) -> None:
    """Draw it, as far as it has been answered."""
    try:
        _show(lesson)
    except NotMeasured as problem:
        st.info(
            f"{plain(str(problem))} `normlab rebuild lessons --missing` trains it.", icon=":material/hourglass_empty:"
        )
    except DataProblem as problem:
        st.info(plain(str(problem)), icon=":material/image_not_supported:")
    except (Damage, StoreProblem) as problem:
        st.error(plain(f"A network of this lesson cannot be read: {problem}"), icon=":material/broken_image:")


def place(lesson: Lesson, asked: Question) -> str:
    """Under which name the answer is kept."""
    return answers.place(lesson.key, lesson.version, asked)


def progress(lesson: Lesson) -> str:
    """ "open", "begun" (the question is answered) or "done" (the transfer question too)."""
    return answers.progress({place(lesson, asked): asked for asked in (lesson.question, lesson.transfer)})


def _show(lesson: Lesson) -> None:
    asked = lesson.question
    answer = answers.of(place(lesson, asked), asked)
    reveal.begin(lesson)
    verdict = None
    if answer is not None:
        with st.spinner("Measuring"):
            verdict = reveal.verdict(lesson)
    with st.container(key=f"{_PART}-question"):
        question.show(
            place(lesson, asked),
            asked,
            answer,
            reveal.outcome(asked, answer, verdict) if answer is not None else None,
            partial(answers.take, place(lesson, asked), asked),
            picture=picture.before(lesson),
            is_level=reveal.is_level(lesson),
            measured=picture.measured(verdict) if verdict else None,
            leads="Why?",
            parts=_PARTS,
        )
        if problem := answers.refusal():
            st.error(plain(problem), icon=":material/block:")
    if verdict is not None:
        _explain(lesson, verdict)


def _explain(lesson: Lesson, verdict: Verdict) -> None:
    with st.container(key=f"{_PART}-why"):
        left, right = st.columns([1.85, 1], gap="large")
        with left:
            st.subheader("Why", anchor=False)
            st.markdown(lesson.why)
        with right:
            _origin(lesson)
        with st.expander("Every seed", icon=":material/table:"):
            alt = picture.measured(verdict)["alt"]
            tables.show(f"lesson-numbers-{lesson.key}", picture.table(verdict), alt=alt, columns={})
    with st.container(key=f"{_PART}-transfer"):
        st.subheader("One more question", anchor=False)
        ask(lesson, lesson.transfer)
    with st.container(key=f"{_PART}-try"):
        st.subheader("Try it", anchor=False)
        with st.container(horizontal=True):
            for link in lesson.links:
                st.link_button(link.text, _target(link.to), icon=":material/open_in_new:")
        _lead_on(lesson)


def _origin(lesson: Lesson) -> None:
    paper = lesson.paper
    st.markdown(
        f"**Found first by** [{paper.title}]({paper.url}), {paper.place}\n\n{paper.numbers}\n\n"
        f"**What would have proved it wrong**\n\n{lesson.falsified}"
    )


def ask(lesson: Lesson, asked: Choice) -> None:
    """A question without a picture, answered by the file."""
    answer = answers.of(place(lesson, asked), asked)
    question.show(
        place(lesson, asked),
        asked,
        answer,
        reveal.outcome(asked, answer) if answer is not None else None,
        partial(answers.take, place(lesson, asked), asked),
        leads="Try it",
        parts=_PARTS,
        level=4,
    )


def _target(link: str) -> str:
    """Relative to this page, with a projector's sizes where they are on."""
    sizes = urlencode(address.sizes())
    joint = "&" if "?" in link else "?"
    return f"./{link}{joint if sizes else ''}{sizes}"


def _lead_on(lesson: Lesson) -> None:
    with st.container(horizontal=True):
        step = following(lesson)
        if step is not None and step.lesson:
            widgets.button(
                f"Next: {step.title}",
                type="primary",
                icon=":material/arrow_forward:",
                key="lessons-next",
                on_click=choose,
                args=({state.LESSON: step.lesson},),
            )
        elif step is not None and step.link:
            st.link_button(f"Next: {step.title}", _target(step.link), type="primary", icon=":material/arrow_forward:")
        widgets.button(
            "Answer again",
            icon=":material/replay:",
            key="lessons-again",
            help="Forgets your two answers to this lesson.",
            on_click=answers.forget,
            args=([place(lesson, asked) for asked in (lesson.question, lesson.transfer)],),
        )


def following(lesson: Lesson) -> Step | None:
    """What comes after it in the chosen course, or among all lessons."""
    course = state.course(state.COURSE.chosen)
    every = [Step(one.minutes, one.title, "", one.key) for one in state.every()]
    steps = list(course.steps) if course else every
    at = next((place for place, step in enumerate(steps) if step.lesson == lesson.key), len(steps))
    return next(iter(steps[at + 1 :]), None)
