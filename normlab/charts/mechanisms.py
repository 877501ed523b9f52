"""How much of a deficit each mechanism carries: a dot a mechanism, and a bar from its lowest to its highest seed."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from normlab.charts.scales import reach
from normlab.charts.theme import INK, MUTED, PRIMARY, Spec, finish, rows
from normlab.numerals import number

ROW = 30
"""Height of a mechanism's row, in pixels."""


@lru_cache(maxsize=32)
def shares(labels: Sequence[str], low: float, high: float) -> Spec:
    """Shares in percent; the lines are at nothing and at all of it. Rows: mechanism, share, low, high, verdict, carries
    (whether it has a part in it: the others are gray)."""
    scale = alt.Scale(domain=[low, high], nice=False)
    axis = alt.Axis(tickCount=6, format=".0f")
    labelled = alt.Axis(ticks=False, domain=False, grid=False, labelLimit=230, labelPadding=6)
    y = alt.Y("mechanism:N", title=None, scale=alt.Scale(type="band", domain=list(labels), padding=0), axis=labelled)
    tooltip = [
        alt.Tooltip("mechanism:N"),
        alt.Tooltip("verdict:N"),
        alt.Tooltip("share:Q", title="share (%)", format=".0f"),
        alt.Tooltip("low:Q", title="lowest seed", format=".0f"),
        alt.Tooltip("high:Q", title="highest seed", format=".0f"),
    ]
    whole = alt.Chart(rows())
    base = whole.encode(y=y, tooltip=tooltip)
    x = alt.X("share:Q", title=None, scale=scale, axis=axis)
    color = alt.condition("datum.carries", alt.value(PRIMARY), alt.value(MUTED))
    bars = base.mark_rule(strokeWidth=2.5, clip=True, aria=False).encode(
        x=alt.X("low:Q", title=None, scale=scale, axis=axis), x2="high:Q", color=color
    )
    points = base.mark_point(filled=True, size=90, opacity=1, clip=True).encode(x=x, color=color)
    lines = [
        whole.mark_rule(color=INK, opacity=0.5, strokeDash=dash).encode(x=alt.datum(at, scale=scale))
        for at, dash in ((0, [1, 0]), (100, [4, 3]))
    ]
    return finish(alt.layer(*lines, bars, points), height=ROW * len(labels))


def limits(frame: pd.DataFrame) -> tuple[float, float]:
    """They hold every seed, nothing and all of it."""
    return reach([*frame["share"], *frame["low"], *frame["high"], 100.0])


def shares_alt(frame: pd.DataFrame) -> str:
    facts = "; ".join(
        f"{row['mechanism']} {number(row['share'], 0)} % ({number(row['low'], 0)} to {number(row['high'], 0)}), "
        f"{row['verdict']}"
        for row in frame.to_dict("records")
    )
    return f"Share of the deficit that each mechanism carries, with its lowest and highest seed. {facts}."
