"""Layers: the same place of the network in every arm, its distribution and its channels' statistics."""

from collections.abc import Mapping, Sequence

import streamlit as st

from normlab import frames
from normlab.app.compare.legend import colors
from normlab.app.compare.views import BLOCK, SEED, STAGE, TYPICAL
from normlab.app.shell.controls import box, buttons
from normlab.app.shell.figure import figure
from normlab.charts import compare_layers as charts
from normlab.charts import layers as names
from normlab.charts.scales import ceiling, reach
from normlab.charts.theme import LAYER_NAMES
from normlab.frames import OUTPUT, RELU, Group
from normlab.numerals import number
from normlab.record import LayerStats
from normlab.store import representative

_STAGES = {RELU: "After ReLU", OUTPUT: "Block's output"}
_BLOCK = "Block 1 is next to the image, block 6 next to the output."
_STAGE = "Where in the block: before its norm, or at its very end."
_SEED = "One run of each setting is shown. Typical: the seed whose test accuracy stays nearest the median of all seeds."
_PLACES = {RELU: "after ReLU, before the first norm", OUTPUT: "at the block's output, after its last norm"}


def show(shown: Sequence[Group]) -> None:
    """Draw one block's stage of every arm: one run an arm after its last epoch, and all runs over the epochs."""
    left, middle, right = st.columns([3, 2, 1], gap="medium", vertical_alignment="bottom")
    with left:
        block: str = buttons(BLOCK, "Block", words=LAYER_NAMES.__getitem__, help=_BLOCK)
    with middle:
        stage: str = buttons(STAGE, "Stage", tuple(_STAGES), words=_STAGES.__getitem__, help=_STAGE)
    with right:
        seeds = _seeds(shown)
    found = frames.group_layers(shown, seeds, block)
    if missing := [group.label for group in shown if group.label not in found]:
        text = f"No layer statistics kept: {', '.join(missing)}."
        st.info(text, icon=":material/hourglass_empty:")
    if not found:
        return
    st.caption(_read(found, seeds, stage))
    palette = {label: color for label, color in colors(shown).items() if label in found}
    _distribution(found, stage, palette)
    _channels(found, stage, palette)
    _memory(found)
    _epochs(shown, block, stage, palette)


def _seeds(shown: Sequence[Group]) -> dict[str, int]:
    """By label, the seed whose run is shown: the chosen one where the arm has it, else its representative."""
    by_group = {group.label: {run.config.seed for run in group.runs} for group in shown}
    seeds = [TYPICAL, *sorted(set[int]().union(*by_group.values()))]
    chosen = box(SEED, "Seed", seeds, help=_SEED)
    return {
        group.label: chosen if chosen in by_group[group.label] else representative(group.runs).config.seed
        for group in shown
        if group.runs
    }


def _read(found: Mapping[str, LayerStats], seeds: Mapping[str, int], stage: str) -> str:
    where = f"One run per setting, {_PLACES[stage]}; last epoch, probe batch, dropout off."
    others = {label: seed for label, seed in seeds.items() if label in found}
    if len(set(others.values())) > 1:
        where += " Seeds: " + ", ".join(f"{label} {seed}" for label, seed in others.items()) + "."
    bare = [label for label, stats in found.items() if not stats.norms]
    if stage == OUTPUT and bare:
        where += f" No norm, so the output is ReLU's: {', '.join(bare)}."
    return where


def _distribution(found: Mapping[str, LayerStats], stage: str, palette: Mapping[str, str]) -> None:
    frame = frames.group_histograms(found, stage)
    low, high = reach([*frame["low"], *frame["high"]])
    spec = charts.densities(tuple(palette), tuple(palette.values()), low, high, ceiling(frame["density"]))
    zeros = ", ".join(f"{label} {100 * float(stats.stages[0].zeros.mean()):.0f} %" for label, stats in found.items())
    text = f"Set to 0 by ReLU: {zeros}. Areas are comparable; the vertical axis is a square root."
    alt = charts.densities_alt(frame, _PLACES[stage])
    title = "Distribution of activations (% per unit of activation)"
    figure(title, frame, spec, key="compare-densities", alt=alt, text=text)


def _channels(found: Mapping[str, LayerStats], stage: str, palette: Mapping[str, str]) -> None:
    count = max(len(stats.stages[0].mean) for stats in found.values())
    for column, (field, title) in zip(st.columns(3, gap="medium"), names.STATISTICS.items(), strict=True):
        frame = frames.group_channels(found, stage, field)
        low, high = (0.0, 100.0) if field == "zeros" else reach(frame["value"])
        spec = charts.profiles(tuple(palette), tuple(palette.values()), count, low, high)
        means = ", ".join(
            f"{arm} {number(part['value'].mean(), 0 if field == 'zeros' else 2)}"
            for arm, part in frame.groupby("arm", sort=False)
        )
        with column:
            alt = charts.profiles_alt(frame, title)
            figure(
                title, frame, spec, key=f"compare-profile-{field}", alt=alt, text=f"Mean over the channels: {means}."
            )
    st.caption("Channels are sorted by value: they have no counterparts in other networks.")


def _memory(found: Mapping[str, LayerStats]) -> None:
    """How well BatchNorm's memory fits, in the arms that have one."""
    told = [
        f"{label}: means {number(fit.shift, 3)} std apart, remembered / actual spread {number(fit.ratio, 3)}"
        for label, stats in found.items()
        if (fit := frames.mismatch(stats))
    ]
    if told:
        st.caption(f"BatchNorm's memory vs. this batch. {'; '.join(told)}.")


def _epochs(shown: Sequence[Group], block: str, stage: str, palette: Mapping[str, str]) -> None:
    field = "std"
    frame = frames.layer_curves(shown, block, stage, field)
    if frame["epoch"].nunique() < 2:
        st.caption("Only the last epoch's layers were kept: no curve over the epochs.")
        return
    epochs = max(group.arm.config.optim.epochs for group in shown)
    spec = charts.layer_curves(tuple(palette), tuple(palette.values()), epochs, 0.0, ceiling(frame["value"]))
    title = f"{names.STATISTICS[field]} over the epochs, mean over the channels"
    alt = charts.layer_curves_alt(frame, title)
    text = "One line per run; a single dot where only the last epoch was kept."
    figure(title, frame, spec, key="compare-layer-epochs", alt=alt, text=text)
