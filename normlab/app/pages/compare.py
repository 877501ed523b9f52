"""Compare: several arms side by side, with what their seeds allow to say."""

from collections.abc import Callable

import streamlit as st

from normlab import frames
from normlab.app import address, appearance, cached
from normlab.app.choosing import buttons
from normlab.app.comparing import choice, curves, heads, images, layers, picker, results
from normlab.app.comparing.views import SECTION, SECTIONS
from normlab.app.panels import alternatives
from normlab.app.words import plain

_SECTIONS: dict[str, Callable[..., None]] = dict(
    zip(SECTIONS, (results.show, curves.show, layers.show, images.show), strict=True)
)
_ABOUT = "One run proves nothing: a difference counts only if it exceeds what seeds alone do."


def show() -> None:
    """Draw the page; only the open section executes."""
    if problem := cached.problem():
        st.error(plain(problem), icon=":material/hard_drive:")
        return
    st.title("Compare", anchor=False)
    st.caption(_ABOUT)
    arms = choice.current()
    picker.show()
    choice.write()
    address.complain(choice.refused())
    if not arms:
        st.info(_nothing(), icon=":material/science:")
        return
    shown = frames.groups(arms, cached.runs)
    dark = appearance.is_dark()
    heads.show(shown, dark=dark)
    section = SECTION.chosen
    buttons(SECTION, "Section", label_visibility="collapsed")
    with_runs = [group for group in shown if group.runs]
    if with_runs:
        with alternatives.sent():
            _SECTIONS[section](with_runs, dark=dark)


def _nothing() -> str:
    if not choice.known():
        return "No run has ended yet. To compare settings, train each in the lab with several seeds."
    return "Choose two or more settings above, or a ready comparison."
