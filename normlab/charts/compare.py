"""Several arms: curves with bands, a dot a seed, differences with their intervals, one layer of each.

Colors are the caller's, one an arm, the same in every chart.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.curves import epochs_axis, quiet
from normlab.charts.scales import around, highest
from normlab.charts.theme import FAINT, INK, Spec, finish, legend, rows
from normlab.compare import sentences
from normlab.labels import seeds_text
from normlab.numerals import short, span

HEIGHT = 300
ROW = 44
"""Height of an arm's row, in pixels."""


@lru_cache(maxsize=128)
def bands(unit: str, labels: Sequence[str], colors: Sequence[str], epochs: int, low: float, high: float) -> Spec:
    """A median curve an arm with a band around it. Rows: `frames.bands(...)` of a band."""
    base = alt.Chart(rows()).encode(x=epochs_axis(epochs), color=arm_color(labels, colors))
    y = alt.Y("value:Q", title=None, scale=room(low, high), axis=quiet())
    band = base.mark_area(opacity=0.22, clip=True).encode(
        y=alt.Y("low:Q", title=None, scale=room(low, high), axis=quiet()), y2="high:Q"
    )
    tips = hover.Tips("epoch", "arm", "value", tuple(labels), _number(unit))
    lines = hover.lines(base.encode(y=y), tips, ink=INK)
    return finish(alt.layer(band, lines), height=HEIGHT)


@lru_cache(maxsize=128)
def seeds(unit: str, labels: Sequence[str], colors: Sequence[str], epochs: int, low: float, high: float) -> Spec:
    """A thin curve a run, an arm's runs in one color. Rows: `frames.bands(..., Band.SEEDS)`."""
    base = alt.Chart(rows()).encode(
        x=epochs_axis(epochs),
        y=alt.Y("value:Q", title=None, scale=room(low, high), axis=quiet()),
        color=arm_color(labels, colors),
        detail="run:N",
        tooltip=[
            alt.Tooltip("run:N", title="run"),
            alt.Tooltip("epoch:Q", title="epoch"),
            alt.Tooltip("value:Q", title=unit, format=_number(unit)),
        ],
    )
    lines = base.mark_line(strokeWidth=1.4, opacity=0.8, clip=True)
    dots = base.mark_point(filled=True, size=16, opacity=1, clip=True)
    return finish(alt.layer(lines, dots), height=HEIGHT)


def bands_alt(frame: pd.DataFrame, title: str, unit: str) -> str:
    """The last epoch in words: the median of an arm's seeds, and the band's limits where there is a band."""
    if frame.empty:
        return f"{title} of several arms over the epochs; none has any."
    facts = []
    for arm, part in frame.groupby("arm", sort=False):
        last = part[part["epoch"] == part["epoch"].max()]
        low, high = last["low"].min(), last["high"].max()
        around = f" ({short(low, 4)} to {short(high, 4)})" if low < high else ""
        facts.append(f"{arm}: {short(last['value'].mean(), 4)} {unit}{around} after epoch {part['epoch'].max()}")
    return f"{title} of {len(facts)} arms over the epochs. {'; '.join(facts)}."


@lru_cache(maxsize=256)
def dots(
    unit: str,
    labels: Sequence[str],
    colors: Sequence[str],
    seeds: Sequence[int],
    low: float,
    high: float,
    below: float = -math.inf,
) -> Spec:
    """A dot a seed and a bar at each arm's median. Rows: `frames.finals(...)`.

    Seeds `below` failed: a ✕, and at the edge where the axis does not reach them, as does their median.
    """
    edge = 0.03 * (high - low)
    scale = alt.Scale(domain=[low - edge, high + edge], nice=False)
    base = alt.Chart(rows()).encode(
        x=alt.X("place:Q", title=None, scale=scale, axis=_across()),
        y=_arms(labels),
        color=arm_color(labels, colors, named=False),
    )
    at_edge = f"{low - edge / 2:.9g}"
    failed = f"datum.value < {below:.9g} ? 'failed' : ''" if math.isfinite(below) else "''"
    each = base.transform_calculate(place=f"max(datum.value, {at_edge})", failed=failed)
    shape = alt.Shape("failed:N", scale=alt.Scale(domain=["", "failed"], range=["circle", "cross"]), legend=None)
    tooltip = [
        alt.Tooltip("arm:N", title="arm"),
        alt.Tooltip("seed:Q", title="seed"),
        alt.Tooltip("value:Q", title=unit, format=_number(unit)),
    ]
    spread = alt.YOffset("seed:O", scale=alt.Scale(domain=list(seeds), range=[0.28 * ROW, 0.72 * ROW]))
    points = each.mark_point(filled=True, size=70, opacity=0.8, angle=45).encode(
        yOffset=spread, tooltip=tooltip, shape=shape
    )
    middle = base.transform_aggregate(median="median(value)", groupby=["arm"])
    middle = middle.transform_calculate(place=f"max(datum.median, {at_edge})")
    medians = middle.mark_tick(thickness=2.5, size=0.62 * ROW, color=INK).encode(color=alt.value(INK))
    return finish(alt.layer(medians, points), height=ROW * len(labels))


def dots_limits(frame: pd.DataFrame, unit: str, below: float = -math.inf) -> tuple[float, float]:
    """Of the axis of `dots`: it frames the seeds that did not fail (are not `below`).

    All of them, where an arm's median failed: then that is what there is to see.
    """
    values = frame["value"]
    sound = values[values >= below]
    has_failed_arm = bool((frame.groupby("arm")["value"].median() < below).any())
    return around(values if has_failed_arm or sound.empty else sound, most=highest(unit))


def dots_alt(frame: pd.DataFrame, title: str, unit: str) -> str:
    facts = "; ".join(
        f"{arm}: median {short(part['value'].median(), 4)} {unit}, {seeds_text(len(part))} "
        f"{span(part['value'].min(), part['value'].max(), lambda v: short(v, 4))}"
        for arm, part in frame.groupby("arm", sort=False)
    )
    return f"{title} after the last epoch, a dot a seed. {facts}." if facts else f"{title}: there is nothing to show."


@lru_cache(maxsize=256)
def differences(
    unit: str,
    labels: Sequence[str],
    colors: Sequence[str],
    reference: str,
    reach: float,
    margin: float | None,
) -> Spec:
    """Each arm minus the reference with its interval, and the verdict's mark above it.

    Rows: `frames.differences(...)` and one whose contrast is the reference. The shaded strip is ±`margin`, within which
    a difference does not matter.
    """
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    whole, y = alt.Chart(rows()), _arms(labels, field="contrast")
    base = whole.encode(y=y, color=arm_color(labels, colors, "contrast", named=False))
    tooltip = [
        alt.Tooltip("contrast:N", title="arm"),
        alt.Tooltip("difference:Q", title=f"difference ({unit})", format="+" + _number(unit)),
        alt.Tooltip("low:Q", title="interval from", format="+" + _number(unit)),
        alt.Tooltip("high:Q", title="to", format="+" + _number(unit)),
        alt.Tooltip("verdict:N", title="verdict"),
    ]
    x = alt.X("difference:Q", title=None, scale=scale, axis=_across(signed=True))
    known = base.transform_filter("isValid(datum.difference)")
    bars = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2.5, clip=True, aria=False)
        .encode(x=alt.X("low:Q", title=None, scale=scale, axis=_across(signed=True)), x2="high:Q", tooltip=tooltip)
    )
    points = known.mark_point(filled=True, size=90, opacity=1, clip=True).encode(x=x, tooltip=tooltip)
    words = known.mark_text(dy=-12, fontSize=13, color=INK).encode(x=x, text="mark:N", color=alt.value(INK))
    own = whole.transform_filter(alt.FieldEqualPredicate(field="contrast", equal=reference))
    named = own.mark_text(text="reference", fontSize=11, dx=6, align="left", color=INK, opacity=0.75).encode(
        x=alt.datum(0, scale=scale), y=y
    )
    zero = own.mark_rule(color=INK, opacity=0.6).encode(x=alt.datum(0, scale=scale))
    layers: list[alt.Chart] = [zero, bars, points, words, named]
    if margin:
        strip = own.mark_rect(color=FAINT, opacity=0.8).encode(
            x=alt.datum(-min(margin, reach), scale=scale), x2=alt.datum(min(margin, reach))
        )
        layers = [strip, *layers]
    return finish(alt.layer(*layers), height=ROW * len(labels))


def differences_alt(frame: pd.DataFrame, title: str, unit: str, reference: str) -> str:
    columns = (frame[name] for name in ("contrast", "difference", "low", "high", "verdict"))
    intervals = [
        f"{arm}: {sentences.signed(value, unit)} {unit}, interval {sentences.bound(low, unit)} to "
        f"{sentences.bound(high, unit)}, {verdict}"
        for arm, value, low, high, verdict in zip(*columns, strict=True)
        if pd.notna(low)
    ]
    known = "; ".join(intervals) or "No interval can be given"
    return f"{title}, difference to {reference} with its interval. {known}."


@lru_cache(maxsize=128)
def interaction(
    unit: str, sides: tuple[str, str], colors: tuple[str, str], x: tuple[str, str], low: float, high: float
) -> Spec:
    """A and B without and with x: lines through the medians, a dot a seed. Rows: `frames.design_means(...)`.

    `sides` and `x` are the names of A and B, and of without and with. Parallel lines: no interaction.
    """
    domain = ["without", "with"]
    words = f"datum.value === 'without' ? '{x[0]}' : '{x[1]}'"
    axis = alt.Axis(labelAngle=0, ticks=False, grid=False, labelExpr=words, labelLimit=180)
    base = alt.Chart(rows()).encode(
        x=alt.X("x:N", title=None, scale=alt.Scale(domain=domain), axis=axis),
        color=alt.Color(
            "side:N",
            scale=alt.Scale(domain=["A", "B"], range=list(colors)),
            legend=legend(columns=2, labels=dict(zip("AB", sides, strict=True))),
        ),
    )
    scale = room(low, high)
    tooltip = [
        alt.Tooltip("arm:N", title="arm"),
        alt.Tooltip("seed:Q", title="seed"),
        alt.Tooltip("value:Q", title=unit, format=_number(unit)),
    ]
    lines = base.mark_line(strokeWidth=2.5).encode(
        y=alt.Y("value:Q", aggregate="median", title=None, scale=scale, axis=quiet())
    )
    points = base.mark_point(filled=True, size=60, opacity=0.7).encode(
        y=alt.Y("value:Q", title=None, scale=scale, axis=quiet()), tooltip=tooltip
    )
    return finish(alt.layer(lines, points), height=HEIGHT - 60)


def interaction_alt(frame: pd.DataFrame, title: str, unit: str) -> str:
    medians = frame.groupby("arm", sort=False)["value"].median()
    facts = ", ".join(f"{arm} {short(value, 4)} {unit}" for arm, value in medians.items())
    return f"{title} of two arms without and with a change, medians of the seeds: {facts}."


def _number(unit: str) -> str:
    return ".4f" if unit == "nats" else ".2f"


def arm_color(labels: Sequence[str], colors: Sequence[str], field: str = "arm", *, named: bool = True) -> alt.Color:
    scale = alt.Scale(domain=list(labels), range=list(colors))
    return alt.Color(f"{field}:N", scale=scale, legend=legend(columns=2) if named else None)


def _arms(labels: Sequence[str], field: str = "arm") -> alt.Y:
    axis = alt.Axis(ticks=False, domain=False, grid=False, labelLimit=170, labelPadding=6)
    return alt.Y(f"{field}:N", title=None, scale=alt.Scale(type="band", domain=list(labels), padding=0), axis=axis)


def _across(*, signed: bool = False) -> alt.Axis:
    return alt.Axis(tickCount=5, format="+~f" if signed else "~f", labelOverlap=True)


def room(low: float, high: float) -> alt.Scale:
    """With room for a dot on the upper limit."""
    return alt.Scale(domain=[low, high + 0.015 * (high - low)], nice=False)
