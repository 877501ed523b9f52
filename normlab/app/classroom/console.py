"""The teacher's console: where the class is, who has answered, and what to do next. Drawn anew every second."""

import html
import time
from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from normlab.app.classroom import addresses, asked, experiment, room
from normlab.app.classroom.keeper import CONSOLE
from normlab.app.shell import widgets
from normlab.app.shell.appearance import paint
from normlab.app.shell.fragments import fragment
from normlab.app.shell.words import plain
from normlab.charts.theme import FAINT, MUTED
from normlab.classroom import EXPERIMENT, Classes, NoSuchClass, NotYours, Phase, Place, Refusal, Step
from normlab.errors import NormlabError

_Kind = Literal["primary", "secondary", "tertiary"]

_SAID, _ADDRESS, _RIGHT = "console-said", "console-address", "console-right"
_WORDS = {
    Step.OPEN: "Open",
    Step.CLOSE: "Close",
    Step.AGAIN: "Second vote",
    Step.REVEAL: "Reveal",
    Step.REOPEN: "Reopen",
    Step.START: "Start",
    Step.FINISH: "Finish now",
}
_QUESTION = (Step.OPEN, Step.CLOSE, Step.AGAIN, Step.REVEAL)
_EXPERIMENT = (Step.OPEN, Step.START, Step.FINISH)
_PHASES = {
    Phase.LOBBY: "not asked yet",
    Phase.OPEN: "open",
    Phase.CLOSED: "closed",
    Phase.RUNNING: "training",
    Phase.REVEALED: "revealed",
}
NO_ROUTES = (
    "This host passes no light pages: there is no wall, and each student is one more visitor of the app: "
    "for how many that does was not measured."
)
_LEAST, _MOST = 1 / 3, 2 / 3
"""Between these shares of right answers a talk with the neighbor helps most (Crouch and Mazur, 2001)."""


def _draw(code: str, secret: str) -> None:
    if CONSOLE.held != (code, secret):  # it was given up by a click in here
        st.rerun(scope="app")
    try:
        view = room.classes().console(code, secret)
    except (NoSuchClass, NotYours) as problem:
        st.warning(plain(str(problem)))
        widgets.button("Open another class", key="console-other", on_click=CONSOLE.forget)
        return
    except Refusal as problem:
        st.error(plain(str(problem), 400))
        return
    lacking = _lacking(code, secret, view)
    left, right = st.columns([1, 2.1], gap="large")
    with left:
        _door(code, view)
    with right:
        _steps(code, secret, view, lacking)
        _question(view)
    _list(code, secret, view)
    _last(code, secret, view)


show = fragment(_draw, every=1.0)


def _door(code: str, view: Mapping[str, Any]) -> None:
    """How students come in."""
    found = addresses.candidates()
    if st.session_state.get(_ADDRESS) not in found:
        st.session_state[_ADDRESS] = found[0]
    with st.container(border=True):
        address = st.session_state[_ADDRESS]
        where, typed = addresses.of_students(code, address, has_routes=CONSOLE.has_routes)
        st.html(
            f'<div style="display:flex;gap:1rem;align-items:center">'
            f'<img src="{addresses.picture(where)}" alt="The class\' address as a picture" width="120" '
            f'height="120" style="background:#fff;border-radius:.4rem">'
            f'<div><div style="font:700 2rem ui-monospace,monospace;letter-spacing:.06em">{code}</div>'
            f'<div style="color:{paint(MUTED)};overflow-wrap:anywhere">{html.escape(typed)}</div></div></div>'
        )
        widgets.selectbox("Address for phones", found, key=_ADDRESS)
        if addresses.is_reached(address):
            st.markdown(":green[:material/check_circle:] Another device has reached it.")
        elif addresses.is_late(address):
            st.markdown(f":orange[:material/warning:] {addresses.CAUSES}")
        else:
            st.markdown(":material/hourglass_empty: Waiting for the first phone …")
        st.link_button(
            "Open the wall",
            addresses.wall(code, address),
            icon=":material/present_to_all:",
            width="stretch",
            disabled=not CONSOLE.has_routes,
        )
        if not CONSOLE.has_routes:
            st.caption(NO_ROUTES)
    here, answered = st.columns(2)
    here.metric("Here", view["here"], help=f"{view['joined']} have joined in all.")
    answered.metric("Answered", view["answered"])


def _lacking(code: str, secret: str, view: Mapping[str, Any]) -> str:
    """What keeps the question from being revealed, in a sentence; "" if nothing does. Learns what was measured."""
    if view["reveal"]:
        return ""
    try:
        found = asked.reveal(*view["lesson"])
        if found is None:
            return "The networks are being asked; the reveal waits for them."
        room.classes().learn(code, secret, view["position"], found)
    except NormlabError as problem:
        return str(problem)
    return ""


def _steps(code: str, secret: str, view: Mapping[str, Any], lacking: str) -> None:
    """The way of a question, the next step in color; `lacking` says why it cannot be revealed."""
    seen = Place(view["position"], Phase(view["phase"]), view["round"])
    number = f"Question {view['position'] + 1} of {view['of']}"
    state = (
        "The class is over." if view["over"] else f"{_PHASES[seen.phase]}{', second vote' if seen.round == 2 else ''}"
    )
    st.markdown(f"**{number}** · {state}")
    is_experiment = view["question"]["kind"] == EXPERIMENT
    way = _EXPERIMENT if is_experiment else _QUESTION
    recommended = _recommended(seen, view)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if is_experiment:
            experiment.ask_runs(view, seen)
        for step in way:
            is_kept_back = step is Step.REVEAL and bool(lacking)
            _step(code, secret, view, step, seen, "primary" if step is recommended else "secondary", is_kept_back)
        following = view["position"] + 1
        widgets.button(
            "Next question",
            key="console-next",
            type="primary" if seen.phase is Phase.REVEALED else "secondary",
            disabled=view["over"] or seen.phase.is_under_way or following >= view["of"],
            on_click=room.do,
            args=(_SAID, Classes.go, code, secret, following, seen),
        )
        if not is_experiment:
            _step(code, secret, view, Step.REOPEN, seen, "tertiary")
    if is_experiment:
        experiment.advise(view, seen)
    else:
        st.caption(plain(lacking) or _advice(seen, view) or " ")
    if said := st.session_state.pop(_SAID, ""):
        st.toast(plain(said), icon=":material/info:")


def _step(
    code: str, secret: str, view: Mapping[str, Any], step: Step, seen: Place, kind: _Kind, is_kept_back: bool = False
) -> None:
    widgets.button(
        _WORDS[step],
        key=f"console-{step}",
        type=kind,
        disabled=step not in view["steps"] or is_kept_back,
        on_click=room.do,
        args=(_SAID, Classes.step, code, secret, step, seen, experiment.planned(view)),
    )


def _recommended(seen: Place, view: Mapping[str, Any]) -> Step | None:
    if seen.phase is Phase.CLOSED:
        return Step.AGAIN if _advice(seen, view) else Step.REVEAL
    return next((step for step in (Step.OPEN, Step.CLOSE, Step.START) if step in view["steps"]), None)


def _advice(seen: Place, view: Mapping[str, Any]) -> str:
    """Whether a second vote pays, after the first one of a choice."""
    tally, right = view["tally"], view["reveal"].get("right")
    total = tally["answered"].get("1", 0)
    if seen.state != (Phase.CLOSED, 1) or right is None or not total:
        return ""
    share = tally["counts"]["1"].get(right, 0) / total
    if not _LEAST <= share <= _MOST:
        return ""
    return f"{share:.0%} chose what was measured: let them talk, and vote again."


def _question(view: Mapping[str, Any]) -> None:
    """What is asked, and what has come so far: only here before the reveal. What is right is not told unasked: a class
    may see the console, too."""
    question, tally, reveal = view["question"], view["tally"], view["reveal"]
    with st.container(border=True):
        st.html(f'<div style="font-size:1.15rem;font-weight:600">{question["text"]}</div>')
        if reveal and view["phase"] != Phase.REVEALED:
            is_asked = widgets.toggle(
                "Show the right answer",
                key=f"{_RIGHT}-{view['position']}",
                help="Leave it off while the class can see your screen.",
            )
            reveal = reveal if is_asked else {}
        st.html(_answers(question, tally, reveal))
        if sentence := reveal.get("sentence"):
            st.html(f'<div style="color:{paint(MUTED)}">Measured: {sentence}</div>')


def _answers(question: Mapping[str, Any], tally: Mapping[str, Any], reveal: Mapping[str, Any]) -> str:
    """As HTML; its texts are safe."""
    if question["kind"] != "choice":
        votes = {"1": "First vote", "2": "Second vote"}
        known = [f"{votes[number]}: {len(values)} answered" for number, values in tally["values"].items()]
        middle = {number: value for number, value in tally["middle"].items() if isinstance(value, float)}
        known += [f"middle {value:.3g} {html.escape(question.get('unit', ''))}" for value in middle.values()]
        return f"<p>{' · '.join(known)}</p>"
    rows = []
    rounds = sorted(tally["counts"])
    for option in question["options"]:
        counts = [tally["counts"][number].get(option["key"], 0) for number in rounds]
        share = counts[-1] / (tally["answered"][rounds[-1]] or 1)
        mark = " ✓" if option["key"] == reveal.get("right") else ""
        rows.append(
            f'<div style="margin-top:.5rem;display:flex;gap:.8rem"><span style="flex:1">{option["text"]}{mark}</span>'
            f"<span>{' → '.join(map(str, counts))}</span></div>"
            f'<div style="height:.5rem;background:{paint(FAINT)};border-radius:.2rem"><div style="height:100%;'
            f'width:{100 * share:.0f}%;background:currentColor;opacity:.6;border-radius:.2rem"></div></div>'
        )
    return "".join(rows)


def _list(code: str, secret: str, view: Mapping[str, Any]) -> None:
    """All questions; any can be gone to."""
    seen = Place(view["position"], Phase(view["phase"]), view["round"])
    with st.expander(f"All {view['of']} questions" if view["of"] > 1 else "The question"):
        for position, item in enumerate(view["questions"]):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"{position + 1}\\. {plain(item['title'])} · {_PHASES[Phase(item['phase'])]} · "
                    f"{item['answered']} answered",
                    width="stretch",
                )
                widgets.button(
                    "Go there",
                    key=f"console-go-{position}",
                    disabled=view["over"] or seen.phase.is_under_way or position == view["position"],
                    on_click=room.do,
                    args=(_SAID, Classes.go, code, secret, position, seen),
                )


def _last(code: str, secret: str, view: Mapping[str, Any]) -> None:
    """What is left when the lesson is over."""
    ends = time.strftime("%A %H:%M UTC", time.gmtime(view["expires"]))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "All answers (CSV)",
            lambda: room.classes().table(code, secret).encode(),
            file_name=f"class-{code}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        experiment.add(_SAID, code, secret, is_over=view["over"])
        with st.popover("Another device"):
            st.markdown(
                "This link makes another browser the console, once; then this one is it no more. Keep it to yourself."
            )
            st.code(f"{st.session_state[_ADDRESS]}/class#console={code}.{secret}", language=None)
        with st.popover("End or delete"):
            st.markdown("Ended: no more answers; what there is stays for you until it expires.")
            widgets.button(
                "End the class",
                key="console-end",
                disabled=view["over"],
                on_click=room.do,
                args=(_SAID, Classes.end, code, secret),
            )
            st.markdown("Deleted: nothing of it is left, at once.")
            widgets.button("Delete everything", key="console-delete", on_click=_delete, args=(code, secret))
        if view["over"]:
            widgets.button("Open another class", key="console-other", on_click=CONSOLE.forget)
    st.caption(
        f"The class is over on {ends} at the latest; a day later its answers are deleted. No names, no addresses."
    )


def _delete(code: str, secret: str) -> None:
    """Callback."""
    room.do(_SAID, Classes.delete, code, secret)
    CONSOLE.forget()
