"""A run on the page: its numbers, the pinned runs, and the one panel that is open."""

from collections.abc import Callable

import streamlit as st

from normlab.app import cached, pins, summary
from normlab.app.panels import curves, layers, log, mistakes, model, weights
from normlab.app.words import plain
from normlab.store import Damage, Run

PANELS: dict[str, Callable[..., None]] = {
    "Curves": curves.show,
    "Layers": layers.show,
    "Mistakes": mistakes.show,
    "Weights": weights.show,
    "Model": model.show,
    "Log": log.show,
}
_PANEL, _OPEN = "panel", "panel-open"


def show(run: Run) -> None:
    """Only the open panel executes. The number of elements above it does not change while a run trains."""
    summary.metrics(run)
    pins.chips()
    st.session_state.setdefault(_PANEL, st.session_state.get(_OPEN, "Curves"))
    st.segmented_control("Panel", list(PANELS), key=_PANEL, required=True, label_visibility="collapsed")
    chosen = st.session_state[_PANEL]  # None where the browser tells of the control before it has its value
    name = st.session_state[_OPEN] = chosen or st.session_state.get(_OPEN, "Curves")
    try:
        PANELS[name](run, pins.runs(), dark=st.context.theme.type == "dark")
    except Damage as damage:  # of a file that is read only when it is needed
        if cached.store().status(run.run_id) is None:
            st.rerun(scope="app")  # the run has just been removed
        st.error(plain(f"This panel cannot be shown: {damage}"), icon=":material/broken_image:")
