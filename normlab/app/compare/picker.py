"""The picker: a ready comparison, or any arms and runs, and which of them is the reference."""

import streamlit as st

from normlab import compare
from normlab.app.compare import picks
from normlab.app.compare.picks import ARMS, MOST, REFERENCE, Pick
from normlab.app.shell import address, widgets
from normlab.compare import Arm, Ready
from normlab.labels import seeds_text
from normlab.settings import SETTINGS, flat

_BOX, _READY, _SINGLE = "compare-picker", "compare-ready", "compare-single"
_LAST = f"[data-testid=stLayoutWrapper]:has(> .st-key-{_BOX}) {{ order: 1; }}"
"""On a phone and a projector it would fill the screen: there it comes after what it chooses."""
_HELP = f"Each stands for all finished runs that differ only in the seed. Type to search; choose up to {MOST}."


def show() -> None:
    """Draw the picker over the session keys that `picks` has set."""
    last = _LAST if address.is_large() else f"@media (max-width: 640px) {{ {_LAST} }}"
    st.html(f"<style>{last}</style>")
    with st.container(border=True, key=_BOX):
        left, right = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
        with left:
            _ready()
        with right:
            widgets.toggle(
                "Include single-seed runs",
                key=_SINGLE,
                help="Two single runs have no interval: they are just two networks.",
            )
        left, right = st.columns([3, 2], gap="medium", vertical_alignment="top")
        with left:
            widgets.multiselect(
                "Settings to compare",
                _options(),
                st.session_state[ARMS],  # a browser that is late never gets a value that is only assigned
                format_func=_name,
                key=ARMS,
                max_selections=MOST,
                help=_HELP,
                placeholder="Choose settings",
                wrap=True,
            )
        with right:
            chosen: list[Pick] = st.session_state[ARMS]
            widgets.selectbox(
                "Reference",
                chosen,
                chosen.index(st.session_state[REFERENCE]) if chosen else 0,
                format_func=lambda pick: pick.title,
                key=REFERENCE,
                help="Differences are each setting minus this one.",
                placeholder="Choose settings first",
                disabled=len(chosen) < 2,
            )


def _ready() -> None:
    there = picks.ready()
    chosen = st.session_state[ARMS]
    st.session_state[_READY] = next((ready for ready in there if picks.picks_of(ready) == chosen), None)
    widgets.selectbox(
        "Ready comparisons",
        there,
        format_func=lambda ready: ready.name,
        key=_READY,
        help="Questions with the settings that answer them; you can still change the settings below.",
        on_change=_adopt_ready,
        placeholder="Your own choice" if there else "None is complete in this store",
        disabled=not there,
    )


def _adopt_ready() -> None:
    chosen: Ready | None = st.session_state[_READY]
    if chosen is not None:
        picks.adopt(picks.picks_of(chosen))


def _options() -> list[Pick]:
    """Arms, with the toggle single runs too, and whatever is chosen already."""
    ordered = sorted(picks.known(), key=_order)
    options = [Pick(arm.config) for arm in ordered if arm.seeds]
    if st.session_state[_SINGLE]:
        options += [Pick(arm.config, seed) for arm in ordered for seed in arm.seeds]
    return list(dict.fromkeys([*options, *st.session_state[ARMS]]))


def _order(arm: Arm) -> tuple[object, ...]:
    """By data set, norm, penalties and dropout, then by whatever else differs from the defaults."""
    values = flat(arm.config)
    rest = sum(values[name] != setting.default for name, setting in SETTINGS.items())
    first = ("dataset", "norms", "l1", "l2", "dropout")
    return (*(str(values[name]) if name == "dataset" else values[name] for name in first), rest)


def _name(pick: Pick) -> str:
    arm = compare.find(picks.known(), pick.config, pick.seed)
    if pick.seed is not None or arm is None:
        return pick.title
    return f"{pick.title} ({seeds_text(len(arm.seeds))})"
