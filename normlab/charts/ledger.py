"""What training did to the parameters, over the epochs and by depth."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.curves import epochs_axis, quiet
from normlab.charts.layers import BLOCKS
from normlab.charts.limits import to_be_set, within
from normlab.charts.theme import (
    INK,
    LAYER_NAMES,
    NORM_COLORS,
    SERIES_COLORS,
    STAGE_NAMES,
    Spec,
    depth_colors,
    finish,
    legend,
    rows,
    stage_color,
)
from normlab.charts.weights import LAYERS
from normlab.numerals import number, short

HEIGHT, _FIRST = 160, 240
MOVEMENTS = {"turn": "Degrees that a step turns the weights", "length": "Length of the weights, ‖w‖"}
BY_LAYER = {
    "step": ("Step by length, log₁₀ ‖Δw‖/‖w‖", ".2f"),
    "turn": ("Degrees a step turns each layer", ".3f"),
    "dead": ("Dead channels", "d"),
}
PULLS = ("data loss", "penalty")
_DASHES = [[1, 0], [6, 3]]
"""Of the run that is looked at, and of the one beside it: a norm's two colors are near each other."""

USUAL = -3
"""log₁₀ of the step that is often called healthy: a thousandth of a weight's length."""


@lru_cache(maxsize=64)
def movement(field: str, labels: Sequence[str], colors: Sequence[str], epochs: int, high: float) -> Spec:
    """One number of all convolutions but the head over the epochs, a color a run. Rows: `frames.movement`."""
    return within(_movement(field, labels, colors, epochs), y=(0, high))


@lru_cache(maxsize=64)
def _movement(field: str, labels: Sequence[str], colors: Sequence[str], epochs: int) -> Spec:
    names = list(labels)
    encoded = alt.Chart(rows()).encode(
        x=epochs_axis(epochs),
        y=alt.Y(f"{field}:Q", title=None, scale=to_be_set(), axis=quiet()),
        color=alt.Color("run:N", scale=alt.Scale(domain=names, range=list(colors)), legend=legend(columns=1)),
        strokeDash=alt.StrokeDash(
            "run:N", scale=alt.Scale(domain=names, range=_DASHES[: len(names)]), legend=legend(columns=1)
        ),
    )
    lines = hover.lines(encoded, hover.Tips("epoch", "run", field, tuple(names), ".3f"), ink=INK)
    return finish(alt.layer(lines, hover.moment(encoded, ink=INK)), height=_FIRST)


def movement_alt(frame: pd.DataFrame, field: str) -> str:
    if frame.empty:
        return f"{MOVEMENTS[field]} over the epochs; nothing is kept yet."
    last = frame.groupby("run", sort=False).tail(1)
    facts = "; ".join(f"{run}: {short(value)}" for run, value in zip(last["run"], last[field], strict=True))
    return f"{MOVEMENTS[field]} over the epochs. At the last: {facts}."


@lru_cache(maxsize=64)
def by_layer(field: str, epochs: int, low: float, high: float) -> Spec:
    """One number of every layer over the epochs, colored by depth; steps with a line at `USUAL`.

    Rows: `frames.accounts(run)`, or `frames.dead_channels(run)`.
    """
    return within(_by_layer(field, epochs), y=(low, high))


@lru_cache(maxsize=16)
def _by_layer(field: str, epochs: int) -> Spec:
    counts = alt.Axis(tickCount=5, tickMinStep=1, format="d")
    kind, layers = ("block", BLOCKS) if field == "dead" else ("layer", LAYERS)
    base = alt.Chart(rows())
    encoded = base.encode(
        x=epochs_axis(epochs),
        y=alt.Y(f"{field}:Q", title=None, scale=to_be_set(), axis=counts if field == "dead" else quiet()),
        color=alt.Color(
            f"{kind}:N",
            scale=alt.Scale(domain=list(layers), range=list(depth_colors(len(layers)))),
            legend=legend(columns=3, labels=LAYER_NAMES),
        ),
    )
    lines = hover.lines(encoded, hover.Tips("epoch", kind, field, layers, BY_LAYER[field][1]), ink=INK)
    usual = base.mark_rule(color=INK, strokeWidth=1.5, strokeDash=[4, 3]).encode(y=alt.datum(USUAL))
    drawn = [usual, lines] if field == "step" else [lines]
    return finish(alt.layer(*drawn, hover.moment(encoded, ink=INK)), height=HEIGHT)


def by_layer_alt(frame: pd.DataFrame, field: str) -> str:
    title, kind = BY_LAYER[field][0], "block" if field == "dead" else "layer"
    if frame.empty:
        return f"{title} over the epochs; nothing is kept yet."
    last = frame[frame["epoch"] == frame["epoch"].max()]
    pairs = zip(last[kind], last[field], strict=True)
    facts = ", ".join(f"{LAYER_NAMES[layer]} {short(value)}" for layer, value in pairs)
    return f"{title} over the epochs. At epoch {frame['epoch'].max()}: {facts}."


@lru_cache(maxsize=64)
def pulls(epochs: int, low: float, high: float) -> Spec:
    """Gradients of data loss and penalty over the epochs, on a scale of powers. Rows: `frames.pulls(run)`."""
    return within(_pulls(epochs), y=(low, high))


@lru_cache(maxsize=16)
def _pulls(epochs: int) -> Spec:
    names, colors = list(PULLS), [SERIES_COLORS["training"], NORM_COLORS["mixed"]]
    encoded = alt.Chart(rows()).encode(
        x=epochs_axis(epochs),
        y=_powers(),
        color=alt.Color("pull:N", scale=alt.Scale(domain=names, range=colors), legend=legend(columns=2)),
        strokeDash=alt.StrokeDash(
            "pull:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]]), legend=legend(columns=2)
        ),
    )
    lines = hover.lines(encoded, hover.Tips("epoch", "pull", "gradient", tuple(names), ".3~g"), ink=INK)
    return finish(alt.layer(lines, hover.moment(encoded, ink=INK)), height=HEIGHT)


def pulls_alt(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "Gradients of data loss and penalty over the epochs; nothing is kept yet."
    last = frame[frame["epoch"] == frame["epoch"].max()].dropna()
    facts = ", ".join(f"{pull} {short(value)}" for pull, value in zip(last["pull"], last["gradient"], strict=True))
    return f"Gradients of data loss and penalty over the epochs. At epoch {frame['epoch'].max()}: {facts}."


@lru_cache(maxsize=64)
def depth(low: float, high: float) -> Spec:
    """The data loss's gradient from the first convolution to the last, on a scale of powers.

    Rows: `frames.accounts(run)` of one epoch.
    """
    return within(_depth(), y=(low, high))


@lru_cache(maxsize=1)
def _depth() -> Spec:
    base = alt.Chart(rows()).encode(x=_names("layer", LAYERS), y=_powers())
    tooltip = [alt.Tooltip("layer:N"), alt.Tooltip("gradient:Q", title="gradient", format=".3~g")]
    line = base.mark_line(color=INK, strokeWidth=1.5, opacity=0.5)
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "layer:N",
            scale=alt.Scale(domain=list(LAYERS), range=list(depth_colors(len(LAYERS)))),
            legend=None,
        ),
        tooltip=tooltip,
    )
    return finish(alt.layer(line, dots), height=HEIGHT)


def depth_alt(frame: pd.DataFrame) -> str:
    pairs = zip(frame["layer"], frame["gradient"], strict=True)
    facts = ", ".join(f"{LAYER_NAMES[layer]} {short(value)}" for layer, value in pairs)
    return f"Gradient of the data loss by depth: {facts}."


@lru_cache(maxsize=64)
def sharing(norms: Sequence[str], low: float, high: float) -> Spec:
    """How many values share a statistic in each block, a color a norm, on a scale of powers.

    Rows: columns block, norm, values.
    """
    return within(_sharing(norms), y=(low, high))


@lru_cache(maxsize=64)
def _sharing(norms: Sequence[str]) -> Spec:
    base = alt.Chart(rows()).encode(
        x=_names("block", BLOCKS),
        y=_powers(".1~s"),
        color=alt.Color(
            "norm:N",
            scale=alt.Scale(domain=list(norms), range=[stage_color(norm) for norm in norms]),
            legend=legend(columns=3, labels=STAGE_NAMES),
        ),
    )
    tooltip = [alt.Tooltip("block:N"), alt.Tooltip("norm:N"), alt.Tooltip("values:Q", format=",")]
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(tooltip=tooltip)
    return finish(alt.layer(base.mark_line(strokeWidth=1.5), dots), height=HEIGHT)


def sharing_alt(frame: pd.DataFrame) -> str:
    facts = "; ".join(
        f"{STAGE_NAMES[str(norm)]} {', '.join(number(value, 0) for value in part['values'])}"
        for norm, part in frame.groupby("norm", sort=False)
    )
    return f"Values that share a statistic, block by block: {facts}."


def _names(field: str, layers: Sequence[str]) -> alt.X:
    words = "".join(f"datum.value === '{layer}' ? '{LAYER_NAMES[layer]}' : " for layer in layers)
    axis = alt.Axis(labelExpr=f"{words}datum.value", labelAngle=-30, labelOverlap=False)
    return alt.X(f"{field}:N", title=None, scale=alt.Scale(domain=list(layers)), axis=axis)


def _powers(number: str = ".1~g") -> alt.Y:
    """The logarithm of a number, labelled by the number in this d3 format."""
    axis = alt.Axis(tickCount=4, labelExpr=f"format(pow(10, datum.value), '{number}')")
    return alt.Y("power:Q", title=None, scale=to_be_set(), axis=axis)
