"""Study: the claims and curves of the study that normlab grew out of, beside what its repetition came to."""

from collections.abc import Callable

import streamlit as st

from normlab.app.shell import alternatives, page
from normlab.app.shell.controls import buttons
from normlab.app.shell.page import Page
from normlab.app.shell.words import plain
from normlab.app.study import (
    claims,
    coverage,
    curves,
    images,
    logs,
    networks,
    predictions,
    result,
    source,
    swings,
    views,
)
from normlab.app.study.views import SECTION, VIEWS
from normlab.store import StoreProblem
from normlab.study.results.published import CREDIT

_SECTIONS: dict[str, Callable[..., None]] = dict(
    zip(
        views.SECTIONS,
        (result.show, curves.show, claims.show, swings.show, predictions.show, images.show, networks.show, logs.show),
        strict=True,
    )
)
_ABOUT = (
    f"normlab grew out of {CREDIT}. It drew its conclusions from three single runs. Here its recipe is repeated to the "
    "letter, with the settings it left out. Then it is repeated as a controlled experiment: held-out validation "
    "images, a fixed schedule, λ chosen for each setting."
)


def _draw() -> None:
    """Only the open section executes."""
    st.title("The study, repeated", anchor=False)
    page.complain()
    try:
        results = source.results()
        section = buttons(SECTION, "Section", label_visibility="collapsed")
        with alternatives.sent():
            _SECTIONS[section]()
        with st.expander("How the study was repeated", key="study-method"):
            st.markdown(_ABOUT)
            coverage.progress(results)
    except StoreProblem as problem:
        st.error(plain(str(problem)), icon=":material/hard_drive:")


PAGE = Page("study", "Study", ":material/history_edu:", _draw, VIEWS, needs_store=True)
