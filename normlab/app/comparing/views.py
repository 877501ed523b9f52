"""What Compare's sections show of the arms: metric, block and margin, in the address and kept between pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from normlab import frames
from normlab.app.words import plain
from normlab.charts.layers import BLOCKS

MARGINS = (0.01, 10.0)
"""The smallest and the largest difference that may be called one that matters, in points."""


@dataclass(frozen=True, slots=True)
class View:
    """A widget whose value the address holds under `name`; `parse` gives None for a text that means nothing."""

    name: str
    default: Any
    text: Callable[[Any], str]
    parse: Callable[[str], Any]

    @property
    def key(self) -> str:
        """The widget's session key."""
        return f"compare-{self.name}"

    @property
    def kept(self) -> str:
        """Where its value stays while the widget is not drawn."""
        return f"compare-kept-{self.name}"


def _slug(metric: frames.Metric) -> str:
    return metric.label.lower().replace(",", "").replace(" ", "-")


_METRICS: Mapping[str, frames.Metric] = {_slug(metric): metric for metric in frames.METRICS}


def _margin(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if MARGINS[0] <= value <= MARGINS[1] else None


METRIC = View("metric", frames.METRICS[0], _slug, _METRICS.get)
BLOCK = View("block", BLOCKS[0], str, lambda text: text if text in BLOCKS else None)
MARGIN = View("margin", 0.1, lambda value: f"{value:g}", _margin)
VIEWS: Mapping[str, View] = {view.name: view for view in (METRIC, BLOCK, MARGIN)}


def keep() -> None:
    """Before anything is drawn: every widget's session key is set, and what it says is remembered."""
    for view in VIEWS.values():
        value = st.session_state.get(view.key, st.session_state.get(view.kept, view.default))
        st.session_state[view.key] = st.session_state[view.kept] = value


def query() -> dict[str, str]:
    """What differs from the defaults."""
    values = {view: st.session_state[view.kept] for view in VIEWS.values()}
    return {view.name: view.text(value) for view, value in values.items() if value != view.default}


def read(asked: Mapping[str, str]) -> list[str]:
    """Take over what the address says, defaults where it says nothing; a sentence for each value that was refused."""
    refused = []
    for view in VIEWS.values():
        value = view.parse(asked[view.name]) if view.name in asked else view.default
        if value is None:
            refused.append(f"{view.name}={plain(asked[view.name])}: the Compare page cannot show this.")
        st.session_state[view.key] = st.session_state[view.kept] = view.default if value is None else value
    return refused
