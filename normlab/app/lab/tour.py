"""The first minute, for whoever wants it: steps on a card that blocks nothing, each with what it speaks of framed.

A step says what to do; once that is done, what to see. Steps whose controls a teacher's link hides or fixes are left
out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from normlab.app.lab import configuration, pins, setup, summary
from normlab.app.lab.scene import show_run
from normlab.app.shell import address, cached, widgets
from normlab.app.shell.appearance import paint
from normlab.app.shell.component import component
from normlab.app.shell.fragments import fragment
from normlab.charts.theme import BACKGROUND, PRIMARY
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.record import Status
from normlab.store import Run

_AT, _BEGAN, _CARD, _ON = "tour-at", "tour-began", "tour", "tour-on"
_SIDEBAR = "[data-testid=stExpandSidebarButton]"
"""Where the settings are while the sidebar is closed, as it is on a phone."""

_scroll = component(__file__)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the lab shows: its finished run, and the pinned ones."""

    run: Run | None
    pinned: tuple[RunConfig, ...]

    def has_changed(self, now: "Scene") -> bool:
        """Whether another run is shown now that has learned from the same images, with the same seed."""
        if self.run is None or now.run is None or self.run.run_id == now.run.run_id:
            return False
        before, after = self.run.config, now.run.config
        return (before.seed, before.data) == (after.seed, after.data)


@dataclass(frozen=True, slots=True)
class Part:
    """A text, and the CSS selectors of what it speaks of."""

    text: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What to do; `then` what to see, once `is_done`, which is told what the lab showed when it began, and what now."""

    title: str
    todo: Part
    then: Part | None = None
    is_done: Callable[[Scene, Scene], bool] = lambda began, now: False
    needs: tuple[str, ...] = ()
    """Controls without which the step makes no sense."""

    trains: bool = False
    """Whether it is about training; the others are about a finished run."""


def _widget(key: str) -> str:
    return f".st-key-{key}"


_NUMBERS = _widget(summary.KEY)

STEPS = (
    Step(
        "Look",
        Part(
            "This real network has learned to tell images apart. **Test accuracy**: how often it is right on images it "
            "has never seen. **Play** shows how it got there.",
            (_NUMBERS,),
        ),
    ),
    Step(
        "Change one thing",
        Part(
            "Under *Normalization*, click another norm, or *None*.",
            (_widget(configuration.key("norms")), _SIDEBAR),
        ),
        Part(
            "This is another run with the same seed. Below each number: the change from the previous run, or from a "
            "pinned one.",
            (_NUMBERS,),
        ),
        is_done=lambda began, now: began.has_changed(now),
        needs=("norms",),
    ),
    Step(
        "Compare",
        Part("Press **Pin this run**: it stays while you look at others.", (_widget("pin"),)),
        Part(
            "Change a setting again: one chart shows both runs, and changes are measured from the pinned one.",
            (_widget(configuration.key("norms")), _SIDEBAR),
        ),
        is_done=lambda began, now: now.pinned != began.pinned or _is_pinned(now),
        needs=("pin", "norms"),
    ),
    Step(
        "Look inside",
        Part(
            "*Network* shows an image on its way through, *Layers* what a norm does in each block, *Mistakes* the "
            "images the network gets wrong.",
            (_widget("panel"),),
        ),
        needs=("panels",),
    ),
    Step(
        "Train",
        Part(
            "Change *Dropout* and *L1 λ* together: probably nobody has trained that yet. **Train live** does, and the "
            "curves grow as it learns.",
            (_widget(configuration.key("dropout")), _widget(configuration.key("l1")), _SIDEBAR, _widget("train")),
        ),
        Part("Trained here. Choose these settings again and the result is there at once.", (_NUMBERS,)),
        is_done=lambda began, now: now.run is not None and not now.run.shipped,
        needs=("dropout", "l1", "train"),
        trains=True,
    ),
)
NO_RUN = Part(
    "These settings have no finished run yet. Choose a preset, or one of the closest runs, to continue the tour.",
    ("[class*=st-key-preset-]", _SIDEBAR),
)
_ELSEWHERE = Part(
    "The tour continues in the *Lab*, the first page.", ('[data-testid=stTopNavLink][href$="/"]', _SIDEBAR)
)
_LOOKS = f"""
:is({{marks}}) {{{{ outline: 3px solid {{frame}}; outline-offset: 4px; border-radius: 4px; }}}}
[data-testid=stMainBlockContainer], [data-testid=stSidebarUserContent] {{{{ padding-bottom: 70vh; }}}}
.st-key-{_CARD} {{{{
  position: fixed; right: 1rem; bottom: 1rem; z-index: 999992; width: min(23rem, 100vw - 2rem);
  background: {{paper}}; box-shadow: 0 4px 24px rgb(0 0 0 / 30%);
}}}}
@media (max-width: 640px) {{{{ .st-key-{_ON} {{{{ display: none; }}}} }}}}
"""
"""There is room below, so that whatever the card lies upon can be scrolled away from it."""

_GO_ON = (
    "Every question mark explains the item next to it. *Compare* puts many runs side by side, *Study* shows what they "
    "revealed, *Worksheet* does the arithmetic by hand, and *Draw* tests the networks on your drawings."
)


def button() -> None:
    """Begins the tour, or ends it."""
    if setup.current().hides("tour"):
        return
    widgets.button("Tour", icon=":material/explore:", type="tertiary", key="tour-button", on_click=_switch)


@fragment
def card() -> None:
    """After the page, so that it shifts nothing: the step, if the tour is on."""
    if _AT not in st.session_state or setup.current().hides("tour"):
        return
    steps = _steps()
    at = min(st.session_state[_AT], len(steps) - 1)
    is_lab = address.is_at_lab()
    part = _part(steps[at]) if is_lab else _ELSEWHERE
    looks = _LOOKS.format(marks=", ".join(part.marks), frame=paint(PRIMARY), paper=paint(BACKGROUND))
    st.html(f"<style>{looks}</style>")
    with st.container(key=_CARD, gap="xsmall", border=True):
        st.markdown(f"**{at + 1} of {len(steps)} · {steps[at].title}**")
        st.markdown(part.text)
        if is_lab and at + 1 == len(steps):
            with st.container(key=_ON):
                st.caption(_GO_ON)
        _buttons(at, len(steps) if is_lab else 0)
        _scroll(key="tour-scroll", data={"part": part.text, "marks": ", ".join(part.marks)})


def _steps() -> list[Step]:
    page, trains = setup.current(), cached.engine().workers != 0 and not address.is_large()
    return [
        step
        for step in STEPS
        if (trains or not step.trains) and not any(page.hides(name) or page.locks(name) for name in step.needs)
    ]


def _part(step: Step) -> Part:
    """What the card says in the lab as it is now."""
    now = _scene()
    if now.run is None and not step.trains:
        return NO_RUN
    began: Scene = st.session_state.setdefault(_BEGAN, now)
    if began.run is None:
        st.session_state[_BEGAN] = began = replace(began, run=now.run)
    return step.then if step.then and step.is_done(began, now) else step.todo


def _scene() -> Scene:
    run = cached.run(configuration.last())
    return Scene(run if run and run.status is Status.FINISHED else None, pins.pinned())


def _is_pinned(scene: Scene) -> bool:
    return scene.run is not None and canonical(scene.run.config) in scene.pinned


def _buttons(at: int, count: int) -> None:
    """On a page that is none of the `count` steps' there is only a way out."""
    has_next = at + 1 < count
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        widgets.button("End tour", key="tour-end", type="tertiary" if has_next else "primary", on_click=_switch)
        if not count:
            return
        with st.container(horizontal=True, width="content", gap="small"):
            widgets.button("Previous", key="tour-previous", disabled=at == 0, on_click=_go, args=(at - 1,))
            if has_next:
                widgets.button("Next step", key="tour-next", type="primary", on_click=_go, args=(at + 1,))


def _switch() -> None:
    if st.session_state.pop(_AT, None) is None:
        show_run()
        _go(0)


def _go(at: int) -> None:
    st.session_state[_AT] = at
    st.session_state.pop(_BEGAN, None)
