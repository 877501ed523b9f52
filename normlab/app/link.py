"""The Link button: a link to what is shown, and the place where a teacher sets up the page that it opens."""

from dataclasses import replace

import streamlit as st

from normlab.app import address, lesson
from normlab.app.lesson import HIDEABLE, LOCKABLE, Lesson
from normlab.config import RunConfig

_HIDE, _LOCK, _PROJECTOR = "link-hide", "link-lock", "link-projector"
_ABOUT = (
    "Always means this experiment: holds all settings and their version, the open panel, what the panels show, the "
    "pinned runs and the epoch."
)
_FOR_A_CLASS = (
    "Changes the link above, not this page. Hiding protects nothing: anyone who edits the address sees everything."
)


def button(config: RunConfig, epoch: int | None) -> None:
    """A popover with a link that opens the run at `epoch`; a page that a teacher's link opened hands its setup on."""
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
        setup = replace(_compose(address.lesson()), epoch=epoch)
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
        help="Leaves these controls out. A hidden setting keeps the link's value.",
    )
    locked = st.multiselect(
        "Lock",
        LOCKABLE,
        default=now.locked,
        format_func=lesson.label,
        key=_LOCK,
        on_change=address.acknowledge,
        placeholder="Nothing",
        help="Shows these controls grayed out.",
    )
    projector = st.toggle(
        "Projector sizes",
        now.projector,
        key=_PROJECTOR,
        on_change=address.acknowledge,
        help="Text and charts readable from the back of a room.",
    )
    return replace(now, hidden=tuple(hidden), locked=tuple(locked), projector=projector)
