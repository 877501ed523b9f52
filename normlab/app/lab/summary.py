"""The head of a run: its name, where its numbers come from, and the few that say the most."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal

import streamlit as st

from normlab import compare, frames
from normlab.app.lab import rows
from normlab.app.lab.pins import Beside, follows_other_data
from normlab.app.shell import address, appearance, cached
from normlab.app.shell.words import plain
from normlab.compare import sentences
from normlab.config import RunConfig
from normlab.generation import GENERATION, is_older
from normlab.labels import difference_labels, seeds_named
from normlab.numerals import duration, number, signed, span
from normlab.record import EpochEnd, Status
from normlab.store import Run

KEY, _BELOW = "numbers", "numbers-below"
"""Of the numbers, and of the line below them."""

_TEST = "Test images classified correctly. Neither the training nor the schedule sees them."
_STUDY_TEST = (
    "Test images classified correctly. This schedule uses the test loss, as the study's did: slightly optimistic."
)
_TRAIN = "Training images classified correctly (eval mode, dropout off), on a fixed clean subset of at most 5,000."
_GAP = "Train minus test accuracy (eval mode): what was learned but does not carry over to new images."
_LOSS = "Mean negative log-likelihood of the true class on the test images, in nats. Blind guessing: 2.3."
_PENALTY = "L1 plus L2, mean over the epoch. Added to the data loss in training, never to a score."

_OLDER = " Made by an older generation of the training code ({}; now {}): retraining may change the numbers slightly."


def origin(run: Run) -> str:
    """Where an ended run's numbers come from, in a few words."""
    record = run.record
    if record is None:
        return ""
    where = "Ships with normlab" if run.shipped else "Trained here"
    day = f"{datetime.fromisoformat(record.started):%Y-%m-%d}"
    generation = f" · generation {record.generation}" if is_older(record) else ""
    return f"{where} · {day} · trained in {duration(record.seconds)}{generation}"


def made(run: Run) -> str | None:
    """With what an ended run was trained."""
    if run.record is None:
        return None
    versions = ", ".join(f"{name} {version}" for name, version in run.record.versions.items() if name != "python")
    older = _OLDER.format(run.record.generation, GENERATION) if is_older(run.record) else ""
    return f"Trained on {plain(run.record.machine)} with {plain(versions)}.{older}"


def metrics(run: Run, epoch: int | None = None, beside: Beside | None = None) -> None:
    """Five numbers after `epoch`, or after the last one; dashes before the first has ended.

    With `beside`, each with its difference to that run after the same epoch.
    """
    end, other = _ends(run, epoch, beside)
    looks = run.config.optim.schedule == "plateau-test"
    texts = (_STUDY_TEST if looks else _TEST, _TRAIN, _GAP, _LOSS, _PENALTY)
    wide, high = (300, 136) if address.is_large() else (140, 84 if appearance.is_phone() else 98)
    with st.grid(min_column_width=wide, row_height=high, key=KEY):
        for shown, text in zip(_NUMBERS, texts, strict=True):
            change = shown.difference(shown.value(end) - shown.value(other)) if end and other else "–"
            st.metric(
                shown.label,
                shown.format(shown.value(end)) if end else "–",
                help=text,
                delta=change if beside else None,
                delta_color="off",
                delta_arrow=_ARROWS.get(change[0], "off"),
            )


def compared(run: Run, epoch: int | None = None, beside: Beside | None = None) -> None:
    """With what the numbers are compared, in a line that is always there: what comes after it would be drawn anew if it
    moved on."""
    end, other = _ends(run, epoch, beside)
    with rows.row(_BELOW):
        if beside is None:
            alone = _OTHER if follows_other_data(run) else _ALONE
            st.caption(_LIVE if run.status is Status.RUNNING else alone)
        else:
            name = f"{'the pinned run' if beside.is_pinned else 'the previous run'} (**{_name(run, beside.run)}**)"
            against = _BESIDE.format(name=name) if other or not end else _SHORTER.format(name=name)
            st.caption(f"{against}{_on_average(run.config, beside.run.config)}")


def _ends(run: Run, epoch: int | None, beside: Beside | None) -> tuple[EpochEnd | None, EpochEnd | None]:
    """The epoch that is shown, and the same one of the run beside."""
    end = frames.end_of(run, epoch)
    return end, frames.end_of(beside.run, end.epoch) if beside and end else None


def _name(run: Run, other: Run) -> str:
    """The other run, named by what differs."""
    return difference_labels([run, other])[1]


def _on_average(one: RunConfig, other: RunConfig) -> str:
    """What the change did to final test accuracy over the seeds that both have; "" where these are fewer than two.

    Of those alone: one seed that learns nothing, and has no counterpart, would turn the sign.
    """
    here, there = (cached.seeds(config) for config in (one, other))
    both = sorted(here.keys() & there.keys())
    if replace(one, seed=other.seed) == other or len(both) < 2:
        return ""
    before, after = (tuple(100 * accuracies[seed] for seed in both) for accuracies in (there, here))
    return f" Over {len(both)} shared seeds: test accuracy {_change(before, after)}."


@lru_cache(maxsize=512)
def _change(before: tuple[float, ...], after: tuple[float, ...]) -> str:
    (change,) = compare.findings([compare.unpaired(before, after)], "points")
    return f"{sentences.size(change)}, {sentences.verdict(change)}"


_ARROWS: Mapping[str, Literal["up", "down"]] = {"+": "up", "−": "down"}
"""By a difference's sign; what rounds to zero has none."""
_ALONE = "Change a setting to see its effect here."
_OTHER = "Not compared: the previous run learned from other images."
_LIVE = "After the latest epoch."
_BESIDE = "Below each: change from {name}, same epoch, one seed each; small changes may be chance."
_SHORTER = "Nothing to compare: no such epoch in {name}."


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of an epoch, and how it is written. One seed each: so no difference is colored good or bad."""

    label: str
    value: Callable[[EpochEnd], float]
    format: Callable[[float], str]
    unit: str

    def difference(self, value: float) -> str:
        return f"{signed(value)}{self.unit}" if self.unit else signed(value, 3)


_NUMBERS = (
    _Number("Test accuracy", lambda end: 100 * end.test.accuracy, lambda v: f"{v:.2f} %", " pts"),
    _Number("Train accuracy", lambda end: 100 * end.train_eval.accuracy, lambda v: f"{v:.2f} %", " pts"),
    _Number(
        "Generalization gap",
        lambda end: 100 * (end.train_eval.accuracy - end.test.accuracy),
        lambda v: f"{signed(v)} pts",
        " pts",
    ),
    _Number("Test loss (nats)", lambda end: end.test.loss, lambda v: number(v, 3), ""),
    _Number("Penalty (nats)", lambda end: end.penalty, lambda v: number(v, 3), ""),
)


def seeds(config: RunConfig) -> str:
    """What other seeds of the same settings came to, in a line."""
    accuracies = cached.seeds(config)
    others = [seed for seed in accuracies if seed != config.seed]
    if not others:
        return f"A single run, seed {config.seed}. Other seeds will differ."
    values = [100 * accuracy for accuracy in accuracies.values()]
    own = 100 * accuracies[config.seed] if config.seed in accuracies else None
    place = ", this one the lowest" if own == min(values) else ", this one the highest" if own == max(values) else ""
    return (
        f"{seeds_named(sorted(accuracies))}: mean test accuracy {statistics.mean(values):.2f} %, "
        f"{span(min(values), max(values))} %{place}."
    )
