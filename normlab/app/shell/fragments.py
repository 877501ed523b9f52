"""Parts of a page that run again by themselves, and cannot end the page.

A fragment that runs again makes Streamlit's server forget what it has drawn and not sent yet. It keeps what *other*
fragments have drawn, also those within it, and what the page has drawn behind it; the browser then gets elements for
places that it does not have, and shows an empty page for good. So

- a fragment stands in a container of its own, which the page draws: nothing behind it moves,
- no fragment stands in another: what it would draw is then a part of that one,
- what runs again as one thing has one place and one function, whatever it shows: a click on what it showed before,
  still under way, reaches it.

And the browser sends all that happens in one moment under the name of one fragment, which alone runs again: a click
that comes together with another part's word would show nothing. So every control's callback ends with `catch_up`.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

_CAUGHT_UP = "fragments-caught-up"
_IS_WITHIN = ContextVar("is_within_a_fragment", default=False)

P = ParamSpec("P")


def fragment(draw: Callable[P, None], *, every: float | None = None) -> Callable[P, None]:
    """`draw` as a fragment, run again `every` so many seconds; within another fragment it is a part of that one.

    Raises:
        RuntimeError: if it stands in another fragment and has a timer, which would outlive its place.
    """

    @wraps(draw)
    def part(*args: P.args, **kwargs: P.kwargs) -> None:
        token = _IS_WITHIN.set(True)
        try:
            draw(*args, **kwargs)
        finally:
            _IS_WITHIN.reset(token)

    @wraps(draw)
    def show(*args: P.args, **kwargs: P.kwargs) -> None:
        if not _IS_WITHIN.get():
            with st.container():
                st.fragment(part, run_every=every)(*args, **kwargs)
        elif every is None:
            draw(*args, **kwargs)
        else:
            raise RuntimeError(f"{draw.__qualname__} has a timer and stands in another fragment.")

    return show


def catch_up() -> None:
    """For the end of a callback: run the whole page if the run under way draws other fragments than the control's."""
    context = get_script_run_ctx()
    drawn = context.fragment_ids_this_run if context else None
    if drawn and ThreadState.get().fragment_id not in drawn:
        st.session_state[_CAUGHT_UP] = True
        st.rerun()


def has_caught_up() -> bool:
    """Whether the page is run because of `catch_up`; once."""
    return bool(st.session_state.pop(_CAUGHT_UP, False))
