"""The drawing on the page: a component, whose blocks are buttons."""

from collections.abc import Callable

import streamlit as st

from normlab.app.lab import rows, setup, views
from normlab.app.lab.network.picture import legend, picture
from normlab.app.shell import appearance
from normlab.app.shell.component import component, heard
from normlab.store import Run

KEY = "network"
_HEIGHTS = (102, 130, 124)
_SPREAD = "Spread: the standard deviation of the numbers in a block. All blocks share one scale."

_component = component(
    __file__,
    '<div><div class="network" role="group"></div><div class="hint">Swipe sideways for more →</div></div>',
)


def show(run: Run, epoch: int | None = None, on_open: Callable[[str], None] | None = None) -> None:
    """Two elements, always: the drawing with a mark at `epoch`, and how to read it. A link may hide both.

    `on_open` is called with the block that is chosen; without it nothing can be.
    """
    if setup.current().hides("network"):
        return
    drawn = picture(run, epoch)
    data = {**appearance.paint(drawn), "opens": on_open is not None, "target": f".st-key-{views.BLOCK.key}"}
    with rows.row("strip", _HEIGHTS):
        _component(key=KEY, data=data, on_opened_change=heard(KEY, "opened", on_open or (lambda block: None)))
    st.caption(f"{legend(run)}{' Click a block to open it.' if on_open else ''}", help=_SPREAD)
