"""Study: the claims and curves of the study that normlab grew out of, beside what its repetition came to."""

from collections.abc import Callable

import streamlit as st

from normlab.app import address, appearance, cached
from normlab.app.choosing import buttons
from normlab.app.panels import alternatives
from normlab.app.studying import (
    choice,
    claims,
    curves,
    heads,
    images,
    logs,
    networks,
    predictions,
    result,
    source,
    swings,
)
from normlab.app.words import plain
from normlab.store import StoreProblem
from normlab.study.results.published import CREDIT

_SECTIONS: dict[str, Callable[..., None]] = dict(
    zip(
        choice.SECTIONS,
        (result.show, curves.show, claims.show, swings.show, predictions.show, images.show, networks.show, logs.show),
        strict=True,
    )
)
_ABOUT = (
    f"normlab grew out of {CREDIT}. It drew its conclusions from three single runs. Here its recipe is repeated to the "
    "letter, with the settings it left out. Then it is repeated as a controlled experiment: held-out validation "
    "images, a fixed schedule, λ chosen for each setting."
)


def show() -> None:
    """Draw the page; only the open section executes."""
    if problem := cached.problem():
        st.error(plain(problem), icon=":material/hard_drive:")
        return
    st.title("The study, repeated", anchor=False)
    section = choice.current()
    address.complain(address.refused("Study"))
    try:
        results = source.results()
        buttons(choice.SECTION, "Section", label_visibility="collapsed")
        with alternatives.sent():
            _SECTIONS[section](dark=appearance.is_dark())
        with st.expander("How the study was repeated", key="study-method"):
            st.markdown(_ABOUT)
            heads.progress(results)
    except StoreProblem as problem:
        st.error(plain(str(problem)), icon=":material/hard_drive:")
