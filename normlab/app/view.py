"""A run on the page: its numbers, the pinned runs, and the one panel that is open."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from normlab.app import address, cached, pins, summary
from normlab.app.lesson import PANELS as NAMES
from normlab.app.panels import curves, layers, log, mistakes, model, take_away, weights
from normlab.app.words import plain
from normlab.charts.layers import BLOCKS
from normlab.store import Damage, Run

PANELS: dict[str, Callable[..., None]] = dict(
    zip(
        NAMES,
        (curves.show, layers.show, mistakes.show, weights.show, model.show, log.show, take_away.show),
        strict=True,
    )
)
_PANEL = "panel"


def open_block(block: str) -> None:
    """For callbacks: look into a block."""
    if block in BLOCKS:
        address.keep(replace(address.lesson(), panel="Layers"))
        st.session_state[layers.BLOCK] = block


def show(run: Run) -> None:
    """Only the open panel executes. The number of elements above it does not change while a run trains."""
    summary.metrics(run)
    pins.chips()
    lesson = address.lesson()
    if not lesson.hides("panels"):
        st.session_state[_PANEL] = lesson.panel
        st.segmented_control(
            "Panel", NAMES, key=_PANEL, required=True, label_visibility="collapsed", on_change=_open_chosen
        )
    try:
        PANELS[lesson.panel](run, pins.runs(), dark=st.context.theme.type == "dark")
    except Damage as damage:  # of a file that is read only when it is needed
        if cached.store().status(run.run_id) is None:
            st.rerun(scope="app")  # the run has just been removed
        st.error(plain(f"This panel cannot be shown: {damage}"), icon=":material/broken_image:")


def _open_chosen() -> None:
    """Callback of the choice of panels; the address says which one is open."""
    chosen = st.session_state[_PANEL]  # None where the browser tells of the control before it has its value
    if chosen is not None:
        address.keep(replace(address.lesson(), panel=chosen))
