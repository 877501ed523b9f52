"""Results: every seed's final numbers, the differences with their intervals, and the interaction."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from normlab import compare, frames
from normlab.app import tables
from normlab.app.choosing import typed
from normlab.app.comparing import interaction, pairing
from normlab.app.comparing.heads import colors
from normlab.app.comparing.views import MARGIN
from normlab.app.panels.figure import chart
from normlab.charts import compare as charts
from normlab.charts.scales import around, ceiling
from normlab.choices import TEST_IMAGES
from normlab.compare import Contrast, Design, Finding
from normlab.compare.sentences import legend
from normlab.frames import Group, Metric
from normlab.numerals import number

_ABOUT = {
    "Test accuracy": "Share of test images classified right after the last epoch.",
    "Test loss": "Mean negative log-likelihood on the test images (NLL): it also counts how sure a network is.",
    "Training accuracy, eval mode": "On a fixed clean part of the training images, dropout off.",
    "Accuracy gap": "Training minus test accuracy, both in eval mode: what does not carry over to new images.",
}
_MORE = "Loss, training accuracy and gap"


def show(shown: Sequence[Group], *, dark: bool) -> None:
    """Draw one sentence and one chart, and folded what stands behind them. The first group is the reference."""
    opening = st.container()
    if len(shown) < 2:
        with opening:
            _dots(shown, frames.ACCURACY, dark=dark)
            st.caption(f"Median {_median(shown)}. Choose a second setting for a difference.")
        return
    differences, change, more, every, method = (
        st.expander(name) for name in ("Differences", "Interaction", _MORE, "Every number", "How this is judged")
    )
    with method:
        margin = _method(shown)
    with change:
        design = interaction.pick(shown)
    four = interaction.load(design) if design else []
    found = {metric: _judged(shown, four, metric, margin) for metric in frames.FINALS}
    pairs = {metric: one[: len(shown) - 1] for metric, one in found.items()}
    with opening:
        st.markdown(f"**{sentence(shown, design, four, found[frames.ACCURACY])}**")
        _dots(shown, frames.ACCURACY, dark=dark)
        st.caption(images_caveat(shown))
    with differences:
        _differences(shown, frames.ACCURACY, pairs[frames.ACCURACY], margin, dark=dark)
    if design:
        with change:
            interaction.show(design, four, {metric: one[-1] for metric, one in found.items()}, dark=dark)
    with more:
        for metric in frames.FINALS[1:]:
            _metric(shown, metric, pairs[metric], margin if _in_points(metric) else None, dark=dark)
    with every:
        _table(shown, four, found)
    with method:
        pairing.show(shown)


def _in_points(metric: Metric) -> bool:
    return frames.difference_unit(metric) == "points"


def _judged(shown: Sequence[Group], four: Sequence[Group], metric: Metric, margin: float) -> list[Finding]:
    unit = frames.difference_unit(metric)
    return compare.findings(_family(shown, four, metric), unit, margin if _in_points(metric) else None)


def sentence(shown: Sequence[Group], design: Design | None, four: Sequence[Group], found: Sequence[Finding]) -> str:
    """What happened: failed seeds first, then what a change does to both where this is asked, else what differs."""
    asked = design is not None and all(arm in [group.arm for group in shown] for arm in design.arms)
    if asked and design is not None and found[-1].value is not None:
        told = interaction.sentence(design, four, frames.ACCURACY, found[-1])
    else:
        named = [(group.label, one) for group, one in zip(shown[1:], found, strict=False)]
        told = compare.summary(shown[0].label, named)
    return " ".join(part for part in (failures(shown), told) if part)


def failures(shown: Sequence[Group]) -> str:
    """How many seeds of how many failed; "" if none did."""
    failed = [f"{share.text} seeds of {label}" for label, share in frames.failures(shown).items() if share.count]
    return f"{', '.join(failed)} failed (below {frames.failure_threshold(shown):.0f} %)." if failed else ""


def images_caveat(shown: Sequence[Group]) -> str:
    """What no interval over seeds covers: that other test images would move every accuracy."""
    images = min(TEST_IMAGES[group.arm.config.data.dataset] for group in shown)
    share = frames.finals(shown, frames.ACCURACY)["value"].median() / 100
    error = 100 * math.sqrt(share * (1 - share) / images)
    return (
        f"A dot is a seed, the bar their median, ✕ a seed that failed. All saw the same {images:,} test images: others "
        f"would move every accuracy by about {error:.1g} points, which no interval here covers."
    )


def _median(shown: Sequence[Group]) -> str:
    values = frames.finals(shown, frames.ACCURACY)["value"]
    return f"{number(values.median())} % over {frames.seeds_text(len(values))}"


def _method(shown: Sequence[Group]) -> float:
    """How differences are judged, and the smallest that matters, in points."""
    st.markdown(_HOW)
    typed(MARGIN, "Smallest difference that matters (points)", help="Choose it before you look.")
    margin: float = MARGIN.chosen
    one_image = 100 / min(TEST_IMAGES[group.arm.config.data.dataset] for group in shown)
    if margin < one_image:
        st.caption(f"One test image is {one_image:.3g} points here: more than the margin of {margin:g}.")
    return margin


_HOW = (
    "One failed seed must not hide a difference, so seeds count by their rank: an exact rank test (Wilcoxon, Mann and "
    "Whitney), unpaired, because runs with the same seed soon part. The difference is the median of all differences "
    "between two seeds, with the interval of the same test (95 %, or what few seeds reach). A seed failed if it came "
    "less than halfway from guessing to the best seed here. p is corrected (Holm) for all comparisons of one number on "
    "this page, and the seeds needed count the same correction. *No difference that matters*: two one-sided tests "
    "place it within the margin."
)


def _family(shown: Sequence[Group], four: Sequence[Group], metric: Metric) -> list[Contrast]:
    """The contrasts of one metric that are shown together: each arm with the reference, and the interaction."""
    values = [list(frames.final_values(group, metric).values()) for group in shown]
    failed = list(frames.failures(shown).values()) if metric is frames.ACCURACY else None
    family = [
        compare.unpaired(values[0], other, (failed[0], failed[place]) if failed else None)
        for place, other in enumerate(values[1:], start=1)
    ]
    return [*family, interaction.contrast(four, metric)] if four else family


def _metric(
    shown: Sequence[Group], metric: Metric, found: Sequence[Finding], margin: float | None, *, dark: bool
) -> None:
    st.markdown(f"## {metric.label} ({metric.unit})", help=_ABOUT[metric.label])
    left, right = st.columns(2, gap="medium")
    with left:
        _dots(shown, metric, dark=dark)
    with right:
        _differences(shown, metric, found, margin, dark=dark)


def _dots(shown: Sequence[Group], metric: Metric, *, dark: bool) -> None:
    """Every seed. Where some failed, the axis is that of the others."""
    palette = colors(shown, dark=dark)
    labels, hues = tuple(palette), tuple(palette.values())
    frame = frames.finals(shown, metric)
    values = frame["value"]
    if metric is frames.ACCURACY:
        values = values[values >= frames.failure_threshold(shown)]
    low, high = around(values if len(values) else frame["value"])
    high = min(high, 100.0) if metric.unit == "%" else high
    seeds = tuple(sorted(set(frame["seed"])))
    spec = charts.dots(metric.unit, labels, hues, seeds, low, high, dark=dark)
    alt = charts.dots_alt(frame, metric.label, metric.unit)
    chart(f"{metric.label}, seed by seed", frame, spec, key=f"compare-dots-{metric.label}", alt=alt)


def _differences(
    shown: Sequence[Group], metric: Metric, found: Sequence[Finding], margin: float | None, *, dark: bool
) -> None:
    palette, unit, reference = colors(shown, dark=dark), frames.difference_unit(metric), shown[0].label
    frame = frames.differences([group.label for group in shown[1:]], found)
    own = pd.DataFrame({"contrast": [reference]})
    reach = ceiling(frame[["difference", "low", "high"]].abs().to_numpy().ravel(), least=2 * (margin or 1e-4))
    labels, hues = tuple(palette), tuple(palette.values())
    chart(
        f"{metric.label}, differences to {reference}",
        pd.concat([own, frame], ignore_index=True),
        charts.differences(unit, labels, hues, reference, reach, margin, dark=dark),
        key=f"compare-differences-{metric.label}",
        alt=charts.differences_alt(frame, metric.label, unit, reference),
    )
    st.caption(legend(one.verdict for one in found))


def _table(shown: Sequence[Group], four: Sequence[Group], found: dict[Metric, list[Finding]]) -> None:
    names = [f"{group.label} − {shown[0].label}" for group in shown[1:]] + ([interaction.formula(four)] if four else [])
    parts = [
        frames.differences(names, one).assign(metric=metric.label, unit=frames.difference_unit(metric))
        for metric, one in found.items()
    ]
    table = pd.concat(parts, ignore_index=True)[["metric", "contrast", "unit", *_COLUMNS]]
    st.caption(
        "p and interval belong to one contrast; Holm's p holds for all contrasts of the same metric together. "
        "Seeds needed: per setting, to show a true difference of the size seen (power 80 %, same correction)."
    )
    tables.show(
        "results",
        table,
        alt=f"{len(table)} contrasts with intervals, p values and verdicts.",
        columns={
            "metric": st.column_config.TextColumn("Metric", width=175),
            "contrast": st.column_config.TextColumn("Contrast", width=330),
            "unit": "Unit",
            **_COLUMNS,
        },
    )
    values = pd.concat(
        [frames.finals(shown, metric).assign(metric=metric.label, unit=metric.unit) for metric in frames.FINALS]
    )
    with st.container(horizontal=True):
        _download("Contrasts as CSV", table, "contrasts")
        _download("Every seed as CSV", values[["metric", "arm", "seed", "value", "unit"]], "seeds")


def _download(label: str, table: pd.DataFrame, name: str) -> None:
    st.download_button(
        label,
        table.to_csv(index=False, float_format="%.6g", lineterminator="\n"),
        file_name=f"normlab_compare_{name}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"compare-csv-{name}",
        help="For a spreadsheet, with every digit that is needed to compute with it.",
    )


_NUMBER = st.column_config.NumberColumn
_COLUMNS: dict[str, ColumnConfig | str | None] = {
    "difference": _NUMBER("Value", format="%.3f"),
    "low": _NUMBER("Interval from", format="%.3f"),
    "high": _NUMBER("to", format="%.3f"),
    "level": _NUMBER("Level", format="percent", help="95 %, or what so few seeds reach"),
    "p": _NUMBER("p", format="%.3f"),
    "holm": _NUMBER("p after Holm", format="%.3f"),
    "seeds": _NUMBER("Seeds", format="%d", help="Of the smallest arm"),
    "needed": _NUMBER("Seeds needed", format="%d"),
    "verdict": "Verdict",
}
