"""Several arms as data frames: their seeds, bands over the epochs, differences, and one layer of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from normlab.compare import GUESS, Arm, Finding, Share, failed, median_interval, sentences, threshold
from normlab.frames.curves import METRICS, Metric
from normlab.frames.layers import channels, histograms, layer_at, layer_epochs
from normlab.labels import config_labels
from normlab.record import LayerStats
from normlab.store import Run
from normlab.titles import arm_title


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """An arm among those that are shown together: its label says what sets it apart. `runs` have finished."""

    label: str
    arm: Arm
    runs: tuple[Run, ...]


def groups(arms: Sequence[Arm], read: Callable[[Arm], Sequence[Run]]) -> list[Group]:
    """The arms with their runs and labels."""
    labels = arm_labels(arms)
    return [Group(label, arm, tuple(read(arm))) for arm, label in zip(arms, labels, strict=True)]


def arm_labels(arms: Sequence[Arm]) -> list[str]:
    """What tells the arms apart; a run that was picked on its own is followed by its seed."""
    distinct = list(dict.fromkeys(arm.config for arm in arms))
    if len(distinct) == 1 < len(arms):
        return ["all seeds" if arm.seed is None else f"seed {arm.seed}" for arm in arms]
    names = [arm_title(distinct[0])] if len(distinct) == 1 else config_labels(distinct)
    named = dict(zip(distinct, names, strict=True))
    return [named[arm.config] + ("" if arm.seed is None else f" · seed {arm.seed}") for arm in arms]


_FINAL = ("Test accuracy", "Test loss", "Training accuracy, eval mode", "Accuracy gap")
FINALS: tuple[Metric, ...] = tuple(metric for name in _FINAL for metric in METRICS if metric.label == name)
"""The numbers of a finished run that arms are compared by."""
ACCURACY = FINALS[0]
"""The one that says whether a seed failed."""


def difference_unit(metric: Metric) -> str:
    """Accuracies in percent differ by points."""
    return "points" if metric.unit == "%" else metric.unit


def final_values(group: Group, metric: Metric) -> dict[int, float]:
    """The metric after the last epoch, by seed.

    A seed that diverged has the accuracy of a guess: to leave it out would flatter the setting. It has no other number.
    """
    found = {run.config.seed: metric.value(run.epochs[-1]) for run in group.runs if run.epochs}
    values = {seed: value for seed, value in found.items() if value is not None}
    return {**dict.fromkeys(group.arm.diverged, GUESS), **values} if metric == ACCURACY else values


def failures(shown: Sequence[Group]) -> dict[str, Share]:
    """Of each group, by label: how many seeds of how many failed, by one threshold for all."""
    values = {group.label: list(final_values(group, ACCURACY).values()) for group in shown}
    below = failure_threshold(shown)
    return {label: failed(own, below) for label, own in values.items()}


def failure_threshold(shown: Sequence[Group]) -> float:
    """The test accuracy in percent below which a seed failed, among these."""
    return threshold(value for group in shown for value in final_values(group, ACCURACY).values())


def finals(shown: Sequence[Group], metric: Metric) -> pd.DataFrame:
    """Columns arm, seed, value, outcome: the metric after the last epoch, the `final_values` of each.

    `outcome` is "finished", "failed", or "diverged", whose accuracy is not measured but that of a guess.
    """
    outcomes = _outcomes(shown)
    rows = [
        (group.label, seed, value, outcomes[group.label][seed])
        for group in shown
        for seed, value in sorted(final_values(group, metric).items())
    ]
    frame = pd.DataFrame(rows, columns=["arm", "seed", "value", "outcome"])
    return frame.astype({"seed": "int64", "value": "float64"})


def _outcomes(shown: Sequence[Group]) -> dict[str, dict[int, str]]:
    below = failure_threshold(shown)
    found = {}
    for group in shown:
        accuracies = final_values(group, ACCURACY)
        failing = {seed: "failed" for seed, value in accuracies.items() if value < below}
        ended = dict.fromkeys((run.config.seed for run in group.runs), "finished")
        found[group.label] = {**ended, **failing, **dict.fromkeys(group.arm.diverged, "diverged")}
    return found


def differences(names: Sequence[str], found: Sequence[Finding]) -> pd.DataFrame:
    """A row a contrast: failed seeds of both, its value, the interval and its level, p, Holm's p, the verdict, and how
    many seeds there are.

    `failed` and `reference_failed` are "1 of 10", "" where the number does not say who failed. `needed` is how many
    seeds a setting would show a true difference of the size seen. What cannot be given is NaN.
    """
    rows = [_difference(name, finding) for name, finding in zip(names, found, strict=True)]
    return pd.DataFrame(rows, columns=list(_DIFFERENCE)).astype(_DIFFERENCE)


_NUMBERS = ("difference", "low", "high", "level", "p", "holm", "seeds", "needed")
_DIFFERENCE: Mapping[str, str] = {
    "contrast": "object",
    "failed": "object",
    "reference_failed": "object",
    **dict.fromkeys(_NUMBERS, "float64"),
    "verdict": "object",
    "mark": "object",
}


def _difference(name: str, finding: Finding) -> tuple[object, ...]:
    nothing, estimate, needed = float("nan"), finding.estimate, finding.seeds_needed
    value = nothing if finding.value is None else finding.value
    reference, other = finding.contrast.failures
    named = (name, other.text if other.of else "", reference.text if reference.of else "")
    if estimate is None:
        return (*named, value, *[nothing] * (len(_NUMBERS) - 1), str(finding.verdict), sentences.MARKS[finding.verdict])
    numbers = (
        *(estimate.low, estimate.high, estimate.level, estimate.p_value),
        nothing if finding.family is None else finding.family.holm,
        estimate.seeds,
        nothing if needed is None else needed,
    )
    return (*named, value, *numbers, str(finding.verdict), sentences.MARKS[finding.verdict])


def design_means(four: Sequence[Group], metric: Metric) -> pd.DataFrame:
    """Columns arm, seed, side ("A" or "B"), x ("without" or "with"), value, for groups in the order A, A+x, B, B+x."""
    places = (("A", "without"), ("A", "with"), ("B", "without"), ("B", "with"))
    parts = [finals([group], metric).assign(side=side, x=x) for group, (side, x) in zip(four, places, strict=True)]
    return pd.concat(parts, ignore_index=True)


class Band(StrEnum):
    """What the band around an arm's curve is."""

    SPREAD = "spread"
    INTERVAL = "interval"
    SEEDS = "seeds"


BANDS: Mapping[Band, str] = {
    Band.SPREAD: "Middle half",
    Band.INTERVAL: "95 % interval",
    Band.SEEDS: "Every seed",
}


def bands(shown: Sequence[Group], metric: Metric, band: Band) -> pd.DataFrame:
    """Columns arm, run (arm and seed), epoch, value, low, high.

    A row an arm and epoch with the median over its seeds and the band's limits (equal to the median for one seed); for
    `Band.SEEDS` a row a run and epoch instead, whose limits are its value. Limits are seeds' values or lie between
    them, so those of an accuracy stay within 0 and 100 %.
    """
    rows = [row for group in shown for row in _band(group, metric, band)]
    frame = pd.DataFrame(rows, columns=["arm", "run", "epoch", "value", "low", "high"])
    return frame.astype({"epoch": "int64", **dict.fromkeys(("value", "low", "high"), "float64")})


def _band(group: Group, metric: Metric, band: Band) -> list[tuple[object, ...]]:
    curves = {
        run.config.seed: {end.epoch: value for end in run.epochs if (value := metric.value(end)) is not None}
        for run in group.runs
    }
    if band is Band.SEEDS:
        return [
            (group.label, f"{group.label}, seed {seed}", epoch, value, value, value)
            for seed, curve in curves.items()
            for epoch, value in curve.items()
        ]
    common = set.intersection(*(set(curve) for curve in curves.values())) if curves else set()
    rows: list[tuple[object, ...]] = []
    for epoch in sorted(common):
        values = [curve[epoch] for curve in curves.values()]
        rows.append((group.label, group.label, epoch, float(np.median(values)), *_limits(values, band)))
    return rows


def _limits(values: Sequence[float], band: Band) -> tuple[float, float]:
    if band is Band.INTERVAL and (found := median_interval(values)) is not None:
        return found[:2]
    low, high = np.quantile(values, [0.25, 0.75])
    return float(low), float(high)


def restlessness(group: Group, metric: Metric) -> float | None:
    """How much a run's curve moves: its standard deviation over the later half of the epochs, mean over the runs.

    Epochs are no replicates: this describes runs, it says nothing of the uncertainty of their mean. None if there are
    no two such epochs.
    """
    spreads = []
    for run in group.runs:
        later = run.epochs[len(run.epochs) // 2 :]
        values = [value for end in later if (value := metric.value(end)) is not None]
        if len(values) > 1:
            spreads.append(float(np.std(values, ddof=1)))
    return float(np.mean(spreads)) if spreads else None


RELU, OUTPUT = "relu", "output"


def stage_of(stats: LayerStats, stage: str) -> str:
    """The stage that "relu" or "output" means in this network: the last norm's, or ReLU's where there is no norm."""
    return stats.stages[0].stage if stage == RELU else stats.stages[-1].stage


def group_layers(shown: Sequence[Group], seed: Mapping[str, int], layer: str) -> dict[str, LayerStats]:
    """By label, the layer after the last epoch that was kept, of each arm's run with the seed named for it.

    Arms whose run keeps no layer statistics are left out.
    """
    found = {}
    for group in shown:
        for run in group.runs:
            if run.config.seed == seed.get(group.label) and (kept := layer_epochs(run)):
                found[group.label] = layer_at(run, kept[-1], layer)
    return found


def group_histograms(layers: Mapping[str, LayerStats], stage: str) -> pd.DataFrame:
    """Columns arm, low, high (edges of the bin), density (% of the values per unit of activation).

    Runs have bins of their own width, so shares of bins would not compare; areas do.
    """
    parts = [_density(label, stats, stage) for label, stats in layers.items()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["arm", "low", "high", "density"])


def _density(label: str, stats: LayerStats, stage: str) -> pd.DataFrame:
    frame = histograms(stats)
    frame = frame[frame["stage"] == stage_of(stats, stage)]
    density = frame["share"] / (frame["high"] - frame["low"])
    return pd.DataFrame({"arm": label, "low": frame["low"], "high": frame["high"], "density": density})


def group_channels(layers: Mapping[str, LayerStats], stage: str, field: str) -> pd.DataFrame:
    """Columns arm, rank (from 1), value: a statistic of every channel in ascending order.

    A channel of one network has no counterpart in another, so only the ordered values compare.
    """
    parts = []
    for label, stats in layers.items():
        frame = channels(stats)
        values = np.sort(frame.loc[frame["stage"] == stage_of(stats, stage), field].to_numpy(np.float64))
        parts.append(pd.DataFrame({"arm": label, "rank": np.arange(1, len(values) + 1), "value": values}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["arm", "rank", "value"])


def layer_curves(shown: Sequence[Group], layer: str, stage: str, field: str) -> pd.DataFrame:
    """Columns arm, seed, epoch, value: a statistic of a layer's stage, mean over channels, at every kept epoch."""
    rows = []
    for group in shown:
        for run in group.runs:
            for epoch in layer_epochs(run):
                stats = layer_at(run, epoch, layer)
                frame = channels(stats)
                value = frame.loc[frame["stage"] == stage_of(stats, stage), field].mean()
                rows.append((group.label, run.config.seed, epoch, float(value)))
    frame = pd.DataFrame(rows, columns=["arm", "seed", "epoch", "value"])
    return frame.astype({"seed": "int64", "epoch": "int64", "value": "float64"})
