"""How much of a deficit each change removes: a dot and its interval an arm of the mechanisms."""

import math
from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts.scales import reach
from normlab.charts.theme import INK, NORM_COLORS, Spec, finish, rows

ROW = 30
"""Height of an arm's row, in pixels."""


@lru_cache(maxsize=32)
def shares(labels: Sequence[str], low: float, high: float, *, dark: bool) -> Spec:
    """Shares in percent; the lines are at nothing and at all of it. Rows: arm, share, low, high (NaN: no interval)."""
    scale = alt.Scale(domain=[low, high], nice=False)
    axis = alt.Axis(tickCount=6, format=".0f")
    labelled = alt.Axis(ticks=False, domain=False, grid=False, labelLimit=230, labelPadding=6)
    y = alt.Y("arm:N", title=None, scale=alt.Scale(type="band", domain=list(labels), padding=0), axis=labelled)
    tooltip = [
        alt.Tooltip("arm:N", title="arm"),
        alt.Tooltip("share:Q", title="removes (%)", format=".1f"),
        alt.Tooltip("low:Q", title="interval from", format=".1f"),
        alt.Tooltip("high:Q", title="to", format=".1f"),
    ]
    whole = alt.Chart(rows())
    base = whole.encode(y=y, tooltip=tooltip)
    x = alt.X("share:Q", title=None, scale=scale, axis=axis)
    color = NORM_COLORS[dark]["bn"]
    bars = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2.5, color=color, clip=True, aria=False)
        .encode(x=alt.X("low:Q", title=None, scale=scale, axis=axis), x2="high:Q")
    )
    points = base.mark_point(filled=True, size=90, opacity=1, color=color, clip=True).encode(x=x)
    lines = [
        whole.mark_rule(color=INK[dark], opacity=0.5, strokeDash=dash).encode(x=alt.datum(at, scale=scale))
        for at, dash in ((0, [1, 0]), (100, [4, 3]))
    ]
    return finish(alt.layer(*lines, bars, points), height=ROW * len(labels))


def limits(frame: pd.DataFrame) -> tuple[float, float]:
    """They hold every share, every interval, nothing and all of it."""
    return reach([*frame["share"], *frame["low"], *frame["high"], 100.0])


def shares_alt(frame: pd.DataFrame) -> str:
    told = "; ".join(
        f"{row['arm']} {row['share']:.0f} %"
        + ("" if math.isnan(row["low"]) else f" ({row['low']:.0f} to {row['high']:.0f})")
        for row in frame.to_dict("records")
    )
    return f"Share of the deficit that each change removes, with its 95 % interval. {told}."
