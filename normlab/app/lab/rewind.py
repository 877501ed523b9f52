"""Rewind: change one setting of a shown run, keep its seed, and see both runs beside each other."""

from enum import StrEnum
from typing import Any

import streamlit as st

from normlab import images, rewind
from normlab.app.lab import configuration, live, pins, setup
from normlab.app.shell import cached, widgets
from normlab.app.shell.words import word
from normlab.config import RunConfig
from normlab.describe import norm_label
from normlab.identity import run_id
from normlab.numerals import exact
from normlab.record import Status
from normlab.settings import SETTINGS, changed

_ABOUT = (
    "Starts this run again with one change and the same seed: the two differ first by your change, then also by "
    "chance. This run is pinned beside the new one."
)


def button(config: RunConfig) -> None:
    """A popover with the setting, its new value, and the way there; nothing where a link leaves nothing to change."""
    fixed = setup.current().fixed
    offers = {name: values for name, values in rewind.offers(config).items() if name not in fixed}
    if not offers:
        return
    popover = widgets.popover(
        "Rewind", icon=":material/replay:", key=key(config), help="Start this run again with one change"
    )
    if not popover.open:
        return
    with popover:
        st.markdown("**Change one thing**")
        st.caption(_ABOUT)
        name = widgets.selectbox(
            "Setting",
            list(offers),
            format_func=lambda name: SETTINGS[name].rule.label,
            key="rewind-setting",
            help="Only settings that keep the initial weights and the order of the images.",
        )
        value = widgets.selectbox(
            f"From {value_text(config, name, _now(config, name))} to",
            offers[name],
            format_func=lambda value: value_text(config, name, value),
            key=f"rewind-to-{name}",
            help="The new value; everything else stays the same.",
        )
        after = changed(config, {name: value})
        st.caption(rewind.same_start(config, after))
        _go(config, after)


def key(config: RunConfig) -> str:
    """The session key of the popover: another run has another one, which is closed."""
    return f"rewind-{run_id(config)}"


def _go(before: RunConfig, after: RunConfig) -> None:
    ended = cached.store().status(run_id(after)) in (Status.FINISHED, Status.DIVERGED)
    can_train = (
        cached.engine().workers != 0
        and images.is_there(after.data.dataset)
        and not cached.limits().exceeded(after)
        and not setup.current().hides("train")
    )
    full = not pins.has_room(before)
    widgets.button(
        "Rewind" if ended or not can_train else "Rewind and train",
        icon=":material/replay:",
        type="primary",
        key="rewind-go",
        width="stretch",
        disabled=full,
        help=pins.FULL if full else None,
        on_click=_rewind,
        args=(before, after, can_train and not ended),
    )


def _rewind(before: RunConfig, after: RunConfig, train: bool) -> None:
    pins.pin(before)
    configuration.adopt(after)
    if train:
        live.join(after)


def _now(config: RunConfig, name: str) -> Any:
    part = SETTINGS[name].part
    return getattr(getattr(config, part) if part else config, name)


def value_text(config: RunConfig, name: str, value: Any) -> str:
    """The value as the page says it."""
    if name == "norms":
        return norm_label(changed(config, {"norms": value}).model)
    if isinstance(value, StrEnum):
        return word(value)
    if isinstance(value, tuple):
        return SETTINGS[name].format(value)
    return "off" if not value and name in _SWITCHED else exact(value)


_SWITCHED = ("dropout", "l1", "l2", "ghost_batch", "label_noise", "weight_norms")
"""Numbers that 0 turns off."""
