"""Ledger: what training does to the weights, step by step: how far it turns them, what pulls, which stand still."""

from collections.abc import Sequence
from math import ceil, floor, log

import pandas as pd
import streamlit as st

from normlab import describe, frames
from normlab.app.shell import address, cached, tables
from normlab.app.shell.figure import figure, waiting
from normlab.app.shell.moment import marked, nearest, words
from normlab.charts import ledger
from normlab.charts.scales import around, ceiling
from normlab.charts.theme import run_colors
from normlab.choices import L1Step, Trainable
from normlab.config import RunConfig
from normlab.datasets import CLASSES
from normlab.identity import run_id
from normlab.labels import difference_labels, settings_text
from normlab.numerals import number
from normlab.settings import changed, flat
from normlab.store import Run

_FREE = "A norm divides this length out: it changes no answer, only how far a step turns the weights."
_BOUND = "Not every convolution has a norm behind it that divides by its length: here length changes answers too."
_TEXT = {
    "turn": "Angle between the weights before and after a step: mean over the epoch's steps, all convolutions but the "
    "head.",
    "length": "Root of the summed squared weights of the same convolutions.",
    "step": "Length of a step by the length of the weights. Dashed: −3, a thousandth, a common rule of thumb.",
    "by layer": "The same angle, layer by layer.",
    "pulls": "How strongly data loss and penalty pull on all parameters together.",
    "depth": "How much of the data loss's gradient reaches each convolution.",
    "dead": "Channels that are 0 everywhere, in all 128 images of the probe: nothing moves their weights.",
    "sharing": "Images × channels × places that share one mean and spread: the fewer, the noisier.",
}


def show(run: Run, pinned: Sequence[Run] = (), *, epoch: int | None = None) -> None:
    """Draw how far steps turn the weights, beside another run; the rest folded."""
    kept = frames.ledger_epochs(run)
    if not kept:
        st.info(waiting(run, "The ledger's numbers"), icon=":material/hourglass_empty:")
        return
    runs = [run, *_beside(run, pinned)]
    labels = _labels(runs)
    sentence = _sentence(runs, labels, epoch)
    if address.is_large():
        st.subheader(sentence, anchor=False)
    else:
        st.markdown(f"**{sentence}**")
    st.caption(_FREE if describe.is_scale_free(run.config.model) else _BOUND)
    _movement(runs, labels, epoch)
    with st.expander("Every layer, step by step", icon=":material/stacked_line_chart:"):
        _layers(run, epoch)
    with st.expander("The start, dead channels, and what a statistic covers", icon=":material/flag:"):
        _around(run, epoch)
    with st.expander("Every parameter", icon=":material/table:"):
        _parameters(run, epoch)


def _beside(run: Run, pinned: Sequence[Run]) -> list[Run]:
    """The run pinned last; without one the same settings without a penalty, where that run is here."""
    others = [other for other in pinned if other.run_id != run.run_id and frames.ledger_epochs(other)]
    if others or not (run.config.penalty.l1 or run.config.penalty.l2):
        return others[-1:]
    plain = cached.run(_without_penalty(run.config))
    return [plain] if plain is not None and frames.ledger_epochs(plain) else []


def _without_penalty(config: RunConfig) -> RunConfig:
    return changed(config, {"l1": 0.0, "l2": 0.0})


def _labels(runs: Sequence[Run]) -> tuple[str, ...]:
    """What tells the runs apart; of a penalty alone not what it would cover where it is off."""
    config = runs[0].config
    if len(runs) > 1 and run_id(runs[1].config) == run_id(_without_penalty(config)):
        names = [name for name in ("l1", "l2") if flat(config)[name]]
        return tuple(settings_text(run.config, names) for run in runs)
    return tuple(difference_labels(runs))


def _sentence(runs: Sequence[Run], labels: Sequence[str], epoch: int | None) -> str:
    """ "A step turns the weights 1.4 times as far: 0.31° (L2 0.01), 0.22° (no L2)." """
    moved = [_moved(run, epoch) for run in runs]
    turn, length, _ = moved[0]
    if len(moved) == 1:
        if not turn:
            return "The convolutions stand still."
        return f"A step turns the weights by {number(turn)}°. Their length is {number(length, 1)}."
    other = moved[1]
    turns = ", ".join(f"{number(one[0])}° ({label})" for one, label in zip(moved, labels, strict=True))
    far = f" {number(turn / other[0], 1)} times as far" if other[0] else ""
    lengths, scores = (
        " and ".join(number(value, 1) for value in values) for values in list(zip(*moved, strict=True))[1:]
    )
    return f"A step turns the weights{far}: {turns}. Length: {lengths}. Test accuracy: {scores} %."


def _moved(run: Run, epoch: int | None) -> tuple[float, float, float]:
    """Up to the epoch: the mean angle of a step; after it: the length, and the test accuracy in percent."""
    frame, shown = frames.movement([run], [""]), nearest(frames.ledger_epochs(run), epoch)
    until = frame[frame["epoch"] <= shown]
    score = next(end.test for end in run.epochs if end.epoch == shown)
    return float(until["turn"].mean()), float(until["length"].iloc[-1]), 100 * score.accuracy


def _movement(runs: Sequence[Run], labels: tuple[str, ...], epoch: int | None) -> None:
    epochs = max(run.config.optim.epochs for run in runs)
    frame, colors = frames.movement(runs, labels), run_colors([run.config for run in runs])
    for column, (field, title) in zip(st.columns(2, gap="medium"), ledger.MOVEMENTS.items(), strict=True):
        spec = ledger.movement(field, labels, colors, epochs, ceiling(frame[field]))
        with column:
            alt = ledger.movement_alt(frame, field)
            figure(title, marked(frame, epoch), spec, key=f"ledger-{field}", alt=alt, text=_TEXT[field])


def _layers(run: Run, epoch: int | None) -> None:
    frame, epochs = frames.accounts(run), run.config.optim.epochs
    steps = _whole([*frame["step"].dropna(), float(ledger.USUAL)])
    drawn = (("step", *steps, _TEXT["step"]), ("turn", 0.0, ceiling(frame["turn"]), _TEXT["by layer"]))
    for column, (field, low, high, text) in zip(st.columns(2, gap="medium"), drawn, strict=True):
        spec, alt = ledger.by_layer(field, epochs, low, high), ledger.by_layer_alt(frame, field)
        with column:
            title = ledger.BY_LAYER[field][0]
            figure(title, marked(frame, epoch), spec, key=f"ledger-layers-{field}", alt=alt, text=text)
    left, right = st.columns(2, gap="medium")
    with left:
        _pulls(run, epoch)
    with right:
        kept = frames.ledger_epochs(run)
        here = frame[frame["epoch"] == nearest(kept, epoch)]
        spec, alt = ledger.depth(*around(frame["power"].dropna())), ledger.depth_alt(here)
        text = f"{_TEXT['depth']} {words(kept, epoch)}"
        figure("Gradient by depth", here, spec, key="ledger-depth", alt=alt, text=text)


def _pulls(run: Run, epoch: int | None) -> None:
    frame, penalty = frames.pulls(run), run.config.penalty
    spec = ledger.pulls(run.config.optim.epochs, *around(frame["power"].dropna()))
    text = _TEXT["pulls"]
    if not (penalty.l1 or penalty.l2):
        text += " This run has no penalty."
    elif penalty.l1 and penalty.l1_step is L1Step.PROXIMAL:
        text += " L1 takes a proximal step, which has no gradient."
    title, alt = "Gradients of data loss and penalty", ledger.pulls_alt(frame)
    figure(title, marked(frame, epoch), spec, key="ledger-pulls", alt=alt, text=text)


def _around(run: Run, epoch: int | None) -> None:
    st.markdown(_start(run))
    dead, sharing = frames.dead_channels(run), frames.shared_values(run)
    left, right = st.columns(2, gap="medium")
    with left:
        spec = ledger.by_layer("dead", run.config.optim.epochs, 0.0, ceiling(dead["dead"], least=2))
        alt = ledger.by_layer_alt(dead, "dead")
        title = ledger.BY_LAYER["dead"][0]
        figure(title, marked(dead, epoch), spec, key="ledger-dead", alt=alt, text=_TEXT["dead"])
    if len(sharing):
        with right:
            norms = tuple(sharing["norm"].unique())
            spec, alt = ledger.sharing(norms, *_whole(sharing["power"])), ledger.sharing_alt(sharing)
            title = "Values that share a statistic, in training"
            figure(title, sharing, spec, key="ledger-sharing", alt=alt, text=_TEXT["sharing"])


def _start(run: Run) -> str:
    """The first batch's loss beside that of a guess."""
    guess = f"A blind guess among {CLASSES} classes costs ln {CLASSES} = {number(log(CLASSES))} nats."
    first = next((point for point in run.steps if point.step == 1), None)
    return guess if first is None else f"The first batch's loss, before any step: {number(first.data_loss)}. {guess}"


def _parameters(run: Run, epoch: int | None) -> None:
    kept = frames.ledger_epochs(run)
    frame = frames.parameters(run, nearest(kept, epoch))
    st.caption(f"{words(kept, epoch)} {_covers(run, frame)}")
    tables.show(
        "ledger",
        frame,
        alt=f"Ledger of {len(frame)} parameters.",
        columns={
            name: st.column_config.TextColumn(label, help=help)
            if format is None
            else st.column_config.NumberColumn(label, format=format, help=help)
            for name, (label, format, help) in _COLUMNS.items()
        },
    )


_COLUMNS: dict[str, tuple[str, str | None, str]] = {
    "parameter": ("Parameter", None, "Its name in the state dict"),
    "numbers": ("Numbers", "localized", "How many it holds"),
    "length": ("‖w‖", "%.3f", "Root of its summed squares, at the epoch's end"),
    "turn": ("Turn (°)", "%.4f", "Degrees that a step turns it: mean over the epoch"),
    "step": ("log₁₀ ‖Δw‖/‖w‖", "%.2f", "A step's length by its own: mean over the epoch"),
    "data": ("Data gradient", "%.4f", "Length of the data loss's gradient: mean over the epoch"),
    "penalty": ("Penalty gradient", "%.4f", "Length of the penalty's gradient: mean over the epoch"),
    "covered": ("Penalty", None, "Which penalties touch it"),
    "zeros": ("Zeros (%)", "%.1f", "Numbers that are exactly 0, at the epoch's end"),
}


def _covers(run: Run, frame: pd.DataFrame) -> str:
    """What learns, what a penalty touches, and how many numbers are 0."""
    config, total = run.config, int(frame["numbers"].sum())
    learning = describe.learning_count(config.model, config.optim.trainable)
    zeros = round(float((frame["zeros"] * frame["numbers"]).sum() / 100))
    sentences = [f"{learning:,} of {total:,} numbers learn."] if config.optim.trainable is not Trainable.ALL else []
    for name in ("L1", "L2"):
        touched = int(frame["covered"].str.contains(name).sum())
        sentences += [f"{name} touches {touched} of {len(frame)} parameters."] if touched else []
    return " ".join([*sentences, f"{zeros:,} of {total:,} numbers are exactly 0."])


def _whole(values: "Sequence[float] | pd.Series[float]") -> tuple[float, float]:
    """Whole numbers that hold all of them."""
    return float(floor(min(values))), float(ceil(max(values)))
