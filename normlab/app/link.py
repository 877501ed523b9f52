"""The Link button: a link to what is shown, and the place where a teacher sets up the page that it opens."""

import streamlit as st

from normlab.app import address, lesson
from normlab.app.lesson import HIDEABLE, LOCKABLE, Lesson
from normlab.config import RunConfig

_HIDE, _LOCK, _PROJECTOR = "link-hide", "link-lock", "link-projector"
_ABOUT = "It holds every setting and the version of their meaning, so that it always means this experiment."
_FOR_A_CLASS = (
    "What you choose here changes the link above, not this page. The link opens the panel that is open now. Hiding "
    "keeps a page simple; it protects nothing: whoever edits the address sees everything again."
)


def button(config: RunConfig) -> None:
    """A popover with the link; a page that was opened by a teacher's link hands its setup on."""
    with st.popover(
        "Link",
        icon=":material/link:",
        key="link",
        on_change=address.acknowledge,  # drawn again when it opens: another panel does not draw the whole page
        help="A link to this configuration, also set up for a class",
    ):
        st.markdown("**Link to this configuration**")
        st.caption(_ABOUT)
        place = st.empty()
        st.markdown("**Set up for a class**")
        setup = _compose(address.lesson())
        st.caption(_FOR_A_CLASS)
        place.code(address.permalink(config, setup), language=None, wrap_lines=True)


def _compose(now: Lesson) -> Lesson:
    hidden = st.multiselect(
        "Hide",
        HIDEABLE,
        default=now.hidden,
        format_func=lesson.label,
        key=_HIDE,
        on_change=address.acknowledge,
        placeholder="Nothing",
        help="These controls are not there. A setting without its control keeps the link's value.",
    )
    locked = st.multiselect(
        "Fix",
        LOCKABLE,
        default=now.locked,
        format_func=lesson.label,
        key=_LOCK,
        on_change=address.acknowledge,
        placeholder="Nothing",
        help="These controls are there, and cannot be changed.",
    )
    projector = st.toggle(
        "Projector sizes",
        now.projector,
        key=_PROJECTOR,
        on_change=address.acknowledge,
        help="Text and charts that read from the back of a room.",
    )
    return Lesson(tuple(hidden), tuple(locked), now.panel, projector)
