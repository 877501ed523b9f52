"""What this session does to the networks, and which slider it moved last.

The address says it as `normlab stress` does: `?weight_scale=0.5` is that and nothing else. Without a word of it the
page opens with fog, where something is to be seen.
"""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from normlab.app.shell import page
from normlab.app.shell.page import Part
from normlab.app.shell.words import plain
from normlab.choices import Statistics
from normlab.config import ConfigError
from normlab.stresses import SETTINGS, Composition, Stress, changed, from_query, sweeps, to_query

OPENING = Stress(contrast=0.3)
A_THREE = 38
"""Of the test images of digits: the first 3 to which the typical BatchNorm network answers otherwise among threes."""

READY: Mapping[str, Stress] = {
    "Fog": OPENING,
    "Half the weights": Stress(weight_scale=0.5),
    "One class a batch": Stress(statistics=Statistics.BATCH, composition=Composition.ONE_CLASS),
    "A 3 among threes": Stress(statistics=Statistics.BATCH, composition=Composition.AMONG, image=A_THREE),
    "Brighter": Stress(raw_brightness=0.5),
    "Nothing": Stress(),
}
"""Stresses to begin with, by name."""

SLIDERS = tuple(sweeps.STOPS)
_SLIDER = "slider"
_KEPT, _MOVED = "stress-kept", "stress-moved"


def current() -> Stress:
    """What is done."""
    stress: Stress = st.session_state.get(_KEPT, OPENING)
    return stress


def slider() -> str:
    """The setting whose whole range is shown: that which was moved last."""
    name: str = st.session_state.get(_MOVED) or _told(current())
    return name


def do(stress: Stress, moved: str = "") -> None:
    """For callbacks: do this from now on. `moved` is a slider's name; without one, the stress tells it."""
    st.session_state[_KEPT] = stress
    st.session_state[_MOVED] = moved
    page.say()


def take(name: str) -> None:
    """For a control's callback: what it says; a browser may tell of a control before it has its value (None)."""
    said = st.session_state.get(key(name))
    if said is not None and said != getattr(current(), name):
        do(changed(current(), {name: said}), name if name in SLIDERS else slider())


def set_image(image: int) -> None:
    """For callbacks: look at this one, by its number in the sample."""
    do(changed(current(), {"image": image}), slider())


def key(name: str) -> str:
    """The session key of a setting's control."""
    return f"stress-{name}"


def set_control(name: str) -> Any:
    """What a setting is, for its control that is drawn next: the key is set, if it says something else."""
    value = getattr(current(), name)
    if st.session_state.get(key(name)) != value:
        st.session_state[key(name)] = value
    return value


def is_single() -> bool:
    """Whether a single image is looked at, and not all."""
    return current().composition is Composition.AMONG


def _told(stress: Stress) -> str:
    """Which slider a stress is about."""
    moved = [name for name in SLIDERS if getattr(stress, name) != SETTINGS[name].default]
    if moved:
        return moved[0]
    if stress.test_dropout:
        return "draw"
    return "test_batch" if stress.statistics is Statistics.BATCH else SLIDERS[0]


class _Doing(Part):
    @property
    def names(self) -> Collection[str]:
        return (*SETTINGS, _SLIDER)

    def read(self, asked: Mapping[str, str]) -> list[str]:
        query = {name: text for name, text in asked.items() if name in SETTINGS}
        stress, refused = from_query(query) if query else (OPENING, [])
        moved = asked.get(_SLIDER, "").strip().lower()
        if moved and moved not in SLIDERS:
            words = f"slider={moved} is not known; choose one of {', '.join(SLIDERS)}."
            refused, moved = [*refused, ConfigError(_SLIDER, words)], ""
        st.session_state[_KEPT], st.session_state[_MOVED] = stress, moved
        return [plain(str(error)) for error in refused]

    def query(self) -> dict[str, str]:
        stress = current()
        said = {} if stress == OPENING else to_query(stress) or {SLIDERS[0]: _as_text(SLIDERS[0], stress)}
        return said if slider() == _told(stress) else {**said, _SLIDER: slider()}


def _as_text(name: str, stress: Stress) -> str:
    return SETTINGS[name].format(getattr(stress, name))


DOING = _Doing()
