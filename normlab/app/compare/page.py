"""Compare: several arms side by side, with what their seeds allow to say."""

from collections.abc import Callable

import streamlit as st

from normlab import frames
from normlab.app.compare import curves, images, layers, legend, picker, picks, results
from normlab.app.compare.views import SECTION, SECTIONS, VIEWS
from normlab.app.shell import alternatives, cached, page
from normlab.app.shell.controls import buttons
from normlab.app.shell.page import Page

_SECTIONS: dict[str, Callable[..., None]] = dict(
    zip(SECTIONS, (results.show, curves.show, layers.show, images.show), strict=True)
)
_ABOUT = "One run proves nothing: a difference counts only if it exceeds what seeds alone do."


def _draw() -> None:
    """Only the open section executes."""
    st.title("Compare", anchor=False)
    st.caption(_ABOUT)
    arms = picks.current()
    picker.show()
    page.complain()
    if not arms:
        st.info(_nothing(), icon=":material/science:")
        return
    shown = frames.groups(arms, cached.runs)
    legend.show(shown)
    section = SECTION.chosen
    buttons(SECTION, "Section", label_visibility="collapsed")
    with_runs = [group for group in shown if group.runs]
    if with_runs:
        with alternatives.sent():
            _SECTIONS[section](with_runs)


def _nothing() -> str:
    if not picks.known():
        return "No run has ended yet. To compare settings, train each in the lab with several seeds."
    return "Choose two or more settings above, or a ready comparison."


PAGE = Page("compare", "Compare", ":material/compare:", _draw, (picks.PART, *VIEWS), needs_store=True)
