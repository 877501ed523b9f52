"""Runs that this session keeps beside the one it looks at, to overlay their curves."""

from dataclasses import dataclass

import streamlit as st

from normlab.app.lab import rows, setup
from normlab.app.lab.setup import MOST_PINS
from normlab.app.shell import cached, widgets
from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.store import Run
from normlab.titles import title

FULL = f"{MOST_PINS} runs are pinned: remove one first."
KEY = "pins"
_NONE = "Nothing pinned yet."
_SHOWN, _BEFORE = "run-shown", "run-before"


@dataclass(frozen=True, slots=True)
class Beside:
    """A run to compare with: the one pinned last, or else the one that was looked at before."""

    run: Run
    is_pinned: bool


def pinned() -> tuple[RunConfig, ...]:
    """In the order in which they were pinned; the lab's address holds them."""
    return setup.current().pins


def runs() -> list[Run]:
    """The pinned runs that can be read."""
    return [run for config in pinned() if (run := cached.run(config)) is not None]


def look_at(config: RunConfig) -> None:
    """Remember this run, and which one was looked at before it."""
    config, shown = canonical(config), st.session_state.get(_SHOWN)
    if config != shown:
        st.session_state[_BEFORE], st.session_state[_SHOWN] = shown, config


def last() -> Run | None:
    """The run with a result that was looked at last, where it can still be shown."""
    config: RunConfig | None = st.session_state.get(_SHOWN)
    run = cached.run(config) if config is not None else None
    return run if run is not None and run.record is not None and run.epochs else None


def beside(run: Run) -> Beside | None:
    """What to compare the run with, so that one sees what a change did. None on a first look, or for other data."""
    pinned = [other for other in runs() if other.run_id != run.run_id]
    if pinned:
        return Beside(pinned[-1], is_pinned=True)
    config: RunConfig | None = st.session_state.get(_BEFORE)
    if config is None or follows_other_data(run):
        return None
    other = cached.run(config)
    return Beside(other, is_pinned=False) if other and other.epochs and other.run_id != run.run_id else None


def follows_other_data(run: Run) -> bool:
    """Whether the run that was looked at before learned from another data set: the two are not compared."""
    before: RunConfig | None = st.session_state.get(_BEFORE)
    return before is not None and before.data.dataset is not run.config.data.dataset


def has_room(config: RunConfig) -> bool:
    """Whether the run is pinned or could be."""
    return canonical(config) in pinned() or len(pinned()) < MOST_PINS


def pin(config: RunConfig) -> None:
    """For callbacks: pin the run, or let it be the one that was pinned last."""
    config = canonical(config)
    _keep((*(other for other in pinned() if other != config), config))


def button(config: RunConfig) -> None:
    """Pin the run, or say why not."""
    config, pins = canonical(config), pinned()
    is_pinned, full = config in pins, len(pins) >= MOST_PINS
    if is_pinned:
        text = "This run is pinned: change a setting, and its curves stay for comparison."
    elif full:
        text = FULL
    else:
        text = f"Keep this run's curves on the page for comparison (up to {MOST_PINS})."
    widgets.button(
        "Pinned" if is_pinned else "Pin this run",
        icon=":material/keep:",
        key="pin",
        help=text,
        disabled=is_pinned or full,
        on_click=pin,
        args=(config,),
    )


def chips() -> None:
    """One element, always: the pinned runs, each with a way to remove it."""
    with rows.row(KEY), st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Pinned:" if pinned() else _NONE, width="content")
        for place, config in enumerate(pinned()):
            name = title(config) + ("" if cached.run(config) else " (no run here)")
            if setup.current().hides("pin"):
                st.caption(name, width="content")
                continue
            widgets.button(
                name,
                icon=":material/close:",
                key=f"unpin-{place}",
                help="Remove this pin",
                type="tertiary",
                on_click=_unpin,
                args=(config,),
            )


def _unpin(config: RunConfig) -> None:
    _keep(tuple(other for other in pinned() if other != config))


def _keep(pins: tuple[RunConfig, ...]) -> None:
    setup.change(pins=pins)
