"""Results: every seed's final numbers, the differences with their intervals, and the interaction."""

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
from normlab.compare import Contrast, Finding, Verdict
from normlab.frames import Group, Metric
from normlab.numerals import number

_ABOUT = {
    "Test accuracy": "Share of test images classified right after the last epoch.",
    "Test loss": "Mean negative log-likelihood on the test images (NLL): it also counts how sure a network is.",
    "Training accuracy, eval mode": "On a fixed clean part of the training images, dropout off.",
    "Accuracy gap": "Training minus test accuracy, both in eval mode: what does not carry over to new images.",
}
_HOW = (
    "Each dot is one seed; the bar is the median. Right: each setting minus the reference, with its 95 % interval "
    "(exact rank test, unpaired: runs of one seed start alike but soon part)."
)


def show(shown: Sequence[Group], *, dark: bool) -> None:
    """Draw a row a metric, the interaction and the table. The first group is the reference."""
    margin = _top(shown)
    first, middle, rest = st.container(), st.container(), st.container()
    with middle:
        design = interaction.pick(shown) if len(shown) > 1 else None
    four = interaction.load(design) if design else []
    place = first.empty()
    found: dict[Metric, list[Finding]] = {}
    for metric in frames.FINALS:
        unit = frames.difference_unit(metric)
        allowed = margin if unit == "points" else None
        found[metric] = compare.findings(_family(shown, four, metric), unit, allowed)
        with first if metric is frames.FINALS[0] else rest:
            _metric(shown, metric, found[metric][: len(shown) - 1], allowed, dark=dark)
    place.markdown(in_short(shown, found[frames.FINALS[0]], interaction.name(design) if design else ""))
    if design:
        with middle:
            interaction.show(design, four, {metric: one[-1] for metric, one in found.items()}, dark=dark)
    if len(shown) > 1:
        pairing.show(shown)
        _table(shown, four, found)


def _family(shown: Sequence[Group], four: Sequence[Group], metric: Metric) -> list[Contrast]:
    """The contrasts of one metric that are shown together: each arm with the reference, and the interaction."""
    values = [list(frames.final_values(group, metric).values()) for group in shown]
    failed = list(frames.failures(shown).values()) if metric is frames.ACCURACY else None
    family = [
        compare.unpaired(values[0], other, (failed[0], failed[place]) if failed else None)
        for place, other in enumerate(values[1:], start=1)
    ]
    return [*family, interaction.contrast(four, metric)] if four else family


def _top(shown: Sequence[Group]) -> float:
    """How far the seeds carry, and the margin of equivalence in points."""
    left, right = st.columns([3, 1], gap="large", vertical_alignment="top")
    with right:
        typed(
            MARGIN,
            "A difference matters from (points)",
            help="Below it two accuracies count as equivalent, if two one-sided tests (TOST) say so at 5 % each. "
            "Choose it before looking.",
        )
    margin: float = MARGIN.chosen
    with left:
        if text := evidence(shown):
            st.info(text, icon=":material/explore:")
        st.caption(_HOW if len(shown) > 1 else "Choose a second arm for a difference.")
        one_image = 100 / min(TEST_IMAGES[group.arm.config.data.dataset] for group in shown)
        if margin < one_image:
            st.caption(f"One test image is {one_image:.3g} points here: the margin of {margin:g} is less than that.")
    return margin


def in_short(shown: Sequence[Group], found: Sequence[Finding], design: str) -> str:
    """The test accuracy's verdicts in a sentence or two; the last is of the interaction, if a `design` is named."""
    pairs = list(zip(shown[1:], found[: len(shown) - 1], strict=True))
    if not pairs:
        return ""
    known = [f"{group.label} is {one.verdict}" for group, one in pairs if one.is_decided]
    for verdict in (Verdict.EQUIVALENT, Verdict.OPEN, Verdict.TOO_FEW, Verdict.MISSING):
        labels = [group.label for group, one in pairs if one.verdict is verdict]
        if labels:
            known.append(f"{', '.join(labels)}: {verdict}")
    text = f"**Test accuracy against {shown[0].label}:** {'; '.join(known)}."
    return f"{text} The interaction ({design}): {found[-1].verdict}." if design else text


def evidence(shown: Sequence[Group]) -> str:
    """How many seeds failed; "" if none did."""
    failed = {label: share for label, share in frames.failures(shown).items() if share.count}
    if not failed:
        return ""
    told = "; ".join(f"{label}: {share.text}" for label, share in failed.items())
    return f"**Seeds that failed** (test accuracy below {frames.failure_threshold(shown):.0f} %): {told}."


def _metric(
    shown: Sequence[Group], metric: Metric, found: Sequence[Finding], margin: float | None, *, dark: bool
) -> None:
    palette = colors(shown, dark=dark)
    labels, hues = tuple(palette), tuple(palette.values())
    frame = frames.finals(shown, metric)
    st.markdown(f"## {metric.label} ({metric.unit})", help=_ABOUT[metric.label])
    left, right = st.columns(2, gap="medium")
    with left:
        low, high = around(frame["value"])
        high = min(high, 100.0) if metric.unit == "%" else high
        seeds = tuple(sorted(set(frame["seed"])))
        spec = charts.dots(metric.unit, labels, hues, seeds, low, high, dark=dark)
        alt = charts.dots_alt(frame, metric.label, metric.unit)
        chart(f"{metric.label}, seed by seed", frame, spec, key=f"compare-dots-{metric.label}", alt=alt)
    if len(shown) > 1:
        with right:
            _differences(shown, metric, found, margin, dark=dark)
    told = [
        compare.difference_sentence(one, group.label, shown[0].label)
        for one, group in zip(found, shown[1:], strict=True)
    ]
    st.caption("  \n".join(told or [_alone(frame, metric)]))


def _alone(frame: pd.DataFrame, metric: Metric) -> str:
    middle = number(frame["value"].median(), 2 if metric.unit != "nats" else 4)
    return f"Median {middle} {metric.unit} over {frames.seeds_text(len(frame))}."


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


def _table(shown: Sequence[Group], four: Sequence[Group], found: dict[Metric, list[Finding]]) -> None:
    names = [f"{group.label} − {shown[0].label}" for group in shown[1:]] + ([interaction.formula(four)] if four else [])
    parts = [
        frames.differences(names, one).assign(metric=metric.label, unit=frames.difference_unit(metric))
        for metric, one in found.items()
    ]
    table = pd.concat(parts, ignore_index=True)[["metric", "contrast", "unit", *_COLUMNS]]
    st.markdown("## Every contrast")
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
