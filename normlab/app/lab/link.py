"""The Link button: a link to what is shown, and the place where a teacher sets up the page that it opens."""

from dataclasses import replace

import streamlit as st

from normlab.app.lab import setup
from normlab.app.lab.setup import HIDEABLE, LOCKABLE, Setup
from normlab.app.lab.views import VIEWS
from normlab.app.shell import address, links, widgets
from normlab.app.shell.page import joint_query
from normlab.config import RunConfig

KEY = "link"
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
    popover = widgets.popover(
        "Link", icon=":material/link:", key=KEY, help="A link to this configuration, also set up for a class"
    )
    if not popover.open:
        return
    with popover:
        st.markdown("**Link to this configuration**")
        st.caption(_ABOUT)
        place = st.empty()
        st.markdown("**Set up for a class**")
        said = _compose(replace(setup.current(), epoch=epoch))
        st.caption(_FOR_A_CLASS)
        place.code(links.permanent(config, {**said, **joint_query(VIEWS)}), language=None, wrap_lines=True)


def _compose(now: Setup) -> dict[str, str]:
    """What the link says of the page, from the controls that are drawn here."""
    hidden = widgets.multiselect(
        "Hide",
        HIDEABLE,
        default=now.hidden,
        format_func=setup.label,
        key=_HIDE,
        placeholder="Nothing",
        help="Leaves these controls out. A hidden setting keeps the link's value.",
    )
    locked = widgets.multiselect(
        "Lock",
        LOCKABLE,
        default=now.locked,
        format_func=setup.label,
        key=_LOCK,
        placeholder="Nothing",
        help="Shows these controls grayed out.",
    )
    projector = widgets.toggle(
        "Projector sizes",
        address.is_large(),
        key=_PROJECTOR,
        help="Text and charts readable from the back of a room.",
    )
    query = setup.to_query(replace(now, hidden=tuple(hidden), locked=tuple(locked)))
    return {**query, address.PROJECTOR: "true"} if projector else query
