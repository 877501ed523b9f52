"""Why BN + L1 + L2 swings: the curve under three statistics, and how much each change removes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab.app import address, tables
from normlab.app.choosing import box, is_zoomed
from normlab.app.panels import modes
from normlab.app.panels.figure import figure
from normlab.app.studying import predictions, source
from normlab.app.studying.choice import AXIS, SEED
from normlab.app.studying.heads import untrained
from normlab.charts import mechanisms as charts
from normlab.config import RunConfig
from normlab.findings.expectations import Outcome, Tally, tallies
from normlab.findings.expected_mechanisms import GROUP
from normlab.findings.mechanisms import BASE, Row, rows
from normlab.findings.pictures import shares_frame
from normlab.findings.results import Results
from normlab.frames import seeds_text
from normlab.numerals import number
from normlab.settings import changed
from normlab.study.mechanisms import ARMS, EPOCHS, SEEDS

_ARM = "bn/l1+l2"
_ON_DIGITS = changed(RunConfig(), {"l1": 0.003, "lr": 0.1, "epochs": 12, "bn_modes": True})
_ABOUT = (
    "BatchNorm normalizes with the batch's mean and variance while it learns, and with *remembered* ones when it is "
    "tested: averages over about the last ten batches. L1 moves the weights all the time, so what is remembered "
    "belongs to weights of some steps ago. The *deficit* is test accuracy with batch statistics minus that with "
    "remembered (running) ones, on the same weights and images."
)
_SEED = "Another seed is another run of the same settings: other initial weights, another order of the images."
_SHARES = (
    "1 − the arm's deficit / that without a change, with the same seed: at 100 the change removes all of it, "
    "below 0 it makes it worse. Bar: 95 % interval over the seeds."
)


def show(*, dark: bool) -> None:
    """Draw the curve of a run of ours, the mechanisms' table and chart, and what was expected of them."""
    results = source.results()
    found = rows(results)
    st.markdown(_ABOUT)
    _base(found)
    _curve(results, dark=dark)
    st.markdown("## How much each change removes")
    if len(found) < len(ARMS) or any(row.seeds < len(SEEDS) for row in found):
        _missing(found)
    if found:
        _shares(found, dark=dark)
        _table(found)
    expected = [one for one in source.predictions() if one.expectation.group == GROUP]
    _mechanisms(tallies(expected))
    predictions.table(expected, "mechanisms")


def _curve(results: Results, *, dark: bool) -> None:
    untrained(results, "study")
    runs = {run.config.seed: run for run in results.runs("study", _ARM)}
    if not runs:
        lab = address.to_lab(_ON_DIGITS)
        st.markdown(
            f"On *digits* the same can be seen in seconds: [BN + L1 at a high learning rate ↗]({lab}), trained live."
        )
        return
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        seed = box(SEED, "Seed of BN + L1 + L2", list(runs), help=_SEED)
    with right:
        zoom = is_zoomed(AXIS)
    modes.curve(runs[seed], None, zoom=zoom, dark=dark)


def _mechanisms(told: Sequence[Tally]) -> None:
    """A line a mechanism: whether its claim stands."""
    measured = [one for one in told if one.measured]
    if not measured:
        return
    lines = [
        f"- {one.subject}: {_stands(one)} ({one.met} of {one.measured} measured predictions met)" for one in measured
    ]
    st.markdown("Whether the claim of each mechanism stands, by the conditions that were written down before:")
    st.markdown("\n".join(lines))


def _stands(one: Tally) -> str:
    if one.outcome is Outcome.FALLS:
        return "**falls**"
    if one.outcome is Outcome.MET:
        return "stands"
    return "stands, though not all is as expected" if one.met else "**not as expected**"


def _missing(found: Sequence[Row]) -> None:
    done = sum(row.seeds for row in found)
    planned = len(ARMS) * len(SEEDS)
    told = f"**Not all measured yet:** {done} of {planned} measurements" if done else "**Not measured yet**"
    st.info(
        f"{told} ({len(ARMS)} arms, {seeds_text(len(SEEDS))} each, {EPOCHS} epochs of MNIST). "
        "`normlab study mechanisms` measures what is missing.",
        icon=":material/hourglass_empty:",
    )


def _shares(found: Sequence[Row], *, dark: bool) -> None:
    frame = shares_frame(found)
    if frame.empty:
        return
    low, high = charts.limits(frame)
    spec = charts.shares(tuple(frame["arm"]), low, high, dark=dark)
    alt = charts.shares_alt(frame)
    figure("Share of the deficit that each change removes (%)", frame, spec, key="study-shares", alt=alt, text=_SHARES)


def _base(found: Sequence[Row]) -> None:
    """How much of the swing what is remembered makes, where nothing is changed."""
    base = next((row for row in found if row.name == BASE), None)
    if base is None:
        return
    remembered = 100 * (1 - base.batch_swing / base.swing)
    st.markdown(
        f"**Of the swing, {number(remembered, 0)} % comes from remembered statistics** in the study's recipe at a "
        f"constant learning rate ({seeds_text(base.seeds)}, every check of {EPOCHS} epochs): "
        f"{number(base.running)} % on average with running "
        f"statistics, swinging by {number(base.swing)} points and once down to {number(base.lowest)} %; "
        f"{number(base.batch)} % with batch statistics, swinging by {number(base.batch_swing)}. The deficit is "
        f"{number(base.deficit)} points."
    )


def _table(found: Sequence[Row]) -> None:
    frame = pd.DataFrame(
        [
            (
                row.title,
                row.asks,
                row.seeds,
                row.running,
                row.swing,
                row.batch,
                row.batch_swing,
                row.deficit,
                None if row.removes is None else 100 * row.removes,
            )
            for row in found
        ],
        columns=list(_COLUMNS),
    )
    tables.show(
        "mechanisms",
        frame,
        alt=f"{len(frame)} arms of the mechanisms with accuracies, swings and the share each removes.",
        columns=_COLUMNS,
    )


_NUMBER = st.column_config.NumberColumn
_COLUMNS = {
    "arm": st.column_config.TextColumn("Change"),
    "asks": st.column_config.TextColumn("Asks"),
    "seeds": _NUMBER("Seeds", format="%d"),
    "running": _NUMBER("Running (%)", format="%.2f", help="Test accuracy, mean over the checks after the first epoch"),
    "swing": _NUMBER("Swing", format="%.2f", help="Standard deviation over these checks, in points"),
    "batch": _NUMBER("Batch (%)", format="%.2f"),
    "batch_swing": _NUMBER("Swing, batch", format="%.2f"),
    "deficit": _NUMBER("Deficit", format="%.2f", help="Batch minus running, in points"),
    "removes": _NUMBER("Removes (%)", format="%.0f"),
}
