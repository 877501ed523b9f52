"""The same weights with other BatchNorm statistics: a switch, its scores, and how far memory and batch lie apart."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from normlab import frames
from normlab.app.lab import views
from normlab.app.shell.controls import buttons
from normlab.app.shell.figure import figure
from normlab.app.shell.moment import marked
from normlab.charts import modes
from normlab.charts.curves import cut_off
from normlab.charts.scales import ceiling
from normlab.choices import Statistics
from normlab.numerals import number, signed
from normlab.record import Status
from normlab.store import Run

_WORDS = {Statistics.RUNNING: "Running", Statistics.BATCH: "Batch", Statistics.REESTIMATED: "Re-estimated"}
_MEANING = {
    Statistics.RUNNING: "What BatchNorm remembers of its last batches, each seen with the weights of that moment: eval "
    "mode, as in every score.",
    Statistics.BATCH: "The test images' own statistics, in shuffled batches of 1,000. A diagnostic, not a score: each "
    "answer depends on the rest of its batch.",
    Statistics.REESTIMATED: "Measured again with these weights on 10,000 clean training images (all, if fewer), "
    "dropout off. A fair score: no test image is used.",
}
_ACCURACY = "Test images classified correctly with these statistics."
_LOSS = "How little probability the true class got: 0 is certain and right, 2.3 a blind guess."
_GAIN = "Gain over the statistics BatchNorm remembers, in points (percent of the test images)."
_CURVE = (
    "The same weights, tested with three kinds of statistics. Where only *running* falls, the network is fine but its "
    "memory is not. *Batch* and *re-estimated* often coincide."
)


def show(run: Run, epoch: int) -> None:
    """Draw nothing for a network without BatchNorm."""
    if not run.config.model.remembers:
        return
    st.divider()
    st.markdown("**The same weights with other statistics**")
    _switch(run, epoch)
    frame = frames.mismatches(run, epoch)
    over = frame if run.status is Status.RUNNING else _ever(run)
    for column, (field, title) in zip(st.columns(2, gap="medium"), modes.MISMATCHES.items(), strict=True):
        low, high = (0.0, ceiling(over[field], least=0.1))
        if field == "ratio":
            low, high = _around_one(over[field].min(), over[field].max())
        with column:
            spec = modes.mismatch(field, low, high)
            alt = modes.mismatch_alt(frame, field)
            figure(f"{title}, by block", frame, spec, key=f"modes-{field}", alt=alt, text=_TEXTS[field])


@lru_cache(maxsize=8)
def _ever(run: Run) -> pd.DataFrame:
    """The mismatches of all kept epochs: axes that hold them stay while the epochs go by."""
    return pd.concat([frames.mismatches(run, epoch) for epoch in frames.layer_epochs(run)])


_TEXTS = {
    "shift": "Remembered means vs. the probe batch's, in standard deviations; mean over the channels.",
    "ratio": "Above the line, the remembered spread exceeds the batch's. Geometric mean over the channels.",
}


def _around_one(least: float, most: float) -> tuple[float, float]:
    reach = ceiling([abs(least - 1), abs(most - 1)], least=0.1)
    return max(0.0, 1 - reach), 1 + reach


def _switch(run: Run, epoch: int) -> None:
    recorded = frames.modes(run)
    scores = {
        str(mode): (accuracy, loss)
        for mode, accuracy, loss in recorded.query("epoch == @epoch")[["mode", "accuracy", "loss"]].values
    }
    if len(scores) < len(Statistics):
        st.info(_missing(run, recorded), icon=":material/swap_horiz:")
        return
    mode = buttons(
        views.STATISTICS,
        "BatchNorm uses these statistics",
        words=lambda chosen: f"{_WORDS[chosen]} · {scores[chosen][0]:.2f} %",
    )
    accuracy, loss = scores[mode]
    with st.grid(min_column_width=240, border=False):
        st.metric(f"Test accuracy after epoch {epoch}", f"{accuracy:.2f} %", help=_ACCURACY)
        st.metric("Test loss (nats)", number(loss, 3), help=_LOSS)
        gain = accuracy - scores[Statistics.RUNNING][0]
        st.metric("Against running statistics", f"{signed(gain)} pts", help=_GAIN)
    st.caption(_MEANING[mode])


def _missing(run: Run, recorded: pd.DataFrame) -> str:
    """Why the scores of an epoch are not there, and how to get them."""
    every = "a run trained with *Record BatchNorm's three modes* (under Details) has them at every epoch."
    epochs = recorded.loc[recorded["mode"] == str(Statistics.BATCH), "epoch"]
    if len(epochs):
        return f"This run recorded its scores with other statistics after epoch {epochs.max()} only; {every}"
    if run.status is Status.RUNNING:
        return f"The scores with other statistics come with the end of the last epoch; {every}"
    return f"This run did not record its scores in other modes. `normlab evaluate {run.run_id}` computes them; {every}"


def curve(run: Run, epoch: int | None, *, zoom: bool) -> None:
    """Test accuracy in the three modes over the epochs, of a run that records them."""
    frame = marked(frames.modes(run), epoch)
    low = modes.accuracy_limit(frame, zoom=zoom)
    spec = modes.accuracies(run.config.optim.epochs, low)
    alt, text = modes.accuracies_alt(frame), f"{cut_off(frame, 'accuracy', low, 100.0)} {_CURVE}".strip()
    figure("Test accuracy by BatchNorm's statistics (%)", frame, spec, key="curves-modes", alt=alt, text=text)
