"""What was expected before anything was run, and what came out."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab.app.shell import tables
from normlab.app.shell.controls import buttons
from normlab.app.study import source
from normlab.app.study.views import GROUP
from normlab.study.claims.expectations import Outcome, Result

_MARKS = {Outcome.MET: "✓", Outcome.MISSED: "✗", Outcome.FALLS: "✗✗", Outcome.NOT_MEASURED: "…"}


def show() -> None:
    """Draw the predictions of one group, with how many of them came true."""
    st.markdown(
        "Every expectation was written down and committed before its measurement was run. A single accuracy counts as "
        "met if the odds of being right are within a factor of 1.5 of it; any other single number, if it is within "
        "that factor. A claim *falls* if its own condition for that, written down as well, came true."
    )
    results = source.predictions()
    groups = list(dict.fromkeys(result.expectation.group for result in results))
    measured = [result.expectation.group for result in results if result.value is not None]
    group = buttons(GROUP, "Group", groups, otherwise=(measured or groups)[0], label_visibility="collapsed")
    table([result for result in results if result.expectation.group == group], str(group).lower())


def table(results: Sequence[Result], name: str) -> None:
    """The predictions with their results, and a sentence that counts them."""
    st.markdown("## Expected and found")
    st.markdown(counted(results))
    frame = as_frame(results)
    tables.show(
        f"predictions-{name}",
        frame,
        height="content" if len(frame) <= 25 else 760,
        alt=counted(results),
        columns=_COLUMNS,
    )
    tables.as_csv(
        "Predictions as CSV",
        frame,
        f"normlab_predictions_{name.replace(' ', '_')}.csv",
        key=f"study-csv-{name}",
        help="The table above, for a spreadsheet.",
    )


def counted(results: Sequence[Result]) -> str:
    """How many predictions can be held against a result, and how they fared."""
    counts = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
    measured = len(results) - counts[Outcome.NOT_MEASURED]
    told = f"Of {len(results)} predictions, {measured} can be checked against a result"
    if measured:
        told += (
            f": {counts[Outcome.MET]} as expected, {counts[Outcome.MISSED]} not as expected, and in "
            f"{counts[Outcome.FALLS]} the underlying claim falls"
        )
    rest = counts[Outcome.NOT_MEASURED]
    return f"{told}. {rest} {'is' if rest == 1 else 'are'} not measured." if rest else f"{told}."


def as_frame(results: Sequence[Result]) -> pd.DataFrame:
    """A row a prediction."""
    rows = []
    for result in results:
        low, high = (result.estimate.low, result.estimate.high) if result.estimate else (None, None)
        expectation = result.expectation
        outcome = f"{_MARKS[result.outcome]} {result.outcome}"
        about = (expectation.subject, expectation.measures, expectation.text)
        rows.append((*about, result.value, low, high, expectation.unit, result.seeds or None, outcome))
    numbers = dict.fromkeys(("found", "low", "high", "seeds"), "float64")
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(numbers)


_NUMBER = st.column_config.NumberColumn
_COLUMNS = {
    "subject": st.column_config.TextColumn("Of", width=170),
    "measures": st.column_config.TextColumn("Measured", width=330),
    "expected": st.column_config.TextColumn("Expected", width=260),
    "found": _NUMBER("Found", format="%.3g"),
    "low": _NUMBER("95 % from", format="%.3g"),
    "high": _NUMBER("to", format="%.3g"),
    "unit": st.column_config.TextColumn("Unit", width=60),
    "seeds": _NUMBER("Seeds", format="%d", width=60),
    "outcome": st.column_config.TextColumn("Outcome"),
}
