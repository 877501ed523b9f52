"""Inside the blocks: activations before and after each norm, BatchNorm's memory, γ and β."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.curves import epochs_axis, quiet
from normlab.charts.limits import to_be_set, within
from normlab.charts.theme import (
    INK,
    LAYER_NAMES,
    NORM_COLORS,
    PRIMARY,
    STAGE_NAMES,
    Spec,
    depth_colors,
    finish,
    legend,
    rows,
    stage_color,
)
from normlab.norms import SPECS
from normlab.numerals import number, short, span

HEIGHT = 150
BLOCKS = tuple(f"block{number}" for number in range(1, 7))
OVERVIEWS = {
    "input_std": "Spread before the norm (std)",
    "output_std": "Spread of the block's output (std)",
    "zeros": "Zeros after ReLU (%)",
}
STATISTICS = {"mean": "Mean", "std": "Standard deviation", "zeros": "Share of zeros (%)"}


@lru_cache(maxsize=64)
def overview(field: str, epochs: int) -> Spec:
    """One number of every block over the epochs, colored by depth. Rows: `frames.overview(run)`.

    The scale is the same for all networks: what a norm does is seen when another takes its place. Each line is thinner
    than the one before and lies on it: where several coincide, one sees several.
    """
    base = alt.Chart(rows())
    colors = depth_colors(len(BLOCKS))
    axis = quiet() if field == "zeros" else alt.Axis(values=[0.1, 1, 10], format="~g")
    y = alt.Y(f"{field}:Q", title=None, scale=_scale(field), axis=axis)
    names = alt.Color(
        "block:N",
        scale=alt.Scale(domain=list(BLOCKS), range=list(colors)),
        legend=legend(columns=3, labels=LAYER_NAMES),
    )
    width = alt.StrokeWidth("block:N", scale=alt.Scale(domain=list(BLOCKS), range=list(_NESTED)), legend=None)
    encoded = base.encode(x=epochs_axis(epochs), y=y, color=names)
    chosen = hover.nearest("epoch")
    tips = hover.rule(encoded, chosen, hover.Tips("epoch", "block", field, BLOCKS, ".3f"), ink=INK)
    lines = encoded.mark_line(clip=True, strokeJoin="round").encode(strokeWidth=width)
    return finish(alt.layer(tips, lines, hover.moment(encoded, ink=INK)), height=HEIGHT + 30)


_NESTED = (13.0, 1.5)
"""Pixels of the first block's line and of the last one's; those of the others lie between."""

SPREADS = (0.05, 20.0)
"""The spreads that are told apart; a smaller or greater one lies at the edge."""


def _scale(field: str) -> alt.Scale:
    if field == "zeros":
        return alt.Scale(domain=[0, 100], nice=False)
    return alt.Scale(type="log", domain=list(SPREADS), clamp=True, nice=False)


def overview_alt(frame: pd.DataFrame, field: str) -> str:
    if frame.empty:
        return f"{OVERVIEWS[field]} of every block over the epochs; nothing is kept yet."
    last = frame[frame["epoch"] == frame["epoch"].max()]
    pairs = zip(last["block"], last[field], strict=True)
    facts = ", ".join(f"{LAYER_NAMES[block]} {short(value)}" for block, value in pairs)
    return f"{OVERVIEWS[field]} of every block over the epochs. At epoch {frame['epoch'].max()}: {facts}."


@lru_cache(maxsize=256)
def channels(field: str, stages: Sequence[str], count: int, low: float, high: float) -> Spec:
    """One statistic of every channel, a mark a stage. Rows: `frames.channels(layer)`."""
    return within(_channels(field, stages, count, crosses_zero=low < 0), y=(low, high))


@lru_cache(maxsize=128)
def _channels(field: str, stages: Sequence[str], count: int, *, crosses_zero: bool) -> Spec:
    base = alt.Chart(rows())
    x = alt.X("channel:O", title="Channel", scale=alt.Scale(domain=list(range(1, count + 1))), axis=_channel_axis())
    y = alt.Y(f"{field}:Q", title=None, scale=to_be_set(), axis=quiet())
    tooltip = [
        alt.Tooltip("channel:O", title="channel"),
        alt.Tooltip("stage:N", title="place"),
        *(alt.Tooltip(f"{name}:Q", title=label.lower(), format=".3f") for name, label in STATISTICS.items()),
    ]
    shape = alt.Shape("stage:N", scale=alt.Scale(domain=list(stages), range=_shapes(len(stages))), legend=_stages())
    marks = base.mark_point(filled=True, size=60, opacity=0.9).encode(
        x=x, y=y, color=_stage_color(stages), shape=shape, tooltip=tooltip
    )
    zero = base.mark_rule(color=INK, opacity=0.4).encode(y=alt.datum(0))
    return finish(alt.layer(zero, marks) if crosses_zero else marks, height=HEIGHT)


def channels_alt(frame: pd.DataFrame, field: str) -> str:
    facts = "; ".join(
        f"after {STAGE_NAMES[str(stage)]} {span(part[field].min(), part[field].max(), short)}"
        for stage, part in frame.groupby("stage", sort=False)
    )
    return f"{STATISTICS[field]} of every channel: {facts}."


@lru_cache(maxsize=256)
def histograms(stages: Sequence[str], low: float, high: float, top: float) -> Spec:
    """Distribution of the activations at each stage, on one axis. Rows: `frames.histograms(layer)`.

    The vertical axis grows with the square root, so that the many zeros after ReLU leave the rest visible.
    """
    return within(_histograms(stages), x=(low, high), y=(0, top))


@lru_cache(maxsize=64)
def _histograms(stages: Sequence[str]) -> Spec:
    base = alt.Chart(rows())
    axis = alt.Axis(grid=False, tickCount=6)
    x = alt.X("center:Q", title="Activation", scale=to_be_set(), axis=axis)
    y = alt.Y("share:Q", title=None, scale=to_be_set(type="sqrt"), axis=quiet(), stack=None)
    tooltip = [
        alt.Tooltip("stage:N", title="place"),
        alt.Tooltip("low:Q", title="from", format=".2f"),
        alt.Tooltip("high:Q", title="to", format=".2f"),
        alt.Tooltip("share:Q", title="share (%)", format=".2f"),
    ]
    steps = base.transform_calculate(center="(datum.low + datum.high) / 2").mark_area(
        interpolate="step", fillOpacity=0.25, line={"strokeWidth": 1.5}, clip=True
    )
    return finish(steps.encode(x=x, y=y, color=_stage_color(stages), tooltip=tooltip), height=HEIGHT)


def histograms_alt(frame: pd.DataFrame) -> str:
    facts = "; ".join(
        f"after {STAGE_NAMES[str(stage)]} {span(part['low'].min(), part['high'].max())}, "
        f"the fullest bin holds {number(part['share'].max(), 0)} %"
        for stage, part in frame.groupby("stage", sort=False)
    )
    return f"Distribution of the block's activations: {facts}."


@lru_cache(maxsize=128)
def running(field: str, count: int, low: float, high: float) -> Spec:
    """What BatchNorm remembers of each channel beside what the probe batch has. Rows: `frames.running(layer)`."""
    return within(_running(field, count), y=(low, high))


@lru_cache(maxsize=64)
def _running(field: str, count: int) -> Spec:
    base = alt.Chart(rows())
    x = alt.X("channel:O", title="Channel", scale=alt.Scale(domain=list(range(1, count + 1))), axis=_channel_axis())
    y = alt.Y(f"{field}:Q", title=None, scale=to_be_set(), axis=quiet())
    sources = ["this batch", "remembered"]
    colors = [NORM_COLORS["none"], PRIMARY]
    color = alt.Color("source:N", scale=alt.Scale(domain=sources, range=colors), legend=legend(marks=True))
    shape = alt.Shape("source:N", scale=alt.Scale(domain=sources, range=_shapes(2)), legend=legend(marks=True))
    links = base.mark_line(color=INK, opacity=0.35, strokeWidth=1.5).encode(x=x, y=y, detail="channel:O")
    tooltip = [
        alt.Tooltip("channel:O", title="channel"),
        alt.Tooltip("source:N", title="source"),
        alt.Tooltip(f"{field}:Q", title=STATISTICS[field].lower(), format=".3f"),
    ]
    marks = base.mark_point(filled=True, size=70, opacity=0.95).encode(
        x=x, y=y, color=color, shape=shape, tooltip=tooltip
    )
    return finish(alt.layer(links, marks), height=HEIGHT)


def running_alt(frame: pd.DataFrame, field: str) -> str:
    facts = "; ".join(
        f"{source} {span(part[field].min(), part[field].max(), short)}"
        for source, part in frame.groupby("source", sort=False)
    )
    return f"{STATISTICS[field]} of every channel as BatchNorm remembers it and as the probe batch has it: {facts}."


@lru_cache(maxsize=128)
def affine(field: str, norms: Sequence[str], count: int, low: float, high: float) -> Spec:
    """γ ("gamma") or β ("beta") of every channel. Rows: `frames.affine(layer)`."""
    return within(_affine(field, norms, count), y=(low, high))


@lru_cache(maxsize=64)
def _affine(field: str, norms: Sequence[str], count: int) -> Spec:
    base = alt.Chart(rows())
    x = alt.X("channel:O", title="Channel", scale=alt.Scale(domain=list(range(1, count + 1))), axis=_channel_axis())
    y = alt.Y(f"{field}:Q", title=None, scale=to_be_set(), axis=quiet())
    colors = [stage_color(norm) for norm in norms]
    color = alt.Color("norm:N", scale=alt.Scale(domain=list(norms), range=colors), legend=_stages())
    shape = alt.Shape("norm:N", scale=alt.Scale(domain=list(norms), range=_shapes(len(norms))), legend=_stages())
    tooltip = [
        alt.Tooltip("channel:O", title="channel"),
        alt.Tooltip("norm:N", title="norm"),
        alt.Tooltip("gamma:Q", title="γ", format=".3f"),
    ]
    if all(SPECS[norm].has_beta for norm in norms):
        tooltip.append(alt.Tooltip("beta:Q", title="β", format=".3f"))
    marks = base.mark_point(filled=True, size=60, opacity=0.9).encode(
        x=x, y=y, color=color, shape=shape, tooltip=tooltip
    )
    start = base.mark_rule(color=INK, opacity=0.4, strokeDash=[4, 3]).encode(y=alt.datum(1 if field == "gamma" else 0))
    return finish(alt.layer(start, marks), height=HEIGHT)


def affine_alt(frame: pd.DataFrame, field: str) -> str:
    facts = "; ".join(
        f"{STAGE_NAMES[str(norm)]} {span(part[field].min(), part[field].max(), short)}"
        for norm, part in frame.groupby("norm", sort=False)
    )
    return f"{'γ' if field == 'gamma' else 'β'} of every channel: {facts}."


def _stage_color(stages: Sequence[str]) -> alt.Color:
    colors = [stage_color(stage) for stage in stages]
    return alt.Color("stage:N", scale=alt.Scale(domain=list(stages), range=colors), legend=_stages())


def _stages() -> alt.Legend:
    return legend(columns=2, labels=STAGE_NAMES, marks=True)


def _shapes(count: int) -> list[str]:
    return ["circle", "diamond", "triangle-up", "square", "cross", "triangle-down"][:count]


def _channel_axis() -> alt.Axis:
    return alt.Axis(labelAngle=0, labelOverlap=True, grid=False)
