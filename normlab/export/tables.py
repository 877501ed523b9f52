"""A run's numbers as CSV, and its provenance."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd

from normlab import frames, generation
from normlab.describe import parameter_count
from normlab.images import load
from normlab.numerals import duration
from normlab.store import Run


def log_csv(run: Run) -> str:
    """A line an epoch. Losses and penalty in nats, accuracies in percent, seconds of the epoch; empty: not measured."""
    return _csv(frames.epochs(run))


def steps_csv(run: Run) -> str:
    """A line a live point: means over the steps since the last one, in train mode; seconds since the start."""
    return _csv(frames.steps(run))


def layers_csv(run: Run) -> str:
    """A line an epoch, block, stage and channel, of the epochs that were kept: mean, std and zeros (%)."""
    parts = [
        frames.channels(stats).assign(epoch=end.epoch, block=stats.layer)
        for end in run.epochs
        for stats in end.layers
        if stats.stages
    ]
    columns = ["epoch", "block", "stage", "channel", "mean", "std", "zeros"]
    whole = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    return _csv(whole[columns])


def predictions_csv(run: Run) -> str:
    """A line a test image after the last epoch: its place, true and predicted class, confidence (%).

    Raises:
        DataProblem: if the data set is not here.
    """
    dataset = run.config.data.dataset
    found = frames.predictions(run.snapshot(run.snapshot_epochs()[-1]), load(dataset).test.labels)
    return _csv(found.replace({name: dict(enumerate(dataset.spec.labels)) for name in ("true", "predicted")}))


def _csv(frame: pd.DataFrame) -> str:
    return str(frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def provenance(run: Run) -> list[tuple[str, str]]:
    """What made the numbers: run id, status, seed, machine, threads, versions, time; only what is known."""
    rows = [
        ("Run", f"{run.run_id}, {run.status}" + (", ships with normlab" if run.shipped else "")),
        ("Seed", str(run.config.seed)),
        ("Parameters", f"{parameter_count(run.config.model):,}"),
    ]
    origin = run.record or run.started
    if origin is not None:
        threads = f"{origin.threads} thread{'' if origin.threads == 1 else 's'}"
        rows += [("Machine", f"{origin.machine}, {threads}"), ("Versions", _versions(origin.versions))]
        rows.append(("Generation", generation.text(origin)))
    if run.record is not None:
        started = datetime.fromisoformat(run.record.started)
        rows += [("Started", f"{started:%Y-%m-%d %H:%M} UTC"), ("Duration", duration(run.record.seconds))]
    if run.ended is not None and run.ended.reason:
        rows.append(("Why it ended", run.ended.reason))
    return rows


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
