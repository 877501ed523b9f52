"""Time: one epoch for all panels of a recorded run, to be played, stepped and dragged.

While it plays, its part of the page is drawn again and again; charts get new rows and keep their specification, so that
nothing flickers.

The browser asks for each tick, and its request carries the slider as the browser shows it. On a busy computer that is
an epoch of some ticks ago: an echo, which must neither turn the time back nor count as the visitor's hand. Where a play
begins or ends a new slider takes the old one's place, so that echoes still under way mean nothing.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

import streamlit as st

from normlab.app.lab import setup
from normlab.app.shell import address, figure
from normlab.record import Status
from normlab.store import Run

PACE = 0.7
"""Seconds an epoch."""

_PLAY, _SLIDERS, _ENDS = "time-playing", "time-sliders", "time-ends"


@dataclass
class _Play:
    """A run that plays."""

    run_id: str
    epoch: int
    drawn: list[int] = field(default_factory=list)
    """Earlier epochs that the browser may still show, oldest first."""
    is_behind: bool = False
    """Whether this tick was asked for by a browser that shows one of them: the first."""

    def go_on(self) -> None:
        if not self.is_behind:
            self.drawn.clear()
        self.is_behind = False
        self.drawn.append(self.epoch)
        self.epoch += 1

    def is_echo(self, epoch: int) -> bool:
        """Whether the browser, not the visitor, says this epoch. It will not say an older one.

        The newest is one too: Streamlit takes it for a change where a click broke off the run that drew it.
        """
        if epoch == self.epoch:
            return True
        if epoch not in self.drawn:
            return False
        del self.drawn[: self.drawn.index(epoch)]
        self.is_behind = True
        return True


def tick(run: Run, draw: Callable[[], None], armed: bool) -> None:
    """In a fragment: go an epoch on if the run plays, and `draw`, which calls `control` for the epoch.

    `armed`: whether the fragment's timer runs. It is set and taken away with the whole page only.
    """
    if armed and (play := _play_of(run)):
        if play.epoch < _last(run):
            play.go_on()
            st.session_state[key(run)] = play.epoch
        else:
            _pause(run, play.epoch)
            st.session_state[_ENDS] = _ends() + 1
    if is_playing(run) != armed:
        address.draw_anew()
    with figure.live() if armed else nullcontext():
        draw()


def is_playing(run: Run) -> bool:
    return _play_of(run) is not None


def _play_of(run: Run) -> _Play | None:
    play: _Play | None = st.session_state.get(_PLAY)
    return play if play and play.run_id == run.run_id else None


def key(run: Run) -> str:
    """Session key of the slider: another run, or the same one trained again, begins at its own last epoch."""
    return f"time-epoch-{run.run_id}-{_last(run)}-{st.session_state.get(_SLIDERS, 0)}"


def shown(run: Run) -> int | None:
    """The epoch to show, 0 before training; None for a run that has no epoch, or is still training."""
    if not run.epochs or run.status is Status.RUNNING:
        return None
    epoch: int = st.session_state.setdefault(key(run), _last(run))
    return epoch


def open_at(run: Run, epoch: int) -> None:
    """Show the run as it was after `epoch`, its last one if it has fewer."""
    _pause(run, min(epoch, _last(run)))


def early(run: Run) -> int | None:
    """The epoch that is shown, if it is not the run's last."""
    epoch = shown(run)
    return epoch if epoch is not None and epoch != _last(run) else None


def control(run: Run) -> None:
    """Play or pause, back, next, and a slider; nothing for a run without an epoch, or where a link hides it."""
    if not run.epochs or setup.current().hides("time"):
        return
    epoch, last, playing = st.session_state.setdefault(key(run), _last(run)), _last(run), is_playing(run)
    st.button(
        "Pause" if playing else "Play",
        icon=":material/pause:" if playing else ":material/play_arrow:",
        key=f"time-play-{_ends()}",
        help=_HELP,
        on_click=_hold if playing else _play,
        args=(run,),
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
    st.slider(
        "Epoch",
        0,
        last,
        epoch,
        key=key(run),
        format="epoch %d",
        label_visibility="collapsed",
        on_change=_moved,
        args=(run,),
    )


_HELP = (
    "Plays the epochs, from the start if the last one is shown; 0 is before training. Panels that keep fewer epochs "
    "show the nearest."
)


def _last(run: Run) -> int:
    return run.epochs[-1].epoch


def _ends() -> int:
    """Plays that came to their end. Each leaves another button, so that a late *Pause* does not mean *Play*."""
    ends: int = st.session_state.get(_ENDS, 0)
    return ends


def _play(run: Run) -> None:
    shows = st.session_state[key(run)]
    epoch = 0 if shows == _last(run) else shows
    _set_anew(run, epoch)
    st.session_state[_PLAY] = _Play(run.run_id, epoch)


def _pause(run: Run, epoch: int) -> None:
    st.session_state[_PLAY] = None
    _set_anew(run, epoch)


def _set_anew(run: Run, epoch: int) -> None:
    st.session_state[_SLIDERS] = st.session_state.get(_SLIDERS, 0) + 1
    st.session_state[key(run)] = epoch


def _hold(run: Run) -> None:
    """Pause at the epoch that the browser shows."""
    _pause(run, _shown_by_the_browser(run))


def _shown_by_the_browser(run: Run) -> int:
    play = _play_of(run)
    epoch: int = play.drawn[0] if play and play.is_behind else st.session_state.get(key(run), _last(run))
    return epoch


def _moved(run: Run) -> None:
    """The slider has another value than it was given: an echo of a play, or the visitor's, which ends the play."""
    play = _play_of(run)
    if play and play.is_echo(st.session_state[key(run)]):
        st.session_state[key(run)] = play.epoch
    elif play:
        st.session_state[_PLAY] = None


def _step(run: Run, by: int) -> None:
    epoch = min(max(_shown_by_the_browser(run) + by, 0), _last(run))
    if is_playing(run):
        _pause(run, epoch)
    else:
        st.session_state[key(run)] = epoch
