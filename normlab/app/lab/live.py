"""A run while it trains: state, progress, Stop, and its panels, drawn again twice a second.

Only data change from tick to tick: the number of elements and the charts' specifications stay, so that the browser
updates in place.
"""

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from normlab.app.lab import view
from normlab.app.lab.phase import Kind, Phase, phase
from normlab.app.shell import address, cached, figure, tab, widgets
from normlab.app.shell.words import plain
from normlab.config import RunConfig
from normlab.engine import EngineProblem, Ticket
from normlab.identity import run_id
from normlab.numerals import duration
from normlab.record import Status
from normlab.store import Run

_LEFT, _REFUSAL, _COUNTED = "left-runs", "train-refusal", "seconds-left"


def join(config: RunConfig) -> None:
    """Ask for the run, or join those who wait for it; `refusal` tells if that cannot be."""
    st.session_state.pop(_REFUSAL, None)
    try:
        cached.engine().request(config, cached.session_id(), tab.browser())
    except EngineProblem as problem:
        st.session_state[_REFUSAL] = run_id(config), str(problem)
    else:
        _left().discard(run_id(config))


def refusal(config: RunConfig) -> str:
    """Why the run cannot be trained here: for its settings, or as its last request was answered; "" if it can."""
    name, answer = st.session_state.get(_REFUSAL, ("", ""))
    return cached.limits().exceeded(config) or (answer if name == run_id(config) else "")


PACE = 0.5
"""Seconds from one look at the run to the next."""


def tick(config: RunConfig, place: DeltaGenerator) -> None:
    """In a fragment: draw the run as it is now, its progress in `place`; and the whole page once when it has ended."""
    now = phase(config)
    if now.kind is not Kind.LIVE:
        address.draw_anew()
    with place:
        _status(config, now)
    with figure.live():
        view.show(now.run or nothing_yet(config))


def has_left(config: RunConfig) -> bool:
    """Whether this session has stopped the run, and it goes on because others wait for it."""
    return run_id(config) in _left()


def nothing_yet(config: RunConfig) -> Run:
    """A run that has not told anything."""
    return Run(
        run_id=run_id(config),
        config=config,
        status=Status.RUNNING,
        shipped=False,
        started=None,
        steps=(),
        epochs=(),
        ended=None,
        record=None,
    )


def _status(config: RunConfig, now: Phase) -> None:
    share, text = progress(now.run, now.ticket, _left_of(config, now))
    bar, beside = st.columns([6, 1], vertical_alignment="bottom")
    bar.progress(share, f"{text}{_company(config, now.ticket)}")
    left = has_left(config)
    with beside:
        if left and now.ticket is not None and now.ticket.requesters:  # a key of its own: a late *Stop* must not join
            widgets.button(
                "Watch again",
                icon=":material/play_arrow:",
                key="rejoin",
                width="stretch",
                help="Others keep this run going; join them.",
                on_click=join,
                args=(config,),
            )
            return
        widgets.button(
            "Stop",
            icon=":material/stop:",
            key="stop",
            width="stretch",
            disabled=left or now.ticket is None,
            help="Ends the training and keeps the results so far. If others want the same run, it continues for them.",
            on_click=_leave,
            args=(config,),
        )


def progress(run: Run | None, ticket: Ticket | None, seconds: float | None = None) -> tuple[float, str]:
    """The share that is done, and a line on where the run is; `seconds` are those that it still takes."""
    share, text = _progress(run, ticket, seconds)
    return share, f"{text} · {plain(ticket.message)}" if ticket is not None and ticket.message else text


def _progress(run: Run | None, ticket: Ticket | None, seconds: float | None) -> tuple[float, str]:
    if ticket is not None and ticket.state == "waiting":
        wait = f", about {duration(seconds)}" if seconds else ""
        return 0.0, f"Waiting: number {ticket.position} in the queue{wait}"
    left = f" · about {duration(seconds)} left" if seconds else ""
    if run is None or run.started is None or not _is_under_way(run, ticket):
        return 0.0, f"{_STARTING}{left}"
    last, total = run.steps[-1], run.started.steps
    epoch = f"Epoch {last.epoch} of {run.started.epochs}"
    return min(last.step / total, 1.0), f"{epoch} · step {last.step:,} of {total:,}{left}"


def _is_under_way(run: Run | None, ticket: Ticket | None) -> bool:
    """Whether it has told a step; while it starts, what there is of it is an earlier attempt's."""
    return run is not None and bool(run.steps) and (ticket is None or ticket.state != "starting")


def _left_of(config: RunConfig, now: Phase) -> float | None:
    """Seconds until it begins, while it waits, else until it ends: told when there was last news of it, and counted
    down since. None where there is nothing to tell them from."""
    under_way = now.run if _is_under_way(now.run, now.ticket) else None
    waits = now.ticket is not None and now.ticket.state == "waiting"
    news = (run_id(config), waits, under_way.steps[-1].step if under_way else 0)
    known: tuple[object, float | None, float] | None = st.session_state.get(_COUNTED)
    if known is None or known[0] != news:
        known = news, _estimate(config, now.ticket if waits else None, under_way), time.monotonic()
        st.session_state[_COUNTED] = known
    _, seconds, since = known
    return None if seconds is None else max(seconds - (time.monotonic() - since), _SOON)


def _estimate(config: RunConfig, waiting: Ticket | None, run: Run | None) -> float | None:
    if waiting is not None:
        return waiting.wait_seconds
    if run is None or run.started is None or run.steps[-1].step == run.steps[0].step:
        return cached.engine().estimate(config)
    first, last = run.steps[0], run.steps[-1]  # the first steps may have waited for a compiler
    return (last.seconds - first.seconds) / (last.step - first.step) * (run.started.steps - last.step)


_STARTING = "Starting: loading PyTorch and the images"
_SOON = 0.1
"""Seconds that are said at least, where something takes longer than told."""


def _company(config: RunConfig, ticket: Ticket | None) -> str:
    if ticket is None:
        return " · trained by another process"
    if has_left(config):
        return " · you left it" if ticket.requesters else " · stopping"
    others = ticket.requesters - 1
    return f" · {others} other{'s' if others > 1 else ''} watching" if others > 0 else ""


def _leave(config: RunConfig) -> None:
    try:
        cached.engine().withdraw(run_id(config), cached.session_id())
    except EngineProblem as problem:
        st.toast(plain(str(problem)), icon=":material/error:", duration="long")
    else:
        _left().add(run_id(config))


def _left() -> set[str]:
    left: set[str] = st.session_state.setdefault(_LEFT, set())
    return left
