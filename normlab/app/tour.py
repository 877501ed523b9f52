"""The first minute, for whoever wants it: steps on a card that blocks nothing, each with what it speaks of framed.

A step says what to do; once that is done, what to see. Steps whose controls a teacher's link hides or fixes are left
out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from normlab.app import address, pins, state
from normlab.app.component import component
from normlab.charts.theme import BACKGROUND, PRIMARY
from normlab.config import RunConfig

_AT, _BEGAN, _CARD = "tour-at", "tour-began", "tour"
_SIDEBAR = "[data-testid=stExpandSidebarButton]"
"""Where the settings are while the sidebar is closed, as it is on a phone."""

_scroll = component(__file__)


@dataclass(frozen=True, slots=True)
class Part:
    """A text, and the CSS selectors of what it speaks of."""

    text: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What to do; `then` what to see, once `is_done`, which is told the run with which the step began."""

    title: str
    todo: Part
    then: Part | None = None
    is_done: Callable[[RunConfig | None], bool] = lambda began: False
    needs: tuple[str, ...] = ()
    """Controls without which the step makes no sense."""


def _widget(key: str) -> str:
    return f".st-key-{key}"


_NUMBERS = _widget("numbers")

STEPS = (
    Step(
        "Look",
        Part(
            "A real network has learned to read handwritten digits. **Test accuracy** is how often it is right on "
            "images it has never seen; the curves show how it got there.",
            (_NUMBERS,),
        ),
    ),
    Step(
        "Change one thing",
        Part(
            "Under *Normalization*, at the left, press a norm to add it or take it away. On a phone the settings are "
            "behind the two arrows at the top.",
            (_widget(state.key("norms")), _SIDEBAR),
        ),
        Part(
            "These are the numbers and curves of another run, with the same seed. Below each number stands what your "
            "change did to it.",
            (_NUMBERS,),
        ),
        is_done=lambda began: pins.shown() != began,
        needs=("norms",),
    ),
    Step(
        "Compare",
        Part("Press **Pin this run**: it stays on the page when you go on to another.", (_widget("pin"),)),
        Part(
            "Change a setting again: both runs are drawn in one chart. **Rewind** does all of it at once, with one "
            "thing changed and the same start.",
            (_widget(state.key("norms")), _SIDEBAR, "[class*=st-key-rewind-]"),
        ),
        is_done=lambda began: bool(pins.pinned()),
        needs=("pin", "norms"),
    ),
    Step(
        "Look inside",
        Part(
            "*Layers* shows what a norm does to the numbers in each block, *Mistakes* the images that the network gets "
            "wrong. **Play** goes through the epochs, and everything follows. A block of the drawing at the top opens "
            "in *Layers*.",
            (_widget("panel"), "[class*=st-key-time-play]"),
        ),
        needs=("panels", "time"),
    ),
    Step(
        "Train",
        Part(
            "Change two things at once, *Dropout* and *L1 λ* say: nobody has trained that yet. **Train live** does it "
            "in some seconds, and the curves grow while it learns.",
            (_widget(state.key("dropout")), _widget(state.key("l1")), _SIDEBAR, _widget("train")),
        ),
        needs=("dropout", "l1", "train"),
    ),
)
_LOOKS = f"""
:is({{marks}}) {{{{ outline: 3px solid {{frame}}; outline-offset: 4px; border-radius: 4px; }}}}
.st-key-{_CARD} {{{{
  position: fixed; right: 1rem; bottom: 1rem; z-index: 999992; width: min(23rem, 100vw - 2rem);
  background: {{paper}}; box-shadow: 0 4px 24px rgb(0 0 0 / 30%);
}}}}
"""
_ELSEWHERE = Part("The tour goes on in the *Lab*, the first of the pages.", ("[data-testid=stTopNavLink]",))
_ON = (
    "Every question mark explains what it stands beside. *Compare* sets many runs against one another, *Study* tells "
    "what was found with them, *Worksheet* does the arithmetic by hand, and *Draw* lets you test the networks."
)


def button() -> None:
    """Begins the tour, or ends it."""
    if address.lesson().hides("tour"):
        return
    st.button("Tour", icon=":material/explore:", type="tertiary", key="tour-button", on_click=_switch)


@st.fragment
def card(*, dark: bool) -> None:
    """After the page, so that it shifts nothing: the step, if the tour is on."""
    if _AT not in st.session_state or address.lesson().hides("tour"):
        return
    steps = _steps()
    at = min(st.session_state[_AT], len(steps) - 1)
    part = _part(steps[at]) if address.is_at_lab() else _ELSEWHERE
    st.html(_style(part.marks, dark=dark))
    with st.container(key=_CARD, gap="xsmall", border=True):
        st.markdown(f"**{at + 1} of {len(steps)} · {steps[at].title}**")
        st.markdown(part.text)
        if at + 1 == len(steps):
            st.caption(_ON)
        _buttons(at, len(steps))
        _scroll(key="tour-scroll", data={"part": part.text, "marks": ", ".join(part.marks)})


def _part(step: Step) -> Part:
    return step.then if step.then and step.is_done(st.session_state[_BEGAN]) else step.todo


def _steps() -> list[Step]:
    lesson = address.lesson()
    return [step for step in STEPS if not any(lesson.hides(name) or lesson.locks(name) for name in step.needs)]


def _buttons(at: int, count: int) -> None:
    is_last = at + 1 == count
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.button("End tour", key="tour-end", type="primary" if is_last else "tertiary", on_click=_switch)
        with st.container(horizontal=True, width="content", gap="small"):
            st.button("Previous", key="tour-previous", disabled=at == 0, on_click=_go, args=(at - 1,))
            if not is_last:
                st.button("Next step", key="tour-next", type="primary", on_click=_go, args=(at + 1,))


def _switch() -> None:
    address.acknowledge()
    if st.session_state.pop(_AT, None) is None:
        _go(0)


def _go(at: int) -> None:
    address.acknowledge()
    st.session_state[_AT], st.session_state[_BEGAN] = at, pins.shown()


def _style(marks: tuple[str, ...], *, dark: bool) -> str:
    looks = _LOOKS.format(marks=", ".join(marks), frame=PRIMARY[dark], paper=BACKGROUND[dark])
    return f"<style>{looks}</style>"
