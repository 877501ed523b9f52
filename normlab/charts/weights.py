"""The convolutions' weights over a run, their distribution, the first filters."""

from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.curves import epochs_axis, quiet
from normlab.charts.limits import to_be_set, within
from normlab.charts.theme import BACKGROUND, INK, LAYER_NAMES, PRIMARY, Spec, depth_colors, finish, legend, rows
from normlab.numerals import number, short, span

LAYERS = ("block1", "block2", "transition", "block3", "block4", "block5", "block6", "head")
MEASURES = {
    "norm": ("Length of the weights", ".3f"),
    "gradient_norm": ("Length of the gradient", ".4f"),
    "zeros": ("Weights that are exactly 0 (%)", ".1f"),
    "small": ("Weights with |w| < 0.001 (%)", ".1f"),
}


@lru_cache(maxsize=128)
def measure(field: str, epochs: int, high: float) -> Spec:
    """One number of every convolution over the epochs, colored by depth. Rows: `frames.weights(run)`."""
    return within(_measure(field, epochs), y=(0, high))


@lru_cache(maxsize=64)
def _measure(field: str, epochs: int) -> Spec:
    number = MEASURES[field][1]
    colors = list(depth_colors(len(LAYERS)))
    encoded = alt.Chart(rows()).encode(
        x=epochs_axis(epochs),
        y=alt.Y(f"{field}:Q", title=None, scale=to_be_set(), axis=quiet()),
        color=alt.Color(
            "layer:N", scale=alt.Scale(domain=list(LAYERS), range=colors), legend=legend(columns=3, labels=LAYER_NAMES)
        ),
    )
    lines = hover.lines(encoded, hover.Tips("epoch", "layer", field, LAYERS, number), ink=INK)
    return finish(alt.layer(lines, hover.moment(encoded, ink=INK)), height=160)


@lru_cache(maxsize=64)
def measure_once(field: str, high: float) -> Spec:
    """One number of every convolution at the only epoch that is kept. Rows: `frames.weights(run)` of that epoch."""
    number = MEASURES[field][1]
    names = "".join(f"datum.value === '{layer}' ? '{LAYER_NAMES[layer]}' : " for layer in LAYERS)
    colors = list(depth_colors(len(LAYERS)))
    bars = (
        alt.Chart(rows())
        .mark_bar()
        .encode(
            x=alt.X(
                "layer:N",
                title=None,
                scale=alt.Scale(domain=list(LAYERS)),
                axis=alt.Axis(labelExpr=f"{names}datum.value", labelAngle=-30),
            ),
            y=alt.Y(f"{field}:Q", title=None, scale=alt.Scale(domain=[0, high], nice=False), axis=quiet()),
            color=alt.Color("layer:N", scale=alt.Scale(domain=list(LAYERS), range=colors), legend=None),
            tooltip=[alt.Tooltip("layer:N"), alt.Tooltip(f"{field}:Q", title=MEASURES[field][0], format=number)],
        )
    )
    return finish(bars, height=160)


def measure_alt(frame: pd.DataFrame, field: str) -> str:
    title = MEASURES[field][0]
    if frame.empty:
        return f"{title} of every convolution over the epochs; nothing is kept yet."
    last = frame[frame["epoch"] == frame["epoch"].max()]
    pairs = zip(last["layer"], last[field], strict=True)
    facts = ", ".join(f"{LAYER_NAMES[layer]} {short(value)}" for layer, value in pairs)
    when = " over the epochs" if frame["epoch"].nunique() > 1 else ""
    return f"{title} of every convolution{when}. At epoch {frame['epoch'].max()}: {facts}."


@lru_cache(maxsize=64)
def histogram(reach: float, top: float) -> Spec:
    """Distribution of one layer's weights over [−reach, reach]. Rows: `frames.weight_histogram(array, reach)`."""
    return within(_histogram(), x=(-reach, reach), y=(0, top))


@lru_cache(maxsize=2)
def _histogram() -> Spec:
    tooltip = [
        alt.Tooltip("low:Q", title="from", format=".3f"),
        alt.Tooltip("high:Q", title="to", format=".3f"),
        alt.Tooltip("share:Q", title="share (%)", format=".2f"),
    ]
    bars = (
        alt.Chart(rows())
        .transform_calculate(ground="0")
        .mark_rect(color=PRIMARY, stroke=BACKGROUND, strokeWidth=1)
        .encode(
            x=alt.X(
                "low:Q",
                title="Weight",
                scale=to_be_set(),
                axis=alt.Axis(tickCount=8, grid=False),
            ),
            x2="high:Q",
            y=alt.Y("share:Q", title=None, scale=to_be_set(), axis=quiet()),
            y2="ground:Q",
            tooltip=tooltip,
        )
    )
    return finish(bars, height=160)


def histogram_alt(frame: pd.DataFrame, layer: str, epoch: int) -> str:
    fullest = frame.iloc[int(frame["share"].argmax())]
    return (
        f"Distribution of the weights of {LAYER_NAMES[layer].lower()} after epoch {epoch}: the fullest bin, "
        f"{span(fullest['low'], fullest['high'], short)}, holds {number(fullest['share'], 0)} %."
    )


@lru_cache(maxsize=64)
def filters(count: int, reach: float) -> Spec:
    """The first layer's 3×3 filters side by side, blue below zero, orange above. Rows: `frames.filters(array)`.

    One picture: filter k takes columns 4k to 4k + 2, and one column is left free between two.
    """
    place = "(datum.filter - 1) * 4 + datum.column"
    base = alt.Chart(rows()).transform_calculate(place=place, end=f"{place} + 1", below="datum.row + 1")
    color = alt.Color(
        "value:Q",
        scale=alt.Scale(domain=[-reach, 0, reach], range=["#2166AC", BACKGROUND, "#D6600A"], interpolate="lab"),
        legend=alt.Legend(title=None, orient="bottom", gradientLength=160, gradientThickness=10, format=".2f"),
    )
    tooltip = [
        alt.Tooltip("filter:Q", title="filter"),
        alt.Tooltip("row:Q", title="row"),
        alt.Tooltip("column:Q", title="column"),
        alt.Tooltip("value:Q", title="weight", format=".3f"),
    ]
    cells = base.mark_rect(stroke=INK, strokeWidth=0.5, strokeOpacity=0.4).encode(
        x=alt.X("place:Q", axis=None, scale=alt.Scale(domain=[0, 4 * count - 1], nice=False)),
        x2="end:Q",
        y=alt.Y("row:Q", axis=None, scale=alt.Scale(domain=[0, 3], reverse=True, nice=False)),
        y2="below:Q",
        color=color,
        tooltip=tooltip,
    )
    return finish(cells, height=90)


def filters_alt(frame: pd.DataFrame, epoch: int) -> str:
    return (
        f"The {frame['filter'].nunique()} filters of 3×3 weights of the first convolution after epoch {epoch}, "
        f"{span(frame['value'].min(), frame['value'].max())}."
    )
