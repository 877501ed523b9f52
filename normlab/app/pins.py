"""Runs that this session keeps beside the one it looks at, to overlay their curves."""

import streamlit as st

from normlab.app import address, cached
from normlab.config import RunConfig
from normlab.describe import title
from normlab.identity import canonical
from normlab.store import Run

MOST = 4
_PINS = "pins"


def pinned() -> list[RunConfig]:
    pins: list[RunConfig] = st.session_state.setdefault(_PINS, [])
    return pins


def runs() -> list[Run]:
    """The pinned runs that can be read."""
    return [run for config in pinned() if (run := cached.run(config)) is not None]


def beside(run: Run) -> Run | None:
    """The run to compare with: the one pinned last, if it is another."""
    others = [other for other in runs() if other.run_id != run.run_id]
    return others[-1] if others else None


def has_room(config: RunConfig) -> bool:
    """Whether the run is pinned or could be."""
    return canonical(config) in pinned() or len(pinned()) < MOST


def pin(config: RunConfig) -> None:
    """For callbacks: pin the run, or let it be the one that was pinned last."""
    address.acknowledge()
    config = canonical(config)
    if config in pinned():
        pinned().remove(config)
    pinned().append(config)


def button(config: RunConfig) -> None:
    """Pin the run, or say why not."""
    config, pins = canonical(config), pinned()
    is_pinned, full = config in pins, len(pins) >= MOST
    if is_pinned:
        text = "This run is pinned: change a setting, and its curves stay for comparison."
    elif full:
        text = f"{MOST} runs are pinned: remove one first."
    else:
        text = f"Keep this run's curves on the page to compare others with it; up to {MOST}."
    st.button(
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
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if pinned():
            st.caption("Pinned:", width="content")
        for place, config in enumerate(pinned()):
            st.button(
                title(config),
                icon=":material/close:",
                key=f"unpin-{place}",
                help="Remove this pin",
                type="tertiary",
                on_click=_unpin,
                args=(config,),
            )


def _unpin(config: RunConfig) -> None:
    address.acknowledge()
    pinned().remove(config)
