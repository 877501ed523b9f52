"""What can be done to the networks: a control for each setting of a stress."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from normlab.app.shell import widgets
from normlab.app.stress import state
from normlab.app.stress.networks import Network
from normlab.app.stress.said import COMPOSITIONS
from normlab.choices import Dataset, Statistics
from normlab.numerals import short
from normlab.stresses import SETTINGS, Neighbors, Stress, sample, sweeps

_READY, _CLASS = "stress-ready", "stress-class"
_STATISTICS = {
    Statistics.RUNNING: "Memory",
    Statistics.BATCH: "Batch",
    Statistics.REESTIMATED: "Re-estimated",
}


def ready() -> None:
    """Stresses to begin with, in a row."""
    chosen = next((name for name, stress in state.READY.items() if stress == state.current()), None)
    if st.session_state.get(_READY) != chosen:
        st.session_state[_READY] = chosen
    widgets.pills(
        "Begin with",
        list(state.READY),
        default=chosen,
        key=_READY,
        on_change=_begin,
        label_visibility="collapsed",
    )


def _begin() -> None:
    if (name := st.session_state.get(_READY)) is not None:
        state.do(state.READY[name])


def show(networks: Sequence[Network]) -> None:
    """All settings: those for batches and for raw pixels are folded while they do nothing."""
    stress, plain = state.current(), Stress()
    has_memory = any(network.model.remembers for network in networks)
    has_dropout = any(network.model.dropout for network in networks)
    _slider("contrast")
    _slider("weight_scale")
    _toggle("repaired", disabled=stress.weight_scale == 1)
    _choice("statistics", _STATISTICS, disabled=not has_memory)
    uses_batches = has_memory and stress.statistics is Statistics.BATCH
    drops = has_dropout and stress.test_dropout
    with st.expander("Batches and dropout", expanded=uses_batches or drops or state.is_single()):
        _slider("test_batch", disabled=not (uses_batches or state.is_single()))
        _choice("composition", COMPOSITIONS, disabled=not has_memory)
        if state.is_single():
            _image(networks[0].dataset)
            _neighbors(networks[0].dataset)
        _toggle("test_dropout", disabled=not has_dropout)
        _slider("draw", disabled=not (uses_batches or drops))
    with st.expander(
        "Raw pixels",
        expanded=(stress.raw_contrast, stress.raw_brightness) != (plain.raw_contrast, plain.raw_brightness),
    ):
        _slider("raw_contrast")
        _slider("raw_brightness")


def _image(dataset: Dataset) -> None:
    """The single image: of which class, and which of it."""
    labels = sample(dataset).labels
    label = int(labels[state.current().image])
    names = dataset.spec.labels
    if st.session_state.get(_CLASS) != label:
        st.session_state[_CLASS] = label
    widgets.selectbox(
        "The image",
        list(range(len(names))),
        label,
        key=_CLASS,
        format_func=lambda each: f"a {names[each]}",
        on_change=_another,
        args=(dataset,),
    )
    widgets.button("Another one", key="stress-another", on_click=_next, args=(dataset,))


def _another(dataset: Dataset) -> None:
    """Callback: the first image of the chosen class."""
    chosen = st.session_state.get(_CLASS)
    labels = sample(dataset).labels
    if chosen is not None and chosen != labels[state.current().image]:
        state.set_image(int(np.flatnonzero(labels == chosen)[0]))


def _next(dataset: Dataset) -> None:
    """Callback: the next image of the same class, after the last the first."""
    labels, image = sample(dataset).labels, state.current().image
    same = np.flatnonzero(labels == labels[image])
    state.set_image(int(same[(np.flatnonzero(same == image)[0] + 1) % len(same)]))


def _neighbors(dataset: Dataset) -> None:
    names = {Neighbors.OWN: "its own class", Neighbors.MIXED: "all classes"}
    names |= {each: f"only {dataset.spec.labels[int(each)]}" for each in Neighbors if each.isdigit()}
    value = state.set_control("neighbors")
    widgets.selectbox(
        "Its neighbors",
        list(names),
        list(names).index(value),
        key=state.key("neighbors"),
        format_func=names.__getitem__,
        help="Who shares its batch; beside it, always, a batch of all classes.",
        on_change=state.take,
        args=("neighbors",),
    )


def _slider(name: str, *, disabled: bool = False) -> None:
    """At the stops of the slider; a value between them, from an address, takes the place of the nearest."""
    rule, value = SETTINGS[name].rule, state.set_control(name)
    widgets.select_slider(
        rule.label,
        stops(name, value),
        value,
        key=state.key(name),
        format_func=_words(name),
        help=rule.help,
        disabled=disabled,
        on_change=state.take,
        args=(name,),
    )


def stops(name: str, value: float) -> list[float]:
    """Of a slider that stands at this value."""
    found = list(sweeps.STOPS[name])
    if value not in found:
        found[min(range(len(found)), key=lambda at: abs(found[at] - value))] = value
    return sorted(found)


def _words(name: str) -> Callable[[float], str]:
    factor = "× " if name in ("contrast", "raw_contrast", "weight_scale") else ""
    return lambda value: f"{factor}{short(value)}"


def _toggle(name: str, *, disabled: bool) -> None:
    rule = SETTINGS[name].rule
    widgets.toggle(
        rule.label,
        state.set_control(name),
        key=state.key(name),
        help=rule.help,
        disabled=disabled,
        on_change=state.take,
        args=(name,),
    )


def _choice(name: str, words: dict[Any, str], *, disabled: bool) -> None:
    rule = SETTINGS[name].rule
    value = state.set_control(name)
    widgets.segmented_control(
        rule.label,
        list(words),
        default=value,
        key=state.key(name),
        required=True,
        format_func=words.__getitem__,
        help=rule.help,
        disabled=disabled,
        wrap=True,
        on_change=state.take,
        args=(name,),
    )
