"""Log: every number of every epoch, and where the run comes from."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab import frames
from normlab.app.shell import tables
from normlab.app.shell.figure import partial
from normlab.export import provenance
from normlab.store import Run

_LOSS, _PERCENT = "%.4f", "%.2f"
_COLUMNS = {
    "epoch": ("Epoch", "%d", "Passes over the training images"),
    "step": ("Step", "localized", "Updates of the weights so far"),
    "lr": ("Learning rate", "%.5f", "At the end of the epoch"),
    "train_loss": ("Train loss", _LOSS, "Data loss in nats, train mode: mean over the epoch, dropout on"),
    "penalty": ("Penalty", _LOSS, "L1 and L2 in nats: mean over the epoch"),
    "train_accuracy": ("Train acc. %", _PERCENT, "Train mode: mean over the epoch, dropout on"),
    "train_eval_loss": ("Train loss (eval)", _LOSS, "In nats, eval mode, on a fixed clean part of the training images"),
    "train_eval_accuracy": ("Train acc. % (eval)", _PERCENT, "Eval mode, on the same images"),
    "validation_loss": ("Val. loss", _LOSS, "In nats, on the validation split"),
    "validation_accuracy": ("Val. acc. %", _PERCENT, "On the validation split"),
    "test_loss": ("Test loss", _LOSS, "In nats, on the test set"),
    "test_accuracy": ("Test acc. %", _PERCENT, "On the test set"),
    "batch_loss": ("Test loss (batch)", _LOSS, "In nats, BatchNorm with the statistics of test batches of 1,000"),
    "batch_accuracy": ("Test acc. % (batch)", _PERCENT, "BatchNorm with the statistics of test batches of 1,000"),
    "reestimated_loss": ("Test loss (re-est.)", _LOSS, "In nats, with statistics measured anew on training images"),
    "reestimated_accuracy": ("Test acc. % (re-est.)", _PERCENT, "With statistics measured anew on training images"),
    "seconds": ("Seconds", "%.1f", "Time that the epoch took"),
}


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw the table of epochs and the run's provenance."""
    note = st.empty()
    if text := partial(run):
        note.caption(text)
    st.markdown("**Every epoch**")
    frame = frames.epochs(run)
    if not run.config.data.validation:
        frame = frame.drop(columns=["validation_loss", "validation_accuracy"])
    modes = frame[list(frames.MODE_COLUMNS)]
    if frame.empty or modes.isna().any(axis=None):  # of the last epoch alone: *Layers* shows it
        frame = frame.drop(columns=modes.columns)
    last = f" Test accuracy after the last: {frame['test_accuracy'].iloc[-1]:.2f} %." if len(frame) else ""
    tables.show(
        "log",
        frame,
        height="content" if len(frame) <= 25 else 620,
        alt=f"Log of {len(frame)} epochs.{last}",
        columns={
            name: st.column_config.NumberColumn(label, format=number, help=help)
            for name, (label, number, help) in _COLUMNS.items()
        },
    )
    st.markdown("**Where these numbers come from**")
    st.table(
        pd.DataFrame(provenance(run), columns=["what", "value"]), hide_index=True, hide_header=True, border="horizontal"
    )
