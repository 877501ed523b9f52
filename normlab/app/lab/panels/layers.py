"""Layers: what the norms do to the activations of each block, stage by stage."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from normlab import describe, frames
from normlab.app.lab import views
from normlab.app.lab.panels import modes
from normlab.app.ruler import of_run
from normlab.app.ruler.of_run import Shown
from normlab.app.shell.controls import buttons, choose
from normlab.app.shell.figure import figure, waiting
from normlab.app.shell.moment import marked, nearest, words
from normlab.charts import layers
from normlab.charts.scales import ceiling, reach
from normlab.charts.theme import LAYER_NAMES, STAGE_NAMES
from normlab.config import ModelConfig
from normlab.labels import difference_labels
from normlab.numerals import number, short, span
from normlab.record import LayerStats, Status
from normlab.store import Run

_SCALE = "The scale is logarithmic, and the same for all networks."
_OVERVIEW = {
    "output_std": ("Spread of outputs", f"Standard deviation of each block's output, mean over its channels. {_SCALE}"),
    "input_std": ("Spread before the norm", f"Standard deviation after ReLU, before the first norm. {_SCALE}"),
    "zeros": ("Zeros after ReLU", "Share of values that ReLU sets to 0; a channel at 100 % is dead."),
}


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw the blocks' statistics on the run's probe batch: BatchNorm with the batch's statistics, dropout off."""
    kept = frames.layer_epochs(run)
    if not kept:
        st.info(waiting(run, "Layer statistics"), icon=":material/hourglass_empty:")
        return
    if run.status is not Status.RUNNING and run.config.model.norms:
        _ruler(run, epoch)
    if len(kept) > 1 or run.status is Status.RUNNING:
        others = [other for other in pinned if other.run_id != run.run_id and len(frames.layer_epochs(other)) > 1]
        _overview([run, *others[-1:]], epoch)
    block = _choice(words(kept, epoch))
    stats = frames.layer_at(run, nearest(kept, epoch), block)
    over = frames.layer_limits(run, block)
    st.caption(_explain(run.config.model, block))
    _channels(stats, over)
    distribution, scale, offset = st.columns(3, gap="medium")
    with distribution:
        _histograms(stats, over)
    if over["gamma"]:
        with scale:
            _affine(stats, over, "gamma", "γ, the learned scale", "Multiplies each channel")
    if over["beta"]:
        with offset:
            _affine(stats, over, "beta", "β, the learned offset", "Added after γ")
    _running(stats, over)
    modes.show(run, nearest(kept, epoch))


def _ruler(run: Run, epoch: int | None) -> None:
    """What the norm does, in one channel; the networks' last block first, where images differ most."""
    model, block, counted = run.config.model, views.RULER.chosen, views.CHANNEL.chosen
    channel = counted - 1 if counted and counted <= of_run.channels(run)[block] else None
    norm = views.MEASURED.chosen if views.MEASURED.chosen in model.norms else None
    of_run.show(run, epoch, Shown(block, channel, norm), _measure)


def _measure(shown: Shown) -> None:
    """Callback: the block, channel and norm that the reader asks for."""
    counted = None if shown.channel is None else shown.channel + 1
    choose({views.RULER: shown.block, views.CHANNEL: counted, views.MEASURED: shown.norm})


def _overview(runs: Sequence[Run], epoch: int | None) -> None:
    """One number of all blocks over the epochs; of two runs side by side, with the same axes."""
    titles = {name: title for name, (title, _) in _OVERVIEW.items()}
    field = buttons(views.OVERVIEW, "All blocks over the epochs", words=titles.__getitem__)
    overviews = [frames.overview(run) for run in runs]
    spec = layers.overview(field, max(run.config.optim.epochs for run in runs))
    labels = [f": {label}" for label in difference_labels(runs)] if len(runs) > 1 else [""]
    for place, (column, frame, label) in enumerate(
        zip(st.columns(len(runs), gap="medium"), overviews, labels, strict=True)
    ):
        with column:
            figure(
                f"{layers.OVERVIEWS[field]}{label}",
                marked(frame, epoch),
                spec,
                key=f"layers-overview-chart-{place}",
                alt=layers.overview_alt(frame, field),
                text=_span_of_blocks(frame, field, epoch),
            )


def _span_of_blocks(frame: pd.DataFrame, field: str, epoch: int | None) -> str:
    """What the number means, and the blocks with its least and its greatest value."""
    shown = nearest(sorted(frame["epoch"].unique()), epoch)
    last = frame[frame["epoch"] == shown]
    low, high = last.iloc[int(last[field].argmin())], last.iloc[int(last[field].argmax())]
    unit = " %" if field == "zeros" else ""
    least, most = (f"{short(block[field])}{unit}" for block in (low, high))
    if least == most:
        return f"{_OVERVIEW[field][1]} After epoch {shown}: {least} in every block."
    return (
        f"{_OVERVIEW[field][1]} After epoch {shown}: from {least} ({_name(low['block'])}) "
        f"to {most} ({_name(high['block'])})."
    )


def _choice(when: str) -> str:
    """The block to look into."""
    st.divider()
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    right.caption(when)
    with left:
        return str(buttons(views.BLOCK, "Block", words=LAYER_NAMES.__getitem__))


def _explain(model: ModelConfig, block: str) -> str:
    where = "Same training images at every epoch, dropout off."
    norms = describe.block(model, block).norms
    if not norms:
        return f"No norm: only ReLU's output is shown. {where}"
    return " ".join([*(norm.spec.meaning.format(groups=model.groups) for norm in norms), where])


def _channels(stats: LayerStats, over: frames.Limits) -> None:
    frame = frames.channels(stats)
    stages = tuple(stage.stage for stage in stats.stages)
    count = len(stats.stages[0].mean)
    for column, (field, title) in zip(st.columns(3, gap="medium"), layers.STATISTICS.items(), strict=True):
        low, high = (0.0, 100.0) if field == "zeros" else reach(over[field])
        spec = layers.channels(field, stages, count, low, high)
        with column:
            alt = layers.channels_alt(frame, field)
            figure(f"{title}, by channel", frame, spec, key=f"layers-{field}", alt=alt, text=_ranges(frame, field))


def _ranges(frame: pd.DataFrame, field: str) -> str:
    """ "After ReLU from 0.17 to 0.46; after BatchNorm from −0.25 to 0.19." """
    digits, unit = (0, " %") if field == "zeros" else (2, "")
    ranges = [
        f"after {STAGE_NAMES[str(stage)]} {_span(part[field], digits)}{unit}"
        for stage, part in frame.groupby("stage", sort=False)
    ]
    return f"{'; '.join(ranges)}.".replace("after", "After", 1)


def _span(values: "pd.Series[float]", digits: int = 2) -> str:
    return span(values.min(), values.max(), lambda value: number(value, digits))


def _histograms(stats: LayerStats, over: frames.Limits) -> None:
    frame = frames.histograms(stats)
    low, high = reach(over["activation"])
    stages = tuple(stage.stage for stage in stats.stages)
    spec = layers.histograms(stages, low, high, ceiling(over["share"]))
    zeros = 100 * float(stats.stages[0].zeros.mean())
    tall = f"ReLU set {number(zeros, 0)} % of the values to 0: the tall bar." if zeros else "ReLU set no value to 0."
    text = f"{tall} The square-root axis shows small bars."
    alt = layers.histograms_alt(frame)
    figure("Distribution of activations (%)", frame, spec, key="layers-histograms", alt=alt, text=text)


def _affine(stats: LayerStats, over: frames.Limits, field: str, title: str, text: str) -> None:
    frame = frames.affine(stats).dropna(subset=[field])
    norms, count = tuple(frame["norm"].unique()), len(stats.norms[0].gamma)
    low, high = reach([0.0, 1.0, *over[field]] if field == "gamma" else over[field], least=0.1)
    spec = layers.affine(field, norms, count, low, high)
    start = 1 if field == "gamma" else 0
    caption = f"{text}. Dashed: {start}, the initial value. Now {_span(frame[field])}."
    figure(title, frame, spec, key=f"layers-{field}", alt=layers.affine_alt(frame, field), text=caption)


def _running(stats: LayerStats, over: frames.Limits) -> None:
    frame = frames.running(stats)
    if frame.empty:
        return
    st.divider()
    st.markdown("**What BatchNorm remembers**")
    st.caption(_RUNNING)
    mismatch = frames.mismatch(stats)
    texts = {"mean": _DEAD, "std": _DEAD}
    if mismatch:
        texts = {
            "mean": f"Remembered and actual mean: {number(mismatch.shift, 3)} std apart (mean over the channels).",
            "std": f"Remembered / actual spread: {number(mismatch.ratio, 3)} (geometric mean over the channels).",
        }
    count = len(stats.stages[0].mean)
    for column, (field, text) in zip(st.columns(2, gap="medium"), texts.items(), strict=True):
        low, high = reach(over[f"running_{field}"])
        spec = layers.running(field, count, low, high)
        with column:
            alt = layers.running_alt(frame, field)
            title = f"{layers.STATISTICS[field]} in memory and batch, by channel"
            figure(title, frame, spec, key=f"layers-running-{field}", alt=alt, text=text)


_DEAD = "Nothing to compare: every channel of this block is constant."
_RUNNING = (
    "Train mode uses the batch's statistics, eval mode the remembered ones. Where a channel's marks differ, testing "
    "uses other numbers than training."
)


def _name(block: str) -> str:
    return LAYER_NAMES[block]
