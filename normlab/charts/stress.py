"""Networks under stress: a dot a seed, and what one slider does over its whole range."""

from collections.abc import Sequence
from functools import lru_cache, partial

import altair as alt
import pandas as pd

from normlab.charts import hover
from normlab.charts.curves import quiet
from normlab.charts.theme import INK, Spec, finish, legend, rows
from normlab.labels import seeds_text
from normlab.numerals import short, span

HEIGHT = 215
_TOP = 102.0
"""Room for a dot at 100 %."""


@lru_cache(maxsize=64)
def seeds(labels: Sequence[str], colors: Sequence[str]) -> Spec:
    """A dot a seed, a bar at each network's median, and a line to it from the thin bar of the median as trained.

    Rows: network, seed, at (the network's place from 0), x (the dot's, `at` ± 0.5), accuracy (%), before (%).
    """
    names = list(labels)
    name = "".join(f"datum.value === {at} ? '{label}' : " for at, label in enumerate(names))
    axis = alt.Axis(
        values=list(range(len(names))),
        labelExpr=f"{name}''",
        grid=False,
        ticks=False,
        domain=False,
        labelLimit=120,
        labelPadding=8,
    )
    across = alt.Scale(domainMin=-0.5, domainMax=len(names) - 0.5, nice=False)
    x = partial(alt.X, title=None, scale=across, axis=axis)
    y = partial(alt.Y, title=None, scale=alt.Scale(domain=[0, _TOP], nice=False), axis=quiet())
    color = alt.Color("network:N", scale=alt.Scale(domain=names, range=list(colors)), legend=None)
    base = alt.Chart(rows()).encode(color=color)
    tooltip = [
        alt.Tooltip("network:N", title="network"),
        alt.Tooltip("seed:Q", title="seed"),
        alt.Tooltip("before:Q", title="as trained (%)", format=".1f"),
        alt.Tooltip("accuracy:Q", title="now (%)", format=".1f"),
    ]
    dots = base.mark_point(filled=True, size=60, opacity=0.7).encode(x=x("x:Q"), y=y("accuracy:Q"), tooltip=tooltip)
    middle = base.transform_aggregate(now="median(accuracy)", was="median(before)", groupby=["network", "at"])
    middle = middle.transform_calculate(left=f"datum.at - {_HALF}", right=f"datum.at + {_HALF}")
    falls = middle.mark_rule(strokeWidth=2, opacity=0.5).encode(x=x("at:Q"), y=y("now:Q"), y2="was:Q")
    bar = middle.encode(x=x("left:Q"), x2="right:Q")
    trained = bar.mark_rule(strokeWidth=1.5, opacity=0.7).encode(y=y("was:Q"))
    medians = bar.mark_rule(strokeWidth=4).encode(y=y("now:Q"))
    return finish(alt.layer(falls, trained, dots, medians), height=HEIGHT)


_HALF = 0.36
"""Of a bar's width, in places."""


def spread(place: int, count: int) -> float:
    """Where the dot of the seed at this place of `count` stands beside its network's."""
    return 0.0 if count < 2 else _HALF * (2 * place / (count - 1) - 1) * 0.85


def seeds_alt(frame: pd.DataFrame) -> str:
    facts = "; ".join(
        f"{network}: median {short(part['accuracy'].median(), 3)} %, {seeds_text(len(part))} "
        f"{span(part['accuracy'].min(), part['accuracy'].max(), lambda value: short(value, 3))}, "
        f"as trained {short(part['before'].median(), 3)} %"
        for network, part in frame.groupby("network", sort=False)
    )
    return f"Test accuracy under this stress, a dot a seed. {facts}." if facts else "Nothing is computed yet."


@lru_cache(maxsize=64)
def way(labels: Sequence[str], colors: Sequence[str], stops: Sequence[float], title: str, *, doubling: bool) -> Spec:
    """Accuracy over a slider's `stops`, a line a network in a band of its seeds, and a rule at the slider's place.

    With `doubling` equal factors are equal distances. Rows: network, value (a stop), accuracy, low, high (%), now.
    """
    names = list(labels)
    kind = alt.Scale(type="log", base=2) if doubling else alt.Scale(type="linear")
    kind.domainMin, kind.domainMax, kind.nice = stops[0], stops[-1], False
    axis = alt.Axis(grid=False, format="~g", tickCount=7, labelFlush=True)
    if doubling:
        axis.values = [stop for stop in stops if stop in _DOUBLED]
    x = alt.X("value:Q", title=title, scale=kind, axis=axis)
    scale = alt.Scale(domain=[0, _TOP], nice=False)
    color = alt.Color("network:N", scale=alt.Scale(domain=names, range=list(colors)), legend=legend(columns=3))
    base = alt.Chart(rows()).encode(x=x, color=color)
    band = base.mark_area(opacity=0.14, clip=True).encode(
        y=alt.Y("low:Q", title=None, scale=scale, axis=quiet()), y2="high:Q"
    )
    tips = hover.Tips("value", "network", "accuracy", tuple(names), ".1f")
    lines = base.encode(y=alt.Y("accuracy:Q", title=None, scale=scale, axis=quiet()))
    return finish(alt.layer(band, hover.lines(lines, tips, ink=INK), hover.moment(lines, ink=INK)), height=HEIGHT)


_DOUBLED = {*(2.0**power for power in range(-3, 9))}


def way_alt(frame: pd.DataFrame, slider: str) -> str:
    facts = "; ".join(
        f"{network}: lowest {short(part['accuracy'].min(), 3)} % at "
        f"{short(float(part['value'].to_numpy()[part['accuracy'].argmin()]))}, "
        f"highest {short(part['accuracy'].max(), 3)} %"
        for network, part in frame.groupby("network", sort=False)
    )
    about = f"Test accuracy over the range of one slider, {slider}."
    return f"{about} {facts}." if facts else f"{about} Nothing is computed yet."
