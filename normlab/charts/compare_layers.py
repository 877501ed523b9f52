"""One layer of several arms: distribution, channels, and a statistic over the epochs."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.compare import HEIGHT, arm_color, room
from normlab.charts.curves import epochs_axis, quiet
from normlab.charts.theme import BACKGROUND, INK, Spec, finish, rows
from normlab.labels import seeds_text
from normlab.numerals import short, span


@lru_cache(maxsize=128)
def densities(labels: Sequence[str], colors: Sequence[str], low: float, high: float, top: float) -> Spec:
    """One stage's activations of each arm. Rows: `frames.group_histograms(...)`; the vertical axis is a square root."""
    axis = alt.Axis(grid=False, tickCount=6)
    scale = alt.Scale(type="sqrt", domain=[0, top], nice=False)
    steps = (
        alt.Chart(rows())
        .transform_calculate(center="(datum.low + datum.high) / 2")
        .mark_area(interpolate="step", fillOpacity=0.12, line={"strokeWidth": 1.8}, clip=True)
        .encode(
            x=alt.X("center:Q", title="Activation", scale=alt.Scale(domain=[low, high], nice=False), axis=axis),
            y=alt.Y("density:Q", title=None, scale=scale, axis=quiet(), stack=None),
            color=arm_color(labels, colors),
            tooltip=[
                alt.Tooltip("arm:N", title="arm"),
                alt.Tooltip("low:Q", title="from", format=".2f"),
                alt.Tooltip("high:Q", title="to", format=".2f"),
                alt.Tooltip("density:Q", title="% per unit", format=".2f"),
            ],
        )
    )
    return finish(steps, height=HEIGHT - 40)


def densities_alt(frame: pd.DataFrame, place: str) -> str:
    facts = "; ".join(
        f"{arm} {span(part['low'].min(), part['high'].max())}" for arm, part in frame.groupby("arm", sort=False)
    )
    return f"Distribution of the activations {place}, an outline an arm: {facts}."


@lru_cache(maxsize=256)
def profiles(labels: Sequence[str], colors: Sequence[str], count: int, low: float, high: float) -> Spec:
    """A statistic of every channel in ascending order, a line an arm. Rows: `frames.group_channels(...)`."""
    ticks = alt.Axis(grid=False, tickMinStep=1, format="d")
    base = alt.Chart(rows()).encode(
        x=alt.X(
            "rank:Q",
            title="Channels in ascending order",
            scale=alt.Scale(domain=[0.5, count + 0.5], nice=False),
            axis=ticks,
        ),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(domain=[low, high], nice=False), axis=quiet()),
        color=arm_color(labels, colors, named=False),
    )
    return finish(hover.lines(base, hover.Tips("rank", "arm", "value", tuple(labels), ".3f"), ink=INK), height=200)


def profiles_alt(frame: pd.DataFrame, title: str) -> str:
    facts = "; ".join(
        f"{arm} {span(part['value'].min(), part['value'].max(), short)}"
        for arm, part in frame.groupby("arm", sort=False)
    )
    return f"{title} of every channel in ascending order: {facts}."


@lru_cache(maxsize=128)
def layer_curves(labels: Sequence[str], colors: Sequence[str], epochs: int, low: float, high: float) -> Spec:
    """A layer's statistic over the epochs, a thin line a run. Rows: `frames.layer_curves(...)`."""
    base = alt.Chart(rows()).encode(
        x=epochs_axis(epochs),
        y=alt.Y("value:Q", title=None, scale=room(low, high), axis=quiet()),
        color=arm_color(labels, colors, named=False),
        detail="seed:N",
        tooltip=[
            alt.Tooltip("arm:N", title="arm"),
            alt.Tooltip("seed:Q", title="seed"),
            alt.Tooltip("epoch:Q", title="epoch"),
            alt.Tooltip("value:Q", title="value", format=".3f"),
        ],
    )
    dots = base.mark_point(filled=True, size=45, opacity=0.8, stroke=BACKGROUND, strokeWidth=0.5)
    return finish(alt.layer(base.mark_line(strokeWidth=1.4), dots), height=200)


def layer_curves_alt(frame: pd.DataFrame, title: str) -> str:
    facts = []
    for arm, part in frame.groupby("arm", sort=False):
        last = part[part["epoch"] == part["epoch"].max()]["value"]
        facts.append(f"{arm}: {short(last.mean())} at epoch {part['epoch'].max()}, mean of {seeds_text(len(last))}")
    return f"{title} over the epochs. {'; '.join(facts)}."
