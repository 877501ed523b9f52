"""Which classes are taken for which."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts.theme import BACKGROUND, FAINT, INK, MISTAKES, SERIES_COLORS, Spec, finish, rows
from normlab.numerals import number

SELECTION = "cell"
"""The name under which a clicked cell of the confusion matrix is reported, as [{"true": ..., "predicted": ...}]."""


@lru_cache(maxsize=64)
def confusion(names: Sequence[str], high: float) -> Spec:
    """True classes against predicted ones. Rows: `frames.confusion(...)` and a column `chosen` (bool).

    Mistakes are colored by their number, up to `high`; what is right steps back. The chosen cell's frame comes from the
    rows, so that a click and a select box cannot disagree.
    """
    domain = list(names)
    base = alt.Chart(rows()).encode(
        x=alt.X("predicted:N", title="Predicted class", scale=alt.Scale(domain=domain), axis=_axis(names)),
        y=alt.Y("true:N", title="True class", scale=alt.Scale(domain=domain), axis=alt.Axis(domain=False, ticks=False)),
    )
    frame = base.transform_filter("datum.chosen").mark_rect(filled=False, stroke=INK, strokeWidth=3, aria=False)
    layers = (_cells(base, high), _numbers(base, high), frame, _touch(base))
    return finish(alt.layer(*layers), height=36 * len(names))


def _cells(base: alt.Chart, high: float) -> alt.Chart:
    scale = alt.Scale(domain=[0, high], range=list(MISTAKES), interpolate="lab", clamp=True)
    shade = alt.Color("count:Q", scale=scale, legend=None)
    cells: alt.Chart = base.mark_rect(stroke=FAINT, strokeWidth=1, aria=False).encode(
        color=alt.condition("datum.mistake", shade, alt.value(FAINT)),
        fillOpacity=alt.condition("datum.mistake && datum.count == 0", alt.value(0), alt.value(1)),
    )
    return cells


def _numbers(base: alt.Chart, high: float) -> alt.Chart:
    deep = f"datum.mistake && datum.count > {high / 2:g}"
    numbers: alt.Chart = (
        base.transform_filter("datum.count > 0")
        .mark_text(fontSize=13, aria=False)
        .encode(
            text=alt.Text("count:Q", format=","),
            color=alt.condition(deep, alt.value(BACKGROUND), alt.value(INK)),
        )
    )
    return numbers


def _touch(base: alt.Chart) -> alt.Chart:
    """Invisible cells on top, which take the clicks and name themselves to assistive technology."""
    told = "'true ' + datum.true + ', predicted ' + datum.predicted + ': ' + datum.count + ' images'"
    cell = alt.selection_point(name=SELECTION, fields=["true", "predicted"], on="click", empty=False, toggle=False)
    touch: alt.Chart = (
        base.transform_calculate(told=told)
        .mark_rect(fillOpacity=0, cursor="pointer")
        .encode(description="told:N", tooltip="told:N")
        .add_params(cell)
    )
    return touch


def confusion_alt(frame: pd.DataFrame) -> str:
    wrong = frame[frame["mistake"] & (frame["count"] > 0)].sort_values("count", ascending=False)
    total, mistakes = int(frame["count"].sum()), int(wrong["count"].sum())
    most = ", ".join(
        f"{true} taken for {predicted}: {count}"
        for true, predicted, count in zip(wrong["true"][:3], wrong["predicted"][:3], wrong["count"][:3], strict=True)
    )
    return f"Confusion matrix: {mistakes:,} of {total:,} test images are wrong." + (
        f" Most often {most}." if most else ""
    )


@lru_cache(maxsize=64)
def per_class(names: Sequence[str], low: float) -> Spec:
    """Accuracy of every class as a dot between `low` and 100 %. Rows: `frames.per_class(...)`."""
    tooltip = [
        alt.Tooltip("name:N", title="class"),
        alt.Tooltip("accuracy:Q", title="accuracy (%)", format=".1f"),
        alt.Tooltip("mistakes:Q", title="mistakes", format=","),
        alt.Tooltip("images:Q", title="images", format=","),
    ]
    ticks = alt.Axis(values=[low + part * (100 - low) / 4 for part in range(5)], labelExpr="format(datum.value, '~g')")
    room = alt.Scale(domain=[low, 100 + 0.12 * (100 - low)], nice=False)
    base = alt.Chart(rows()).encode(
        y=alt.Y("name:N", title=None, scale=alt.Scale(domain=list(names)), axis=alt.Axis(ticks=False, grid=True)),
        x=alt.X("accuracy:Q", title="Accuracy (%)", scale=room, axis=ticks),
        tooltip=tooltip,
    )
    dots = base.mark_point(filled=True, size=80, opacity=1, color=SERIES_COLORS["test"])
    texts = base.mark_text(align="left", dx=8, color=INK).encode(text=alt.Text("accuracy:Q", format=".1f"))
    return finish(alt.layer(dots, texts), height=22 * len(names))


def per_class_alt(frame: pd.DataFrame) -> str:
    facts = ", ".join(
        f"{name} {number(value, 1)} %" for name, value in zip(frame["name"], frame["accuracy"], strict=True)
    )
    return f"Test accuracy of every class: {facts}."


def _axis(names: Sequence[str]) -> alt.Axis:
    long = max(map(len, names)) > 2
    return alt.Axis(domain=False, ticks=False, labelAngle=-40 if long else 0)
