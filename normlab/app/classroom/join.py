"""A student's page with the app's own controls, for hosts that pass no routes beside the app."""

import html
import re
import time
from collections.abc import Mapping
from functools import partial
from operator import sub
from statistics import fmean
from typing import Any

import streamlit as st

from normlab.app.classroom import room
from normlab.app.classroom.keeper import STUDENT
from normlab.app.shell import page, widgets
from normlab.app.shell.fragments import fragment
from normlab.app.shell.page import Page
from normlab.app.shell.views import View
from normlab.app.shell.words import plain
from normlab.classroom import (
    EXPERIMENT,
    UNDECIDED,
    UNKNOWN,
    Classes,
    Joined,
    NoSuchClass,
    NotYours,
    Outcome,
    Phase,
    Refusal,
    read_code,
)

_SAID = "join-said"
_MARKUP = re.compile(r"<[^>]*>")
_CODE = View("join", "code", "", str, read_code, "is no code: it has six letters and digits")


def _draw() -> None:
    st.title("Join a class", anchor=False)
    page.complain()
    STUDENT.show()
    if not STUDENT.is_told:
        st.caption("One moment.")
    elif mine := STUDENT.held:
        _live(*mine)
    else:
        widgets.text_input("The code on the wall", key="join-code", max_chars=12, value=_CODE.chosen)
        widgets.button("Join", key="join-join", type="primary", on_click=_join)
        if said := st.session_state.pop(_SAID, ""):
            st.error(plain(said))


def _join() -> None:
    """Callback."""
    code = read_code(st.session_state.get("join-code", ""))
    try:
        if code is None:
            raise NoSuchClass(UNKNOWN)
        STUDENT.keep(code, room.classes().join(code).token)
    except Refusal as problem:
        time.sleep(0.5)  # whoever tries codes waits; nobody else is served later for it
        st.session_state[_SAID] = str(problem)


def _part(code: str, token: str) -> None:
    if STUDENT.held != (code, token):
        st.rerun(scope="app")
    try:
        classes = room.classes()
        view = classes.student(code)
        if not view["over"]:
            classes.pulse({classes.who(code, token): time.time()})
            _phase(code, token, view, classes.join(code, token))
            return
    except (NoSuchClass, NotYours):
        pass
    except Refusal as problem:
        st.warning(plain(str(problem), 400))
        return
    st.markdown("This class is over.")
    widgets.button("Join another", key="join-other", on_click=STUDENT.forget)


_live = fragment(_part, every=2.0)


def _phase(code: str, token: str, view: Mapping[str, Any], mine: Joined) -> None:
    question = view.get("question")
    if question is None:
        st.markdown("You are in. Look at the wall.")
        return
    st.caption(f"Question {view['position'] + 1} of {view['of']}{', second vote' if view['round'] == 2 else ''}")
    st.html(f'<div style="font-size:1.2rem;font-weight:600">{question["text"]}</div>')
    if question["kind"] == EXPERIMENT:
        _run(code, token, view)
    given = mine.answers.get(f"{view['position']}.{view['round']}")
    if view["phase"] == "open":
        _ask(view, given, partial(_give, code, token, view, mine.sequence + 1))
        st.caption("Sent. You can change it until the question closes." if given is not None else "Not sent yet.")
    else:
        st.markdown(f"Your prediction: **{_spoken(question, given)}**")
    if reveal := view.get("reveal"):
        st.html(f"<p><b>Measured:</b> {reveal.get('sentence') or _spoken(question, reveal.get('right'))}</p>")
        if reply := _replied(question, reveal, given):
            st.html(f"<p>{reply}</p>")
    if said := st.session_state.pop(_SAID, ""):
        st.warning(plain(said))
    widgets.button("Delete my answers", key="join-forget", type="tertiary", on_click=_forget, args=(code, token))


def _run(code: str, token: str, view: Mapping[str, Any]) -> None:
    """The student's own run of the class' experiment."""
    try:
        place = room.classes().own(code, token, view["position"])
    except Refusal as problem:  # it is over, say, and the student came late
        st.caption(plain(str(problem)))
        return
    run = room.classes().runs(code)["runs"][place]
    st.markdown(f"**Run {place + 1}: {plain(view['question']['arms'][run['arm']]['name'])}** · seed {run['seed']}")
    if view["phase"] == Phase.RUNNING and run["state"] == "ready":
        train = partial(Classes.own, train=True)
        widgets.button("Train", key="join-train", on_click=room.do, args=(_SAID, train, code, token, view["position"]))
    elif run["state"] == "waiting":
        st.markdown(f"{run['ahead']} before yours, about {run['seconds']} s.")
    elif run["accuracy"] is not None or run["curve"]:
        st.metric("Test accuracy", f"{run['curve'][-1] if run['accuracy'] is None else run['accuracy']:.1f} %")
    elif run["state"] not in ("ready", "training"):
        st.markdown("Stopped (NaN): it did not learn." if run["state"] == Outcome.DIVERGED else "It was not trained.")


def _ask(view: Mapping[str, Any], given: Any, give: Any) -> None:
    """The question's control; `give(key, read)` is a callback."""
    question, key = view["question"], f"join-{view['position']}-{view['round']}"
    if question["kind"] == "choice":
        texts = [*(option["key"] for option in question["options"]), UNDECIDED]
        widgets.radio(
            "Your prediction",
            texts,
            index=texts.index(given) if given in texts else None,
            format_func=lambda option: _spoken(question, option),
            key=key,
            on_change=give,
            args=([key],),
        )
        return
    axis = question["y"] if question["kind"] == "sketch" else question
    points = question["points"] if question["kind"] == "sketch" else [None]
    keys = [f"{key}-{place}" for place in range(len(points))]
    with st.form(f"{key}-form"):
        for place, point in enumerate(points):
            label = "Your prediction" if point is None else f"{question['x']['label']} {point:g}"
            before = given if point is None else given[place] if isinstance(given, list) else None
            value = before if isinstance(before, float) else None
            st.number_input(label, axis["low"] + 0.0, axis["high"] + 0.0, value, key=keys[place])
        widgets.form_submit_button("Send my prediction", on_click=give, args=(keys,))


def _give(code: str, token: str, view: Mapping[str, Any], sequence: int, keys: list[str]) -> None:
    """Callback: send what the controls say."""
    found = [st.session_state.get(key) for key in keys]
    answer = found if view["question"]["kind"] == "sketch" else found[0]
    room.do(_SAID, Classes.answer, code, token, view["position"], view["round"], answer, sequence)


def _forget(code: str, token: str) -> None:
    """Callback."""
    room.do(_SAID, Classes.forget, code, token)


def _replied(question: Mapping[str, Any], reveal: Mapping[str, Any], given: Any) -> str:
    """What the answer is answered, as HTML; of a number or a curve, if it lies too far from the measured one."""
    if given is None or given == UNDECIDED:
        return ""
    if question["kind"] == "choice":
        return str(reveal.get("replies", {}).get(given, ""))
    measured = reveal["curve"] if question["kind"] == "sketch" else [reveal.get("value")]
    values = given if question["kind"] == "sketch" else [given]
    if "tolerance" not in reveal or fmean(map(abs, map(sub, values, measured))) <= reveal["tolerance"]:
        return ""
    if question["kind"] == "sketch":
        return str(reveal["reply"])
    return next((one["text"] for one in reveal["replies"] if one["low"] <= given <= one["high"]), "")


def _spoken(question: Mapping[str, Any], answer: Any) -> str:
    """An answer in words; options without their formulas' markup, which a control cannot draw."""
    if answer is None:
        return "none"
    if answer == UNDECIDED:
        return "I don’t know"
    if isinstance(answer, list):
        return ", ".join(f"{value:g}" for value in answer)
    if isinstance(answer, float):
        return f"{answer:g} {question['unit']}"
    text = next((option["text"] for option in question["options"] if option["key"] == answer), "")
    return plain(html.unescape(_MARKUP.sub("", text)))


PAGE = Page("join", "Join a class", ":material/login:", _draw, (_CODE,), needs_store=True, is_hidden=True)
