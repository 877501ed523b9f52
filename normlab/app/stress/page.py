"""Stress: trained networks where they were not trained to be, side by side."""

from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from normlab.app.shell import address, alternatives, appearance, cached, page
from normlab.app.shell.fragments import fragment
from normlab.app.shell.page import Page
from normlab.app.shell.words import plain
from normlab.app.stress import controls, neighbors, networks, picture, results, said, state, strip
from normlab.app.stress.networks import Network
from normlab.app.stress.results import Among, Look
from normlab.charts.theme import BACKGROUND
from normlab.datasets import DataProblem
from normlab.stresses import sample

_NOTHING = "No trained network yet: train one in the lab, then come back."
_PACE = 0.4
"""Seconds from one look at what is being computed to the next."""

_STYLE = """
.stress-done { margin: 0 0 0.1rem; font-size: @letters; }
.stress-waits { margin-left: 1.2em; opacity: 0.8; font-style: italic; }
.stress-said { margin: 0; font-size: 1.5rem; font-weight: 650; line-height: 1.25; min-height: 2.5em; }
@media (min-width: 1280px) { .stress-said { min-height: 1.25em; } }
@media (max-width: 640px) {
  .stress-said { font-size: 1.2rem; min-height: 3.75em; }
  [data-testid=stColumn]:has(.st-key-stress-controls) { order: 1; }
  [data-testid=stElementContainer]:has(.stress-said) { position: sticky; top: 3.5rem; z-index: 9; background: @paper; }
}
"""
"""On a phone the controls come below the picture; what happens stays in sight while they are used."""


def _draw() -> None:
    page.complain()
    shown, problem = networks.shown(), _NOTHING
    try:
        armed = bool(shown) and _look(shown).waits > 0
        if shown:
            results.warm_up(shown)
    except DataProblem as missing:
        shown, problem = [], str(missing)
    if not shown:
        st.title(PAGE.title, anchor=False)
        st.info(plain(problem), icon=":material/lightbulb:")
    else:
        fragment(_stage, every=_PACE if armed else None)(shown, armed)
    with st.expander("Networks", expanded=not shown):
        networks.choose()


def _look(shown: Sequence[Network]) -> Look | Among:
    """What is known now of all images, or of the single one; whatever is not is asked for."""
    if state.is_single():
        return results.among(shown, state.current())
    return results.look(shown, state.current(), state.slider())


def _stage(shown: Sequence[Network], armed: bool) -> None:
    """All that follows the sliders. `armed`: whether the fragment's timer runs, which the whole page alone can set."""
    found = _look(shown)
    if (found.waits > 0) != armed:
        address.draw_anew()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.title(PAGE.title, anchor=False, width="content")
        controls.ready()
    said_here = st.empty()
    left, right = st.columns([1, 3], gap="large")
    with left, st.container(key="stress-controls"):
        controls.show(shown)
    with right:
        if isinstance(found, Among):
            _single(shown, found, said_here)
        else:
            _all(shown, found, said_here)


def _single(shown: Sequence[Network], found: Among, said_here: DeltaGenerator) -> None:
    """One image in two neighborhoods."""
    stress = state.current()
    _say(said_here, neighbors.done(shown, stress), neighbors.sentence(shown, stress, found), _waits(found.waits))
    st.html(neighbors.table(shown, stress, found))
    _trouble(found.refusals)
    neighbors.ruler(shown, stress)


def _all(shown: Sequence[Network], look: Look, said_here: DeltaGenerator) -> None:
    """All test images, as dots, lines and a handful of pictures."""
    stress, slider = state.current(), state.slider()
    what = said.done(stress, shown)
    told = said.sentence(said.changes(shown, look, stress)) if what else "Nothing is done yet: move a slider."
    if told and look.waits and any(len(look.of(one)) < len(one.repeats) for one in shown):
        told = f"So far: {told}"
    waits = _waits(look.waits, f": {look.answered} of {look.asked} answers")
    _say(said_here, what or "as trained", told, waits)
    with alternatives.sent():
        picture.show(shown, look, slider, getattr(stress, slider))
    st.html(strip.table(shown, look, stress))
    st.caption(_method(shown, look))
    _trouble((*look.notes, *look.refusals))


def _say(place: DeltaGenerator, done: str, told: str, waits: str) -> None:
    """What is done, what happened, and how far the computing is: one element, always."""
    letters = "1.3rem" if address.is_large() else "0.95rem"
    style = _STYLE.replace("@paper", appearance.paint(BACKGROUND)).replace("@letters", letters)
    place.html(
        f"<style>{style}</style>"
        f'<p class="stress-done">{escape(done[:1].upper() + done[1:])}<span class="stress-waits">{escape(waits)}</span>'
        f'</p><p class="stress-said" role="status">{escape(told) or "…"}</p>'
    )


def _waits(left: int, progress: str = "") -> str:
    """How far the computing is; "" when nothing is computed."""
    if not left:
        return ""
    others = results.service().waiting(cached.session_id())
    company = f"; {others} other{'s wait' if others > 1 else ' waits'} too" if others else ""
    return f"Computing{progress}{company}"


def _trouble(reasons: Sequence[str]) -> None:
    """In a place that is always there: why something is not computed."""
    with st.container():
        for reason in reasons:
            st.warning(plain(reason, 400), icon=":material/error:")


def _method(shown: Sequence[Network], look: Look) -> str:
    """How the numbers come about."""
    lines = "Lines: medians of the seeds, bands all of them" if picture.is_whole(shown, look) else _LINES
    seeds = ", ".join(f"{one.label} {one.typical.config.seed}" for one in shown)
    return (
        f"{sample(shown[0].dataset).title.capitalize()}. {lines}. Left: the thick bar is the "
        f"median now, the thin one as trained. Answers in the table: one network each (seeds: {seeds})."
    )


_LINES = "Lines: medians and bands where every seed is stored, else the one network of the table"

PAGE = Page(
    "stress",
    "Stress",
    ":material/thunderstorm:",
    _draw,
    (state.DOING, networks.NETWORKS),
    needs_store=True,
)
