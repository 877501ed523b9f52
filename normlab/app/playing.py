"""Time: one epoch for all panels of a recorded run, to be played, stepped and dragged.

While it plays, a fragment draws its part of the page again and again; charts get new rows and keep their specification
and text alternative, so that nothing flickers.
"""

from collections.abc import Callable
from contextlib import nullcontext

import streamlit as st

from normlab.app import address
from normlab.app.panels import figure
from normlab.store import Run

PACE = 0.7
"""Seconds an epoch."""

_PLAYING = "time-playing"


def fragment(run: Run, draw: Callable[[], None]) -> None:
    """Run `draw` as a fragment, again and again while the run plays; it calls `control` for the epoch."""
    armed = is_playing(run)
    st.fragment(_tick, run_every=PACE if armed else None)(run, draw, armed)


def _tick(run: Run, draw: Callable[[], None], armed: bool) -> None:
    """`armed`: whether the timer runs. It is set and taken away with the whole page only."""
    if armed and is_playing(run):
        _go(run, 1)
    if is_playing(run) != armed:
        address.acknowledge()
        st.rerun(scope="app")
    with figure.live() if armed else nullcontext():
        draw()


def is_playing(run: Run) -> bool:
    return bool(st.session_state.get(_PLAYING) == run.run_id)


def key(run: Run) -> str:
    """Session key of the slider: another run begins at its own last epoch."""
    return f"time-epoch-{run.run_id}"


def shown(run: Run) -> int | None:
    """The epoch to show, 0 before training; None for a run that has no epoch, or is still training."""
    if not run.epochs:
        return None
    epoch: int = st.session_state.setdefault(key(run), _last(run))
    return epoch


def control(run: Run) -> None:
    """Play or pause, back, next, and a slider; nothing for a run without an epoch, or where a link hides it."""
    if not run.epochs or address.lesson().hides("time"):
        return
    epoch, last, playing = st.session_state.setdefault(key(run), _last(run)), _last(run), is_playing(run)
    st.button(
        "Pause" if playing else "Play",
        icon=":material/pause:" if playing else ":material/play_arrow:",
        key="time-play",
        help=_HELP,
        on_click=_pause if playing else _play,
        args=() if playing else (run,),
    )
    for label, by, end in (("Back", -1, 0), ("Next", 1, last)):
        st.button(
            label,
            key=f"time-{label.lower()}",
            help="One epoch back" if by < 0 else "One epoch on",
            disabled=epoch == end,
            on_click=_step,
            args=(run, by),
        )
    st.slider("Epoch", 0, last, key=key(run), format="epoch %d", label_visibility="collapsed", on_change=_pause)


_HELP = (
    "Goes through the epochs, from the start if the last one is shown. The numbers above and the panel below show the "
    "run as it was after the epoch; 0 is before training. Panels that keep fewer epochs show the nearest."
)


def _last(run: Run) -> int:
    return run.epochs[-1].epoch


def _play(run: Run) -> None:
    if st.session_state[key(run)] == _last(run):
        st.session_state[key(run)] = 0
    st.session_state[_PLAYING] = run.run_id


def _pause() -> None:
    st.session_state[_PLAYING] = None


def _step(run: Run, by: int) -> None:
    _pause()
    _go(run, by)


def _go(run: Run, by: int) -> None:
    """To the epoch that lies `by` further; the last one ends the play."""
    epoch = st.session_state.get(key(run), _last(run)) + by
    st.session_state[key(run)] = min(max(epoch, 0), _last(run))
    if epoch >= _last(run):
        _pause()
