"""Curves over a run: scores, data loss and penalty, learning rate, one metric of several runs."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.limits import to_be_set, within
from normlab.charts.scales import accuracy_floor, ceiling
from normlab.charts.theme import (
    INK,
    NORM_COLORS,
    SERIES_COLORS,
    SERIES_DASHES,
    Spec,
    finish,
    legend,
    rows,
    series_color,
)
from normlab.numerals import number, short

HEIGHT = 210
UNITS = {"accuracy": "Accuracy (%)", "loss": "Loss (nats)"}
PARTS = {"data_loss": "data loss", "penalty": "penalty"}


@lru_cache(maxsize=256)
def scores(value: str, epochs: int, low: float, high: float) -> Spec:
    """The four series of a run over its epochs. `value` is "accuracy" or "loss"; [low, high] is the vertical axis.

    Rows: `frames.curves([run])`.
    """
    return within(_scores(value, epochs), y=(low, above(low, high)))


@lru_cache(maxsize=64)
def _scores(value: str, epochs: int) -> Spec:
    names = list(SERIES_DASHES)
    base = alt.Chart(rows())
    x = epochs_axis(epochs)
    y = alt.Y(f"{value}:Q", title=None, scale=to_be_set(), axis=quiet())
    colors = [series_color(name) for name in names]
    color = alt.Color("series:N", scale=alt.Scale(domain=names, range=colors), legend=legend(columns=2))
    dashes = [list(SERIES_DASHES[name]) for name in names]
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=dashes), legend=legend(columns=2))
    lines = base.encode(x=x, y=y, color=color, strokeDash=dash)
    tips = hover.Tips("epoch", "series", value, tuple(names), ".2f" if value == "accuracy" else ".4f")
    drawn = alt.layer(hover.lines(lines, tips, ink=INK), hover.moment(lines, ink=INK))
    return finish(drawn, height=HEIGHT)


def first_zoomed(epochs: int) -> int:
    """The first epoch that a zoomed axis is made for."""
    return epochs // 3 + 1


def score_limits(frame: pd.DataFrame, value: str, *, zoom: bool) -> tuple[float, float]:
    """Limits of the vertical axis: everything, or with `zoom` where the later two thirds of the epochs lie."""
    shown = frame
    if zoom and len(frame):
        shown = frame[frame["epoch"] >= first_zoomed(frame["epoch"].max())]
    if value == "accuracy":
        return (accuracy_floor(shown[value]) if zoom and len(shown) else 0.0), 100.0
    return 0.0, ceiling(shown[value], least=0.02 if zoom else 2.5)


def cut_off(frame: pd.DataFrame, value: str, low: float, high: float) -> str:
    """Which epochs of the column `value` an axis from `low` to `high` leaves out, in a sentence; "" for none."""
    sides = {"below": frame[value] < low, "above": frame[value] > high}
    parts = {side: _epochs_named(frame.loc[out, "epoch"]) for side, out in sides.items() if out.any()}
    return " ".join(f"{epochs} {side} this axis." for side, epochs in parts.items())


def _epochs_named(epochs: pd.Series) -> str:
    """ "Epoch 1 is", "Epochs 1–3, 5 are"."""
    numbers = sorted({int(epoch) for epoch in epochs})
    rows = [list(row) for _, row in groupby(enumerate(numbers), key=lambda one: one[1] - one[0])]
    ends = [(row[0][1], row[-1][1]) for row in rows]
    named = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in ends)
    return f"Epoch {named} is" if len(numbers) == 1 else f"Epochs {named} are"


def scores_alt(frame: pd.DataFrame, value: str) -> str:
    """The last epoch's numbers in words."""
    if frame.empty:
        return f"{UNITS[value]} over the epochs; no epoch has ended yet."
    last = frame[frame["epoch"] == frame["epoch"].max()]
    digits, unit = (2, "%") if value == "accuracy" else (3, "nats")
    facts = "; ".join(
        f"{series}: {number(v, digits)} {unit}" for series, v in zip(last["series"], last[value], strict=True)
    )
    return f"{UNITS[value]} over {frame['epoch'].max()} epochs. After the last: {facts}."


@lru_cache(maxsize=128)
def parts(epochs: int, high: float) -> Spec:
    """Data loss and penalty over the steps, as two lines whose sum is what training minimizes.

    Rows: `frames.steps(run)`.
    """
    return within(_parts(epochs), y=(0, high))


@lru_cache(maxsize=64)
def _parts(epochs: int) -> Spec:
    names = list(PARTS.values())
    base = alt.Chart(rows())
    x = epochs_axis(epochs)
    y = alt.Y("nats:Q", title=None, scale=to_be_set(), axis=quiet())
    colors = [SERIES_COLORS["training"], NORM_COLORS["mixed"]]
    long = base.transform_fold(list(PARTS), as_=["field", "nats"]).transform_calculate(
        part="datum.field == 'data_loss' ? 'data loss' : 'penalty'"
    )
    color = alt.Color("part:N", scale=alt.Scale(domain=names, range=colors), legend=legend(columns=2))
    dash = alt.StrokeDash("part:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]]), legend=legend(columns=2))
    lines = long.mark_line(strokeWidth=1.8, clip=True).encode(x=x, y=y, color=color, strokeDash=dash)
    chosen = hover.nearest("epoch")
    tooltip = [
        alt.Tooltip("step:Q", title="step", format=","),
        alt.Tooltip("data_loss:Q", title="data loss (nats)", format=".4f"),
        alt.Tooltip("penalty:Q", title="penalty (nats)", format=".4f"),
        alt.Tooltip("lr:Q", title="learning rate", format=".4~g"),
    ]
    tips = (
        base.mark_rule(color=INK)
        .encode(x=x, opacity=alt.condition(chosen, alt.value(0.45), alt.value(0)), tooltip=tooltip)
        .add_params(chosen)
    )
    return finish(alt.layer(tips, lines, hover.moment(base.encode(x=x), ink=INK)), height=HEIGHT)


def parts_alt(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "Data loss and penalty over the steps; no step has been told yet."
    last = frame.iloc[-1]
    return (
        f"Data loss and penalty over {last['step']:,.0f} steps. At the last: data loss {number(last['data_loss'], 3)} "
        f"nats, penalty {number(last['penalty'], 3)} nats."
    )


@lru_cache(maxsize=128)
def learning_rate(epochs: int, high: float) -> Spec:
    """The learning rate over the steps. Rows: `frames.steps(run)`."""
    base = alt.Chart(rows())
    x = epochs_axis(epochs)
    y = alt.Y("lr:Q", title=None, scale=alt.Scale(domain=[0, high], nice=False), axis=quiet())
    tooltip = [
        alt.Tooltip("step:Q", title="step", format=","),
        alt.Tooltip("lr:Q", title="learning rate", format=".4~g"),
    ]
    line = base.mark_line(color=INK, strokeWidth=1.8).encode(x=x, y=y, tooltip=tooltip)
    return finish(alt.layer(line, hover.moment(base.encode(x=x), ink=INK)), height=HEIGHT)


def learning_rate_alt(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "The learning rate over the steps; no step has been told yet."
    return f"The learning rate over the steps: highest {short(frame['lr'].max())}, now {short(frame['lr'].iloc[-1])}."


@lru_cache(maxsize=128)
def overlay(
    unit: str,
    labels: Sequence[str],
    colors: Sequence[str],
    epochs: int,
    low: float,
    high: float,
) -> Spec:
    """One metric of several runs, a color a run. Rows: `frames.overlay(runs, metric)`."""
    names = list(labels)
    base = alt.Chart(rows())
    x = epochs_axis(epochs)
    y = alt.Y("value:Q", title=None, scale=alt.Scale(domain=[low, above(low, high)], nice=False), axis=quiet())
    color = alt.Color("run:N", scale=alt.Scale(domain=names, range=list(colors)), legend=legend(columns=2))
    tips = hover.Tips("epoch", "run", "value", tuple(names), ".4f" if unit == "nats" else ".2f")
    lines = base.encode(x=x, y=y, color=color)
    drawn = alt.layer(hover.lines(lines, tips, ink=INK), hover.moment(lines, ink=INK))
    return finish(drawn, height=HEIGHT + 30)


def overlay_limits(frame: pd.DataFrame, unit: str, *, zoom: bool) -> tuple[float, float]:
    """As `score_limits`; a gap may be negative."""
    if unit == "points":
        values = list(frame["value"])
        return -ceiling((-v for v in values), least=1.0), ceiling(values, least=1.0)
    return score_limits(
        frame.rename(columns={"value": "accuracy" if unit == "%" else "loss"}),
        "accuracy" if unit == "%" else "loss",
        zoom=zoom,
    )


def overlay_alt(frame: pd.DataFrame, title: str, unit: str) -> str:
    if frame.empty:
        return f"{title} over the epochs of several runs; none has ended an epoch yet."
    last = frame.sort_values("epoch").groupby("run", sort=False).tail(1)
    facts = "; ".join(
        f"{run}: {short(value, 4)} {unit} after epoch {epoch}"
        for run, value, epoch in zip(last["run"], last["value"], last["epoch"], strict=True)
    )
    return f"{title} of {len(last)} runs over the epochs. {facts}."


def epochs_axis(epochs: int) -> alt.X:
    """From 0 to a little beyond the run's last epoch, labelled at whole epochs."""
    ticks = alt.Axis(tickCount=min(epochs, 8), tickMinStep=1, format="d", grid=False)
    return alt.X("epoch:Q", title="Epoch", scale=alt.Scale(domain=[0, 1.015 * epochs], nice=False), axis=ticks)


def quiet() -> alt.Axis:
    """A vertical axis with few lines; the figure's name says what it shows."""
    return alt.Axis(tickCount=5)


def above(low: float, high: float) -> float:
    """Room for a dot on the upper limit."""
    return high + 0.015 * (high - low)
