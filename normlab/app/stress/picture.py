"""The picture: a dot a seed as the sliders stand, and what the slider in use does over its whole range."""

from collections.abc import Sequence
from statistics import median

import pandas as pd
import streamlit as st

from normlab.app.shell.figure import chart
from normlab.app.stress.networks import Network
from normlab.app.stress.results import Look, Seen
from normlab.charts import stress as charts
from normlab.stresses import SETTINGS, sweeps

_DOUBLING = ("weight_scale", "test_batch")
"""Sliders of which equal factors are equal distances."""


def show(networks: Sequence[Network], look: Look, slider: str, value: float) -> None:
    """Two charts beside each other."""
    labels, colors = tuple(one.label for one in networks), tuple(one.color for one in networks)
    left, right = st.columns([2, 3], gap="medium")
    dots = seeds(networks, look)
    with left:
        spec = charts.seeds(labels, colors)
        st.markdown("**Test accuracy now (%), a dot a seed**")
        chart("Accuracy by network", dots, spec, key="stress-seeds", alt=charts.seeds_alt(dots))
    label = SETTINGS[slider].rule.label.removesuffix(" ×")
    lines = way(look, value)
    with right:
        st.markdown(
            f"**Over the whole range: {label.lower()}**{'' if is_whole(networks, look) else ', one network each'}"
        )
        stops = tuple(sweeps.STOPS[slider])
        spec = charts.way(labels, colors, stops, label, doubling=slider in _DOUBLING)
        chart("Accuracy over the slider", lines, spec, key=f"stress-way-{slider}", alt=charts.way_alt(lines, label))


def is_whole(networks: Sequence[Network], look: Look) -> bool:
    """Whether the way of each shows all of its seeds."""
    return all(len(stop.right) == len(one.repeats) for one in networks for stop in look.way[one.label])


def seeds(networks: Sequence[Network], look: Look) -> pd.DataFrame:
    """Rows of `charts.seeds`: what is known."""
    rows = [
        {
            "network": network.label,
            "seed": each.config.seed,
            "at": at,
            "x": at + charts.spread(place, len(network.repeats)),
            "accuracy": 100 * now.right / look.images,
            "before": 100 * before.right / look.images,
        }
        for at, network in enumerate(networks)
        for place, each in enumerate(network.repeats)
        if isinstance(now := look.now[each], Seen) and isinstance(before := look.before[each], Seen)
    ]
    return pd.DataFrame(rows, columns=["network", "seed", "at", "x", "accuracy", "before"])


def way(look: Look, value: float) -> pd.DataFrame:
    """Rows of `charts.way`: what is known."""
    rows = [
        {
            "network": label,
            "value": float(stop.value),
            "accuracy": 100 * median(stop.right) / look.images,
            "low": 100 * min(stop.right) / look.images,
            "high": 100 * max(stop.right) / look.images,
            "now": float(value),
        }
        for label, stops in look.way.items()
        for stop in stops
        if stop.right
    ]
    return pd.DataFrame(rows, columns=["network", "value", "accuracy", "low", "high", "now"])
