"""The head of a run: its name, where its numbers come from, and the few that say the most."""

import statistics
from datetime import datetime

import streamlit as st

from normlab import frames
from normlab.app import address, cached
from normlab.app.panels.figure import number
from normlab.config import RunConfig
from normlab.describe import title
from normlab.export.tables import duration
from normlab.store import Run

_TEST = "Share of the test images that the trained network classifies right. Training and schedule never see them."
_STUDY_TEST = (
    "Share of the test images that the trained network classifies right. This schedule looks at the test loss, as the "
    "study's did: the number is a little too good."
)
_TRAIN = (
    "Share of training images classified right after the epoch, in eval mode (dropout off), on a fixed clean "
    "subset of at most 5,000."
)
_GAP = "Train minus test accuracy, both in eval mode: how much of what was learned does not carry over to new images."
_LOSS = "Mean negative log-likelihood of the right class on the test images, in nats. A blind guess has 2.3."
_PENALTY = "L1 and L2 together, mean over the epoch. It is added to the data loss in training, never in a score."


def heading(config: RunConfig) -> None:
    st.title(title(config), anchor=False)


def origin(run: Run) -> str:
    """Where an ended run's numbers come from, in a line."""
    record = run.record
    if record is None:
        return ""
    where = "Ships with normlab" if run.shipped else "Trained here"
    day = f"{datetime.fromisoformat(record.started):%Y-%m-%d}"
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items() if name != "python")
    return f"{where} · {day}, {duration(record.seconds)} on {record.machine} · {versions}"


def metrics(run: Run, epoch: int | None = None) -> None:
    """Five numbers after `epoch`, or after the last one; dashes before the first has ended."""
    end, gap = frames.end_of(run, epoch), frames.gap(run, epoch)
    looks = run.config.optim.schedule == "plateau-test"
    values = (
        ("Test accuracy", end and _percent(end.test.accuracy), _STUDY_TEST if looks else _TEST),
        ("Train accuracy", end and _percent(end.train_eval.accuracy), _TRAIN),
        ("Generalization gap", gap and f"{gap.accuracy:+.2f} pts".replace("-", "−"), _GAP),
        ("Test loss", end and number(end.test.loss, 3), _LOSS),
        ("Penalty", end and number(end.penalty, 3), _PENALTY),
    )
    with st.grid(min_column_width=210 if address.lesson().projector else 140, border=False):
        for label, value, text in values:
            st.metric(label, value or "–", help=text)


def seeds(config: RunConfig) -> str:
    """What other seeds of the same settings came to, in a line."""
    found = cached.seeds(config)
    others = [seed for seed in found if seed != config.seed]
    if not others:
        return f"One run, seed {config.seed}: it proves nothing. Other seeds come out a little differently."
    values = [100 * accuracy for accuracy in found.values()]
    names = ", ".join(map(str, sorted(found)))
    return (
        f"{len(values)} seeds ({names}) of these settings: test accuracy {statistics.mean(values):.2f} ± "
        f"{statistics.stdev(values):.2f} % (mean ± standard deviation)."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
