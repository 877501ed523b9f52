"""The shared hover: a rule at the nearest position, and one tooltip with the value of every series there."""

from dataclasses import dataclass

import altair as alt


@dataclass(frozen=True, slots=True)
class Tips:
    """What the tooltip at a position `field` lists: `value` of each of the `names` in column `series`.

    `number` is its d3 format.
    """

    field: str
    series: str
    value: str
    names: tuple[str, ...]
    number: str


def nearest(field: str) -> alt.Parameter:
    """Follows the pointer along `field`; nothing is chosen while the pointer is away."""
    return alt.selection_point(
        name="hover", fields=[field], nearest=True, on="pointerover", clear="pointerout", empty=False
    )


def lines(chart: alt.Chart, tips: Tips, *, ink: str) -> alt.LayerChart | alt.FacetChart:
    """Lines with a dot at each row for an encoded chart (x, y, color, dash), and the tooltip."""
    chosen = nearest(tips.field)
    strokes = chart.mark_line(strokeWidth=2, clip=True)
    dots = chart.mark_point(filled=True, opacity=1, clip=True).encode(
        size=alt.condition(chosen, alt.value(70), alt.value(18)), strokeDash=alt.value([1, 0])
    )
    return alt.layer(rule(chart, chosen, tips, ink=ink), strokes, dots)


def moment(chart: alt.Chart, *, ink: str) -> alt.Chart:
    """A rule at the epoch that the page shows: the number in column `now`, the same in every row; without it none."""
    x = chart.encoding.x.copy()
    x.shorthand = "now:Q"
    line: alt.Chart = (
        alt.Chart(chart.data)
        .transform_aggregate(now="max(now)")
        .transform_filter("isValid(datum.now)")
        .mark_rule(color=ink, strokeWidth=1.5, strokeDash=[5, 3], opacity=0.75, aria=False)
        .encode(x=x)
    )
    return line


def rule(chart: alt.Chart, chosen: alt.Parameter, tips: Tips, *, ink: str) -> alt.Chart:
    """The rule alone. The rows are turned so that each series is a field of its own."""
    listed = [alt.Tooltip(tips.field, type="quantitative", title=tips.field)]
    fields = ((name, escaped(name)) for name in tips.names)
    listed += [alt.Tooltip(field=at, type="quantitative", title=name, format=tips.number) for name, at in fields]
    turned: alt.Chart = alt.Chart(chart.data).transform_pivot(tips.series, value=tips.value, groupby=[tips.field])
    line: alt.Chart = (
        turned.mark_rule(color=ink, strokeWidth=1)
        .encode(x=chart.encoding.x, opacity=alt.condition(chosen, alt.value(0.45), alt.value(0)), tooltip=listed)
        .add_params(chosen)
    )
    return line


def escaped(name: str) -> str:
    """A field's name as Vega-Lite reads it: dots and brackets would mean nested fields."""
    return name.replace(".", "\\.").replace("[", "\\[").replace("]", "\\]")
