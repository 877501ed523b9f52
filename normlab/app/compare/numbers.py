"""Every number behind the results, as a table and as files for a spreadsheet."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from normlab import frames
from normlab.app.compare import interaction
from normlab.app.shell import tables
from normlab.compare import Finding
from normlab.frames import Group, Metric

_NUMBER = st.column_config.NumberColumn
_COLUMNS: dict[str, ColumnConfig | str | None] = {
    "failed": st.column_config.TextColumn("Failed", help="Seeds that learned next to nothing, out of all"),
    "reference_failed": st.column_config.TextColumn("Reference's", help="The same for the reference"),
    "difference": _NUMBER("Value", format="%.3f"),
    "low": _NUMBER("Interval from", format="%.3f"),
    "high": _NUMBER("to", format="%.3f"),
    "level": _NUMBER("Level", format="percent", help="95 %, or what so few seeds reach"),
    "p": _NUMBER("p", format="%.3f"),
    "holm": _NUMBER("p after Holm", format="%.3f"),
    "seeds": _NUMBER("Seeds", format="%d", help="Of the setting with the fewest"),
    "needed": _NUMBER("Seeds needed", format="%d"),
    "verdict": "Verdict",
}
_DIVERGED = "The file of seeds marks diverged ones: their test accuracy is not measured, but that of guessing."


def show(shown: Sequence[Group], four: Sequence[Group], found: Mapping[Metric, Sequence[Finding]]) -> None:
    """Draw the contrasts of every metric, the interaction of `four` last where a design is chosen."""
    names = [f"{group.label} − {shown[0].label}" for group in shown[1:]] + ([interaction.formula(four)] if four else [])
    parts = [
        frames.differences(names, one).assign(metric=metric.label, unit=frames.difference_unit(metric))
        for metric, one in found.items()
    ]
    table = pd.concat(parts, ignore_index=True)[["metric", "contrast", "unit", *_COLUMNS]]
    st.caption(
        "p and interval: one contrast. p after Holm: all contrasts of the metric together. "
        "Seeds needed: per setting, to show a true difference of this size (power 80 %, same correction)."
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
    if "diverged" in set(values["outcome"]):
        st.caption(_DIVERGED)
    with st.container(horizontal=True):
        _download("Contrasts as CSV", table, "contrasts")
        _download("Every seed as CSV", values[["metric", "arm", "seed", "value", "unit", "outcome"]], "seeds")


def _download(label: str, table: pd.DataFrame, name: str) -> None:
    tables.as_csv(
        label,
        table,
        f"normlab_compare_{name}.csv",
        key=f"compare-csv-{name}",
        help="For a spreadsheet, with every digit that is needed to compute with it.",
    )
