"""Time: one epoch for all panels of a recorded run, to be played, stepped and dragged.

The browser plays it (`app/player`) and asks the server nothing meanwhile; a lens on the page follows by itself. Where
it rests, the page hears of the epoch, and the panels follow.
"""

from collections.abc import Callable, Sequence

import streamlit as st

from normlab.app.lab import setup
from normlab.app.player import player
from normlab.app.player.player import Curve, Rest
from normlab.app.shell import address
from normlab.app.shell.appearance import paint
from normlab.charts.theme import norm_color, run_colors
from normlab.labels import difference_labels
from normlab.record import EpochEnd, Status
from normlab.store import Run

KEY = "time"
_PLACE = "time-place"
_ROOM = {False: 236, True: 598}
"""Pixels that the player takes; True on a projector. Reserved, as it comes after what stands below it."""


def key(run: Run) -> str:
    """Session key of the epoch: another run, or the same one trained again, begins at its own last epoch."""
    return f"time-epoch-{run.run_id}-{_last(run)}"


def shown(run: Run) -> int | None:
    """The epoch to show, 0 before training; None for a run that has no epoch, or is still training."""
    if not run.epochs or run.status is Status.RUNNING:
        return None
    epoch: int = st.session_state.get(key(run), _last(run))
    return epoch


def open_at(run: Run, epoch: int) -> None:
    """Show the run as it was after `epoch`, its last one if it has fewer."""
    st.session_state[key(run)] = min(max(epoch, 0), _last(run))


def early(run: Run) -> int | None:
    """The epoch that is shown, if it is not the run's last."""
    epoch = shown(run)
    return epoch if epoch is not None and epoch != _last(run) else None


def control(run: Run, pinned: Sequence[Run] = ()) -> None:
    """One element, always, unless a link hides it: the run's accuracy over the epochs, or that of several runs, with
    all that plays it. Of a run that trains it grows."""
    if setup.current().hides("time"):
        return
    grows = run.status is Status.RUNNING

    def take(rest: Rest) -> None:
        if run.epochs and rest.epoch is not None:
            open_at(run, rest.epoch)

    others = [other for other in pinned if other.run_id != run.run_id and other.epochs]
    with st.container(key=_PLACE, height=_ROOM[address.is_large()], border=False):
        player.run(
            KEY,
            _curves(run, others),
            Rest(epoch=_last(run) if grows else shown(run) or 0),
            take,
            name=run.run_id,
            title="Test accuracy after each epoch" if others else "Accuracy after each epoch",
            epochs=run.config.optim.epochs if grows or not run.epochs else _last(run),
            grows=grows,
        )


def _curves(run: Run, others: Sequence[Run]) -> list[Curve]:
    """Of a run alone test and training images, else the test images of each."""
    if not others:
        color = paint(norm_color(run.config.model))
        return [
            Curve("Test", color, _values(run, lambda end: end.test.accuracy)),
            Curve("Training", color, _values(run, lambda end: end.train_eval.accuracy), dash=True),
        ]
    runs = [run, *others]
    labels, colors = difference_labels(runs), run_colors([one.config for one in runs])
    return [
        Curve(label, paint(color), _values(one, lambda end: end.test.accuracy))
        for one, label, color in zip(runs, labels, colors, strict=True)
    ]


def _values(run: Run, accuracy: Callable[[EpochEnd], float]) -> list[float | None]:
    """In percent, by epoch; nothing was measured before the first."""
    return [None, *(round(100 * accuracy(end), 2) for end in run.epochs)]


def _last(run: Run) -> int:
    return run.epochs[-1].epoch if run.epochs else 0
