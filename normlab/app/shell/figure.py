"""What the panels share: a chart with its name and its sentence, and words for a run that has not all to show."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import pandas as pd
import streamlit as st

from normlab.app.shell import address, alternatives, appearance
from normlab.app.shell.words import plain
from normlab.charts.limits import with_rows
from normlab.charts.theme import Spec, enlarged, readable
from normlab.record import Status
from normlab.store import Run

_IS_LIVE = ContextVar("is_live", default=False)


@contextmanager
def live() -> Iterator[None]:
    """Around what is drawn again and again: axes that follow the data would jump."""
    token = _IS_LIVE.set(True)
    try:
        yield
    finally:
        _IS_LIVE.reset(token)


def is_live() -> bool:
    """Whether what is drawn now will be drawn again in a moment, with other rows."""
    return _IS_LIVE.get()


def figure(title: str, frame: pd.DataFrame, spec: Spec, *, key: str, alt: str, text: str) -> None:
    """Three elements, always: the figure's name, the chart, and one or two sentences on how to read it.

    On a projector they fill a screen together.
    """
    with st.container(key=f"figure-{key}") if address.is_large() else nullcontext():
        st.markdown(f"**{title}**")
        chart(title, frame, spec, key=key, alt=alt)
        st.caption(text)


def chart(name: str, frame: pd.DataFrame, spec: Spec, *, key: str, alt: str, **selection: Any) -> None:
    """The chart alone. Another specification makes the browser build it anew, so what changes with every run travels
    elsewhere: its limits in the rows, its words (`alt`) by themselves.
    """
    st.vega_lite_chart(spec=with_rows(_styled(spec), frame), key=key, alt=name, width="stretch", **selection)
    alternatives.tell(name, alt)


def _styled(spec: Spec) -> Spec:
    """The specification as the page shows it: in the theme's letters, larger in projector mode."""
    shown: Spec = appearance.paint(readable(spec))
    return enlarged(shown) if address.is_large() else shown


def waiting(run: Run, what: str) -> str:
    """Why `what` is not there, in one sentence."""
    match run.status:
        case Status.RUNNING:
            return f"{what} appear after the first epoch."
        case Status.INTERRUPTED:
            return f"{what} were not kept before this run was interrupted; train it again to see them."
        case _:
            return f"{what} were not kept for this run."


def partial(run: Run) -> str:
    """A sentence on a run that is not complete; "" for one that is."""
    match run.status:
        case Status.RUNNING:
            return f"Training: {len(run.epochs)} of {run.config.optim.epochs} epochs done."
        case Status.INTERRUPTED:
            return f"Interrupted {reached(run)}; showing earlier results."
        case Status.DIVERGED:
            reason = plain(run.ended.reason) if run.ended else ""
            return f"Diverged {reached(run)}. {reason} Showing earlier results.".replace("  ", " ")
        case _:
            return ""


def reached(run: Run) -> str:
    """How far a run came that did not come to its end."""
    done = len(run.epochs)
    return f"after {done} of {run.config.optim.epochs} epochs" if done else "before finishing its first epoch"
