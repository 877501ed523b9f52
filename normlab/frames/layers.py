"""What happens inside the blocks: activations around each norm, what a norm remembers, γ and β."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from normlab.mismatch import Mismatch
from normlab.mismatch import mismatch as between
from normlab.record import Floats, LayerStats, NormState, StageStats
from normlab.store import Run


def layer_epochs(run: Run) -> list[int]:
    """Epochs whose layer statistics were kept."""
    return [end.epoch for end in run.epochs if end.layers]


def layer_at(run: Run, epoch: int, layer: str) -> LayerStats:
    """The statistics of one layer after one epoch.

    Raises:
        LookupError: if that epoch kept none, or has no such layer.
    """
    for end in run.epochs:
        for stats in end.layers if end.epoch == epoch else ():
            if stats.layer == layer:
                return stats
    raise LookupError(f"Epoch {epoch} has no statistics of {layer}.")


Limits = Mapping[str, Sequence[float]]
"""Least and greatest value of each quantity over all kept epochs: axes that hold them stay while the epochs go by."""


def layer_limits(run: Run, layer: str) -> Limits:
    """Of one layer: mean, std, zeros, activation, share (%), gamma, beta, running_mean, running_std (with the batch's).

    Quantities that the layer does not have are empty.
    """
    kept = [stats for end in run.epochs for stats in end.layers if stats.layer == layer]
    stages, norms = [stage for stats in kept for stage in stats.stages], [n for stats in kept for n in stats.norms]
    found = {name: _extremes(getattr(stage, name) for stage in stages) for name in ("mean", "std", "zeros")}
    found["activation"] = _extremes(np.array([s.histogram.low, s.histogram.high]) for s in stages)
    found["share"] = _extremes(100 * stage.histogram.shares for stage in stages)
    found["gamma"] = _extremes(norm.gamma for norm in norms)
    found["beta"] = _extremes(norm.beta for norm in norms if norm.beta is not None)
    remembered = [pair for stats in kept if (pair := _batch_norm(stats))]
    for name in ("mean", "std"):
        parts = ((getattr(norm, f"running_{name}"), getattr(before, name)) for norm, before in remembered)
        found[f"running_{name}"] = _extremes(part for pair in parts for part in pair)
    return found


def _extremes(arrays: Iterable[Floats]) -> list[float]:
    known = [array for array in arrays if array.size]
    return [min(float(a.min()) for a in known), max(float(a.max()) for a in known)] if known else []


def overview(run: Run) -> pd.DataFrame:
    """Columns epoch, block, input_std, output_std (means over channels), zeros (% of the ReLU's values that are 0).

    `input` is what the block's first norm sees, `output` what its last norm puts out (the same without a norm).
    """
    rows = [
        (
            end.epoch,
            stats.layer,
            float(stats.stages[0].std.mean()),
            float(stats.stages[-1].std.mean()),
            100 * float(stats.stages[0].zeros.mean()),
        )
        for end in run.epochs
        for stats in end.layers
        if stats.stages
    ]
    return pd.DataFrame(rows, columns=["epoch", "block", "input_std", "output_std", "zeros"])


def channels(stats: LayerStats) -> pd.DataFrame:
    """Columns channel (from 1), stage, mean, std, zeros (%): a row a channel and stage."""
    parts = [
        pd.DataFrame(
            {
                "channel": _numbers(stage.mean),
                "stage": stage.stage,
                "mean": stage.mean.astype(np.float64),
                "std": stage.std.astype(np.float64),
                "zeros": 100 * stage.zeros.astype(np.float64),
            }
        )
        for stage in stats.stages
    ]
    return pd.concat(parts, ignore_index=True)


def histograms(stats: LayerStats) -> pd.DataFrame:
    """Columns stage, low, high (edges of the bin), share (% of the stage's values)."""
    return pd.concat([_histogram(stage) for stage in stats.stages], ignore_index=True)


def _histogram(stage: StageStats) -> pd.DataFrame:
    histogram = stage.histogram
    edges = np.linspace(histogram.low, histogram.high, len(histogram.shares) + 1)
    shares = 100 * histogram.shares.astype(np.float64)
    return pd.DataFrame({"stage": stage.stage, "low": edges[:-1], "high": edges[1:], "share": shares})


def affine(stats: LayerStats) -> pd.DataFrame:
    """Columns channel (from 1), norm, gamma, beta (NaN where a norm has none)."""
    parts = [
        pd.DataFrame(
            {
                "channel": _numbers(norm.gamma),
                "norm": norm.norm,
                "gamma": norm.gamma.astype(np.float64),
                "beta": np.nan if norm.beta is None else norm.beta.astype(np.float64),
            }
        )
        for norm in stats.norms
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["channel", "norm", "gamma", "beta"])


def running(stats: LayerStats) -> pd.DataFrame:
    """BatchNorm's memory beside the probe batch; empty for a layer without BatchNorm.

    Columns channel (from 1), source ("remembered" or "this batch"), mean, std.
    """
    found = _batch_norm(stats)
    if found is None:
        return pd.DataFrame(columns=["channel", "source", "mean", "std"])
    norm, before = found
    sources = {"remembered": (norm.running_mean, norm.running_std), "this batch": (before.mean, before.std)}
    parts = [
        pd.DataFrame({"channel": _numbers(before.mean), "source": source, "mean": mean, "std": std})
        for source, (mean, std) in sources.items()
    ]
    return pd.concat(parts, ignore_index=True)


def mismatch(stats: LayerStats) -> Mismatch | None:
    """BatchNorm's memory against the probe batch; None for a layer without BatchNorm, or if no channel varies."""
    found = _batch_norm(stats)
    if found is None:
        return None
    norm, before = found
    assert norm.running_mean is not None
    assert norm.running_std is not None
    varies = before.std > _NOISE * np.maximum(1.0, np.abs(before.mean))
    return between(norm.running_mean, norm.running_std, before.mean, np.where(varies, before.std, np.float32(0)))


_NOISE = 1e-6
"""Of a channel's mean, or of 1: below it a deviation is the rounding of float32, and the channel is constant."""


def mismatches(run: Run, epoch: int) -> pd.DataFrame:
    """Columns block, shift, ratio: each block's `Mismatch` after an epoch, if any channel of it varies."""
    found = {stats.layer: mismatch(stats) for end in run.epochs if end.epoch == epoch for stats in end.layers}
    rows = [(block, lie.shift, lie.ratio) for block, lie in found.items() if lie]
    return pd.DataFrame(rows, columns=["block", "shift", "ratio"])


def _batch_norm(stats: LayerStats) -> tuple[NormState, StageStats] | None:
    """The block's BatchNorm with its memory, and the stage before it."""
    for norm, before in zip(stats.norms, stats.stages, strict=False):
        if norm.running_mean is not None:
            return norm, before
    return None


def _numbers(values: "np.typing.NDArray[np.float32]") -> "np.typing.NDArray[np.int64]":
    return np.arange(1, len(values) + 1)
