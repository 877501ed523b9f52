"""A race: two networks learn from the same images, and what may be said of it at the end.

BatchNorm runs against a rival with the same step size (lap one), or each with its own best one (lap two), chosen on the
validation split. What is raced ships: the arms of `study.plan.grids.RACES`, each drawn as the run that stands for it. A
`course` is all of that as plain data, sent to a browser once: from then on every choice of rival, step and lap, and
every epoch, is there.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

import numpy as np
from PIL import Image

from normlab.choices import Norm
from normlab.compare import LEARNED, arm_text, comparison, ranks
from normlab.identity import base, run_id
from normlab.images import Bytes, Images, Indices, sample
from normlab.norms import SPECS
from normlab.record import Status
from normlab.store import Run, Store
from normlab.study.plan.grids import RACES

NONE, HOME = "none", str(Norm.BN)
"""The network without a norm, and the norm that runs in every race."""
NORMS = tuple(dict.fromkeys(str(next(iter(arm.norms), NONE)) for part in RACES.values() for arm in part.arms()))
"""Whatever is raced."""
COLUMNS = 10
"""One a class."""
ASKS_AFTER = 2
"""The epoch after which a race stops for a bet: nobody is told before they have guessed."""

_SEEDS = range(10)
_CHANCE = 10.0
_GAP = 5.0
"""Points that one sees from the back row."""
_LEVEL = 0.01
"""Strict, since a reader chooses among many races: five seeds against five reach it only where none overlaps."""


@dataclass(frozen=True, slots=True)
class Lane:
    """An arm of a race: the `run` that stands for it, and what all of its seeds came to.

    `finals` are test accuracies in percent after the last epoch, by seed; `validation` is their mean on the validation
    split. A run that diverged counts as one that guesses.
    """

    norm: str
    step: float
    run: Run
    finals: Mapping[int, float]
    validation: float

    @property
    def name(self) -> str:
        """ "no norm", "BatchNorm": within a sentence."""
        return "no norm" if self.norm == NONE else SPECS[self.norm].name

    @property
    def has_stopped(self) -> bool:
        """Whether its loss was not a number any more."""
        return self.run.status is Status.DIVERGED

    @property
    def final(self) -> float:
        """Of the run that stands for it."""
        return self.finals[self.run.config.seed]

    @property
    def has_learned(self) -> bool:
        return self.final > LEARNED

    @property
    def learned(self) -> int:
        """How many of its seeds have."""
        return sum(final > LEARNED for final in self.finals.values())

    @property
    def key(self) -> str:
        return f"{self.norm} {self.step:g}"


@dataclass(frozen=True, slots=True)
class Race:
    """Two lanes; in lap two each has its own best step."""

    left: Lane
    right: Lane
    lap: int = 1

    @property
    def winner(self) -> str:
        """ "left", "right", or "same" where the seeds do not tell them apart, or neither has learned."""
        left, right = self.left, self.right
        if left.has_learned != right.has_learned:
            return "left" if left.has_learned else "right"
        if not left.has_learned or self.is_level:
            return "same"
        return "left" if self.shift < 0 else "right"

    @property
    def is_level(self) -> bool:
        """Whether an exact rank test of all seeds finds no difference."""
        return ranks.two_sided([self._seeds]) >= _LEVEL

    @property
    def shift(self) -> float:
        """By how many points the right one is ahead, over all seeds (Hodges and Lehmann)."""
        return ranks.middle([self._seeds])

    @property
    def overlaps(self) -> bool:
        """Whether a seed of the one that is behind is ahead of a seed of the other."""
        left, right = self._seeds.reference or (), self._seeds.other
        return max(min(left), min(right)) <= min(max(left), max(right))

    @property
    def _seeds(self) -> ranks.Stratum:
        return ranks.Stratum(tuple(self.right.finals.values()), tuple(self.left.finals.values()))


def lanes(store: Store) -> list[Lane]:
    """The arms that can be raced: those whose representative is there, with an answer for every epoch."""
    found = []
    for step, part in RACES.items():
        for arm in part.arms():
            config = part.config(arm, part.fixed_strengths()[arm.name], 0)
            run = store.read(run_id(store.representative(config)))
            if run is None or run.record is None or not all(end.answers for end in run.epochs):
                continue
            records = {}
            for seed in sorted({*_SEEDS, run.config.seed}):
                summary = store.ended(run_id(replace(config, seed=seed)))
                if summary is not None and summary.record is not None:
                    records[seed] = summary.record
            stopped = {seed for seed, record in records.items() if record.status is Status.DIVERGED}
            finals = {seed: _percent(record.test_accuracy, seed in stopped) for seed, record in records.items()}
            validated = [_percent(record.validation_accuracy, seed in stopped) for seed, record in records.items()]
            found.append(Lane(str(next(iter(arm.norms), NONE)), step, run, finals, mean(validated)))
    return found


def _percent(accuracy: float | None, has_stopped: bool) -> float:
    return _CHANCE if has_stopped or accuracy is None else 100 * accuracy


def best(found: Sequence[Lane], norm: str) -> Lane | None:
    """The norm's lane with the highest accuracy on the validation split; of equals the one with the smaller step."""
    return max(
        (lane for lane in found if lane.norm == norm), key=lambda lane: (lane.validation, -lane.step), default=None
    )


def races(found: Sequence[Lane]) -> list[Race]:
    """BatchNorm against each rival: at every step that both have, then each at its best."""
    by_key = {(lane.norm, lane.step): lane for lane in found}
    first = [
        Race(lane, home) for lane in found if lane.norm != HOME and (home := by_key.get((HOME, lane.step))) is not None
    ]
    rivals = dict.fromkeys(race.left.norm for race in first)
    home = best(found, HOME)
    second = [Race(lane, home, 2) for norm in rivals if home and (lane := best(found, norm)) is not None]
    return [*first, *second]


def course(found: Sequence[Lane], test: Images) -> dict[str, Any]:
    """All races that the lanes allow, as JSON data; `races` is empty where there are none.

    `image` is a PNG as a data URL, with the ink of the sample's images as its alpha, `columns` of them a row; `labels`
    and each lane's `answers`, one text an epoch from 0, have a digit for each of them ("": not kept).
    """
    index, raced = sample(test.labels), races(found)
    return {
        "image": _sheet(test.images[index]),
        "columns": COLUMNS,
        "labels": _digits(test.labels[index]),
        "asks": ASKS_AFTER,
        "epochs": max((lane.run.config.optim.epochs for lane in found), default=0),
        "lanes": {lane.key: _track(lane, test, index) for race in raced for lane in (race.left, race.right)},
        "races": [_told(race, found) for race in raced],
        "rivals": [
            {"key": norm, "name": "None" if norm == NONE else SPECS[norm].word, "help": _help(norm)}
            for norm in dict.fromkeys(race.left.norm for race in raced)
        ],
        "steps": [f"{step:g}" for step in sorted({race.left.step for race in raced if race.lap == 1})],
    }


def _help(norm: str) -> str:
    return "The same network without a norm." if norm == NONE else SPECS[norm].name


def _track(lane: Lane, test: Images, index: Indices) -> dict[str, Any]:
    """A lane's numbers by epoch, from 0. What is not known is None: before training where no snapshot was kept, and
    after the run has stopped."""
    run = lane.run
    start = run.snapshot(0).predicted if 0 in run.snapshot_epochs() else None
    whole = [end for end in run.epochs if len(end.answers) == len(index)]
    batch = [100 * end.modes.batch.accuracy if end.modes else None for end in whole]
    return {
        "name": "No norm" if lane.norm == NONE else lane.name,
        "norm": lane.norm,
        "step": f"{lane.step:g}",
        "seed": run.config.seed,
        "values": [
            None if start is None else round(100 * float((start == test.labels).mean()), 3),
            *(round(100 * end.test.accuracy, 3) for end in whole),
        ],
        "answers": ["" if start is None else _digits(start[index]), *(end.answers for end in whole)],
        "batch": [None, *(round(one, 3) if one is not None else None for one in batch)] if _lags(lane) else None,
        "stopped": lane.has_stopped,
        "finals": [round(final, 3) for seed, final in lane.finals.items() if seed != run.config.seed],
    }


def _lags(lane: Lane) -> bool:
    """Whether the statistics of a batch would have given clearly more right answers after some epoch."""
    return any(
        end.modes is not None and 100 * (end.modes.batch.accuracy - end.test.accuracy) > _GAP for end in lane.run.epochs
    )


def _told(race: Race, found: Sequence[Lane]) -> dict[str, Any]:
    left, right = race.left, race.right
    bets = {"left": "Without" if left.norm == NONE else left.name, "right": right.name, "same": "No difference"}
    verdicts = {bet: f"You bet “{words}”." for bet, words in bets.items()} | {race.winner: "Your bet was right."}
    return {
        "rival": left.norm,
        "step": f"{left.step:g}",
        "lap": race.lap,
        "left": left.key,
        "right": right.key,
        "title": title(race),
        "bets": bets,
        "verdicts": verdicts,
        "closing": closing(race, found),
        "seeds": seeds(race),
        "compare": comparison([arm_text(base(lane.run.config)) for lane in (left, right)]),
    }


def title(race: Race) -> str:
    """The question above it."""
    if race.lap == 1:
        return f"Same images, same step size: {race.left.step:g}. Which one learns?"
    left, right = race.left.step, race.right.step
    steps = f"{left:g} for both" if left == right else f"{left:g} and {right:g}"
    return f"Each at its own best step size: {steps}. Who wins now?"


def closing(race: Race, found: Sequence[Lane]) -> str:
    """What came out, in one or two short sentences; `found` are all lanes, among them those of smaller steps."""
    left, right = race.left, race.right
    if left.has_learned and right.has_learned:
        return _both_learned(race, found)
    if not left.has_learned and not right.has_learned:
        reason = " Their steps were too large." if all(_tamed(lane, found) for lane in (left, right)) else ""
        return f"Neither learned: {_figure(left)}, {_figure(right)}.{reason}"
    winner, loser = (left, right) if left.has_learned else (right, left)
    reason = ": its steps were too large" if _tamed(loser, found) else ""
    return f"{_capital(_figure(winner))}. {_capital(_figure(loser))}{reason}."


def _both_learned(race: Race, found: Sequence[Lane]) -> str:
    left, right = race.left, race.right
    figures = f"{_capital(left.name)} {left.final:.1f} %, {right.name} {right.final:.1f} %."
    if race.lap == 2 and left.norm == NONE and _tolerated(right, found) > _tolerated(left, found):
        gain = "not accuracy" if race.is_level else "and accuracy" if race.shift > _GAP else "and a little accuracy"
        return f"{figures} The norm bought larger steps, {gain}."
    if race.is_level:
        return f"{figures} Seeds differ by more than that."
    return f"{figures} {'Most seeds agree' if race.overlaps else 'Every seed agrees'}."


def _figure(lane: Lane) -> str:
    return f"{lane.name} diverged" if lane.has_stopped else f"{lane.name} {lane.final:.0f} %"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _tamed(lane: Lane, found: Sequence[Lane]) -> bool:
    """Whether the same network learned with smaller steps."""
    return any(other.norm == lane.norm and other.step < lane.step and other.has_learned for other in found)


def _tolerated(lane: Lane, found: Sequence[Lane]) -> int:
    """With how many steps most seeds of this network learned."""
    return sum(other.norm == lane.norm and 2 * other.learned > len(other.finals) for other in found)


def seeds(race: Race) -> str:
    """How many of how many: one run proves nothing."""
    counts = ", ".join(f"{lane.name} {lane.learned} of {len(lane.finals)}" for lane in (race.left, race.right))
    return f"Seeds that learned: {counts}."


def _digits(classes: Bytes) -> str:
    return "".join(map(str, classes))


def _sheet(images: Bytes) -> str:
    """The images (N, 28, 28) as one PNG, whose alpha is their ink."""
    count, height, width = images.shape
    rows = images.reshape(count // COLUMNS, COLUMNS, height, width).transpose(0, 2, 1, 3)
    ink = rows.reshape(-1, COLUMNS * width)
    buffer = io.BytesIO()
    Image.fromarray(np.stack([np.full_like(ink, 255), ink], axis=-1), "LA").save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
