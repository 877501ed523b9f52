"""A run on the page: its numbers, its time, its drawing, and the one panel that is open."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from normlab.app.lab import opening, pins, playing, rows, setup, summary
from normlab.app.lab.network import strip
from normlab.app.lab.panels import curves, layers, ledger, log, mistakes, model, network, take_away, weights
from normlab.app.lab.setup import PANELS as NAMES
from normlab.app.shell import alternatives, cached, widgets
from normlab.app.shell.words import plain
from normlab.store import Damage, Run

PANELS: dict[str, Callable[..., None]] = dict(
    zip(
        NAMES,
        (
            *(curves.show, network.show, layers.show, mistakes.show, weights.show, ledger.show),
            *(model.show, log.show, take_away.show),
        ),
        strict=True,
    )
)
_PANEL = "panel"


def show(run: Run, epoch: int | None = None) -> None:
    """What is known of the run: of a recorded one after `epoch`, of one that trains at its newest.

    Only the open panel executes. The number of elements above it does not change while a run trains.
    """
    page, beside = setup.current(), pins.beside(run)
    summary.metrics(run, epoch, beside)
    rows.with_picture(partial(summary.compared, run, epoch, beside), partial(playing.control, run, pins.runs()))
    strip.show(run, epoch, opening.block if opening.takes_blocks() else None)
    if not page.hides("panels"):
        if st.session_state.get(_PANEL) != page.panel:  # to set it anew would undo a click that is on its way
            st.session_state[_PANEL] = page.panel
        widgets.segmented_control(
            "Panel",
            NAMES,
            default=page.panel,
            key=_PANEL,
            required=True,
            label_visibility="collapsed",
            wrap=True,
            on_change=_open_chosen,
        )
    try:
        with alternatives.sent():
            PANELS[page.panel](run, pins.runs(), epoch=epoch)
    except Damage as damage:  # of a file that is read only when it is needed
        if cached.store().status(run.run_id) is None:
            st.rerun(scope="app")  # the run has just been removed
        st.error(plain(f"This panel cannot be shown: {damage}"), icon=":material/broken_image:")


def _open_chosen() -> None:
    """Callback of the choice of panels; the address says which one is open."""
    chosen = st.session_state[_PANEL]  # None where the browser tells of the control before it has its value
    if chosen is not None:
        opening.panel(chosen)
