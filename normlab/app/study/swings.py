"""Why BN + L1 + L2 swings: the curve under three statistics, and how much each change removes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab.app.lab.panels import modes
from normlab.app.shell import links, tables
from normlab.app.shell.controls import box, is_zoomed
from normlab.app.shell.figure import figure
from normlab.app.study import predictions, source
from normlab.app.study.coverage import untrained
from normlab.app.study.views import AXIS, SEED
from normlab.charts import mechanisms as charts
from normlab.config import RunConfig
from normlab.labels import seeds_text
from normlab.settings import changed
from normlab.store import representative
from normlab.study.claims.carriers import Carrier, carriers
from normlab.study.claims.expectations import Tally, tallies
from normlab.study.claims.expected_mechanisms import GROUP
from normlab.study.plan.mechanisms import EPOCHS, SEEDS, VARIANTS
from normlab.study.results.measured import Results
from normlab.study.results.mechanisms import Row, rows
from normlab.study.texts.pictures import shares_frame
from normlab.study.texts.swings import headline, insights, numbers

_ARM = "bn/l1+l2"
_ON_DIGITS = changed(RunConfig(), {"l1": 0.003, "lr": 0.1, "epochs": 12, "bn_modes": True})
_ABOUT = (
    "In training, BatchNorm normalizes with the batch's mean and variance; in testing, with *remembered* ones, "
    "averages over about the last ten batches. L1 moves the weights all the time, so the memory belongs to the weights "
    "of some steps ago. *Deficit*: test accuracy with batch statistics minus that with remembered (running) ones, on "
    "the same weights and images. *Swing*, measured around the trend: how far a check is from the middle of its two "
    "neighbors, as a standard deviation."
)
_SEED = "Another seed: the same settings with other initial weights and another order of the images."
_SHARES = (
    "Share of the deficit that goes away when one thing is repaired or left out: 100 is all of it; below 0 it gets "
    "worse. Dot: mean of the seeds; bar: lowest to highest seed; gray: carries nothing."
)


def show() -> None:
    """Draw the answer and its chart; below, folded, the curve, every change, and what was expected."""
    results = source.results()
    found = rows(results)
    if len(found) < len(VARIANTS) or any(row.seeds < len(SEEDS) for row in found):
        _missing(found)
    if answer := headline(results):
        st.markdown(f"**{answer}**")
        _shares(carriers(results))
        st.markdown("\n".join(f"- {text}" for text in insights(results)))
    st.markdown("## The curve under three kinds of statistics")
    _curve(results)
    with st.expander("How it is measured, and every change", key="study-swings-method"):
        st.markdown(_ABOUT)
        if found:
            st.markdown(numbers(results))
            _table(found)
    expected = [prediction for prediction in source.predictions() if prediction.expectation.group == GROUP]
    with st.expander("What happened to each mechanism, and what was predicted", key="study-swings-predictions"):
        _mechanisms(carriers(results), tallies(expected))
        predictions.table(expected, "mechanisms")


def _curve(results: Results) -> None:
    untrained(results, "study")
    runs = {run.config.seed: run for run in results.runs("study", _ARM)}
    if not runs:
        lab = links.to_lab(_ON_DIGITS)
        st.markdown(f"See the same on *digits* in seconds: [BN + L1 at a high learning rate ↗]({lab}), trained live.")
        return
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        first = representative(runs.values()).config.seed
        seed = box(SEED, "Seed of BN + L1 + L2", list(runs), otherwise=first, help=_SEED)
    with right:
        zoom = is_zoomed(AXIS)
    modes.curve(runs[seed], None, zoom=zoom)


def _mechanisms(carriers: Sequence[Carrier], tallies: Sequence[Tally]) -> None:
    """A row a mechanism: what happened to it, and how what was predicted of it fared."""
    met = {tally.subject: f"{tally.subject}: {tally.met} of {tally.measured}" for tally in tallies if tally.measured}
    measured = [carrier for carrier in carriers if carrier.share is not None]
    if not measured:
        return
    frame = pd.DataFrame(
        [
            (
                carrier.mechanism.name,
                carrier.mechanism.test,
                _share(carrier),
                str(carrier.verdict),
                met.get(carrier.mechanism.subject, "–"),
            )
            for carrier in measured
        ],
        columns=[
            "What may carry it",
            "Test",
            "Share (lowest to highest seed)",
            "What happened to it",
            "Predictions met",
        ],
    )
    st.table(frame, hide_index=True, border="horizontal")


def _share(carrier: Carrier) -> str:
    return "–" if carrier.share is None else f"{carrier.share.text} of {carrier.mechanism.of}"


def _missing(found: Sequence[Row]) -> None:
    done = sum(row.seeds for row in found)
    planned = len(VARIANTS) * len(SEEDS)
    told = f"**Not all measured yet:** {done} of {planned} measurements" if done else "**Not measured yet**"
    st.info(
        f"{told} ({len(VARIANTS)} arms, {seeds_text(len(SEEDS))} each, {EPOCHS} epochs of MNIST). "
        "`normlab study mechanisms` measures what is missing.",
        icon=":material/hourglass_empty:",
    )


def _shares(found: Sequence[Carrier]) -> None:
    frame = shares_frame(found)
    low, high = charts.limits(frame)
    spec = charts.shares(tuple(frame["mechanism"]), low, high)
    alt = charts.shares_alt(frame)
    figure(
        "What carries the drop in accuracy (% of the deficit)", frame, spec, key="study-shares", alt=alt, text=_SHARES
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
                None if row.removes is None else 100 * row.removes.mean,
            )
            for row in found
        ],
        columns=list(_COLUMNS),
    )
    tables.show(
        "mechanisms",
        frame,
        alt=f"{len(frame)} changes with accuracies, swings and the share of the deficit that each removes.",
        columns=_COLUMNS,
    )


_NUMBER = st.column_config.NumberColumn
_COLUMNS = {
    "arm": st.column_config.TextColumn("Change"),
    "asks": st.column_config.TextColumn("Asks"),
    "seeds": _NUMBER("Seeds", format="%d"),
    "running": _NUMBER("Running (%)", format="%.2f", help="Test accuracy, mean over the checks after the first epoch"),
    "swing": _NUMBER("Swing", format="%.2f", help="Around the trend over these checks, in points"),
    "batch": _NUMBER("Batch (%)", format="%.2f"),
    "batch_swing": _NUMBER("Swing, batch", format="%.2f"),
    "deficit": _NUMBER("Deficit", format="%.2f", help="Batch minus running, in points"),
    "removes": _NUMBER("Removes (%)", format="%.0f"),
}
