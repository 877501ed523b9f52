"""The drawing on the page: a component, whose blocks are buttons."""

from pathlib import Path

import streamlit as st

from normlab.app import view
from normlab.app.network.picture import legend, picture
from normlab.store import Run

KEY = "network"
_HERE = Path(__file__).parent

_component = st.components.v2.component(
    "network_strip",
    html='<div class="network" role="group"></div>',
    css="\n" + (_HERE / "strip.css").read_text(encoding="utf-8"),
    js="\n" + (_HERE / "strip.js").read_text(encoding="utf-8"),  # a text of one line would be taken for a path
)


def show(run: Run) -> None:
    """Two elements, always: the drawing, and how to read it."""
    data = {**picture(run, dark=st.context.theme.type == "dark"), "target": ".st-key-layers-block"}
    _component(key=KEY, data=data, on_opened_change=lambda: view.open_block(st.session_state[KEY]["opened"]))
    st.caption(legend(run))
