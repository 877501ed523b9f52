"""Training logs: every epoch that the study published, and every epoch of our runs of the same recipe."""

from dataclasses import astuple

import pandas as pd
import streamlit as st

from normlab.app.lab.panels import log
from normlab.app.shell import tables
from normlab.app.shell.controls import box
from normlab.app.study import source
from normlab.app.study.coverage import untrained
from normlab.app.study.views import ARM, RUN, STUDY
from normlab.export import log_csv
from normlab.study.claims.statements import arm_name
from normlab.study.results.published import EXPERIMENTS, Experiment, epochs

_ARM = "All runs that differ only in the seed."
_RUN = "The study published one run of each of its three experiments; ours have several seeds."


def show() -> None:
    """Draw the log of a run of ours, or the study's own."""
    results = source.results()
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        arm: str = box(ARM, "Setting", words=arm_name, help=_ARM)
    published = next((item for item in EXPERIMENTS if item.arm == arm), None)
    options = [*([STUDY] if published else []), *results.seeds(STUDY, arm)]
    if not options:
        untrained(results, STUDY)
        return
    with right:
        typical = None if published else results.representative(STUDY, arm)
        chosen = box(RUN, "Run", options, otherwise=typical.seed if typical else options[0], words=_run_name, help=_RUN)
    if chosen == STUDY and published is not None:
        _published(published)
        untrained(results, STUDY)
        return
    run = next((run for run in results.runs(STUDY, arm) if run.config.seed == chosen), None)
    if run is None:
        st.info("This run cannot be read; `normlab verify` says why.", icon=":material/broken_image:")
        return
    _download(log_csv(run), f"{run.run_id}_log")
    log.show(run)


def _run_name(run: object) -> str:
    return "The study's own" if run == STUDY else f"Ours, seed {run}"


def _published(experiment: Experiment) -> None:
    told = [astuple(epoch) for epoch in epochs(experiment)]
    frame = pd.DataFrame(told, columns=["epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy"])
    _download(frame.to_csv(index=False, lineterminator="\n"), f"study_{experiment.file_name}")
    tables.show(
        "published-log",
        frame,
        alt=f"The study's log of {experiment.name}: {len(frame)} epochs; test accuracy after the last: "
        f"{frame['test_accuracy'].iloc[-1]:.2f} %.",
        columns={
            "epoch": st.column_config.NumberColumn("Epoch", format="%d"),
            "train_loss": st.column_config.NumberColumn("Train loss", format="%.4f", help="With the penalty, in nats"),
            "train_accuracy": st.column_config.NumberColumn(
                "Train acc. %", format="%.2f", help="Mean of running means over augmented batches, dropout on"
            ),
            "test_loss": st.column_config.NumberColumn("Test loss", format="%.4f", help="In nats"),
            "test_accuracy": st.column_config.NumberColumn("Test acc. %", format="%.2f"),
        },
    )


def _download(text: str, name: str) -> None:
    tables.as_csv(
        "Log as CSV",
        text,
        f"normlab_{name}.csv",
        key=f"study-csv-{name}",
        help="The table above, for a spreadsheet.",
    )
