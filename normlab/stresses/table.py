"""What a pilot saw with five seeds, measured again: the stresses, BatchNorm's memory of a short training, and what
starts, rates, freedom and lengths of the weights do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from normlab.choices import BlockNumber, Norm
from normlab.config import RunConfig
from normlab.movement import movement
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Run
from normlab.stresses.outcome import apply
from normlab.stresses.settings import Stress
from normlab.stresses.settings import changed as stressed

SEEDS = range(5)

_STUCK = 0.14
"""An accuracy that is hardly more than a guess among ten classes."""

_BN, _LN, _GN, _NONE = (Norm.BN,), (Norm.LN,), (Norm.GN,), ()
_SHORT: Mapping[str, Any] = {"epochs": 5, "bn_momentum": 0.01}


class Measure(StrEnum):
    """What is asked about a run. Percentages: right answers under the stress, or answers that differ from those under
    another one; 100 if it learned nothing, if it diverged, else 0; by how many points its curve of BatchNorm's batch
    mode leaves another run's at most. Else: degrees a step, mean over the later half of the epochs; length of the
    weights at the end.
    """

    RIGHT = "right"
    STUCK = "stuck"
    DIVERGED = "diverged"
    APART = "apart"
    TURN = "turn"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Question:
    """A line of the pilot's table: what was asked of the default recipe on digits, and what it found.

    `pilot` holds a number a seed, or only their mean. `against` are the settings of the run that APART compares with;
    means that are less than `near` apart agree.
    """

    effect: int
    title: str
    norms: tuple[Norm, ...]
    stress: Mapping[str, Any]
    pilot: tuple[float, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    changes_from: Mapping[str, Any] | None = None
    measure: Measure = Measure.RIGHT
    against: Mapping[str, Any] = field(default_factory=dict)
    near: float = 2.0

    def configs(self) -> list[RunConfig]:
        return [changed(RunConfig(), {"norms": self.norms, **self.settings, "seed": seed}) for seed in SEEDS]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was measured, one number a seed."""

    question: Question
    found: tuple[float, ...]

    @property
    def agrees(self) -> bool:
        """Whether the means are no further apart than those of twice five seeds usually are: twice the standard error
        of their difference, or `near`."""
        apart = abs(fmean(self.found) - fmean(self.question.pilot))
        return apart <= max(self.question.near, 2 * stdev(self.found) * sqrt(2 / len(self.found)))


_HALF, _FOG = {"weight_scale": 0.5}, {"contrast": 0.3}
_BATCH = {"statistics": "batch", "test_batch": 256}
_CONSTANT: Mapping[str, Any] = {"schedule": "constant", "lr": 0.01, "epochs": 6, "dropout": 0.0, "bn_modes": True}
_SAME = {"init_scale": 10.0, "conv_lr_scale": 100.0}
_FEW: Mapping[str, Any] = {"lr": 1.0, "dropout": 0.0}
_STEADY: Mapping[str, Any] = {"schedule": "constant", "dropout": 0.0}
_HELD = 0.69
"""What the weights' length, 5.5 at the start, comes to with that L2: 3.8."""
_ONE_CLASS = {"statistics": "batch", "composition": "one-class"}

QUESTIONS: tuple[Question, ...] = (
    Question(1, "BN, as trained", _BN, {}, (97.3, 98.6, 98.5, 98.5, 97.8)),
    Question(1, "BN, weights × 0.5", _BN, _HALF, (9.6,)),
    Question(1, "BN, weights × 0.5, batch", _BN, {**_HALF, "statistics": "batch", "test_batch": 256}, (98.7,)),
    Question(1, "BN, weights × 0.5, re-estimated", _BN, {**_HALF, "statistics": "reestimated"}, (98.5,)),
    Question(1, "BN, weights × 0.5, repaired: changed", _BN, {**_HALF, "repaired": True}, (0.0,), changes_from={}),
    Question(1, "LN, weights × 0.5: changed", _LN, _HALF, (0.0,), changes_from={}),
    Question(1, "GN, weights × 0.5: changed", _GN, _HALF, (0.0,), changes_from={}),
    Question(1, "no norm, as trained", _NONE, {}, (97.0,)),
    Question(1, "no norm, weights × 0.5", _NONE, _HALF, (17.0,)),
    Question(
        1, "no norm, weights × 0.5, repaired: changed", _NONE, {**_HALF, "repaired": True}, (0.0,), changes_from={}
    ),
    Question(2, "BN, batches of one class", _BN, _ONE_CLASS, (14.8, 14.6, 17.1, 17.1, 14.6)),
    Question(2, "BN, mixed batches", _BN, {"statistics": "batch"}, (97.8, 97.5, 98.4, 97.8, 98.0)),
    Question(2, "BN, one class or mixed: changed", _BN, _ONE_CLASS, (83.0,), changes_from={"statistics": "batch"}),
    Question(6, "BN, contrast 0.3", _BN, _FOG, (52.0, 27.0, 12.0, 40.0, 64.0)),
    Question(6, "BN, contrast 0.3, batch", _BN, {**_FOG, "statistics": "batch", "test_batch": 256}, (98.7,)),
    Question(6, "LN, contrast 0.3", _LN, _FOG, (98.1,)),
    Question(6, "LN, contrast 0.3: changed", _LN, _FOG, (0.0,), changes_from={}),
    Question(6, "GN, contrast 0.3", _GN, _FOG, (98.3,)),
    Question(6, "GN, contrast 0.3: changed", _GN, _FOG, (0.0,), changes_from={}),
    Question(6, "no norm, contrast 0.3", _NONE, _FOG, (91.4,)),
    *(
        Question(6, f"{name}, raw × 0.3", norms, {"raw_contrast": 0.3}, (pilot,))
        for name, norms, pilot in (("no norm", _NONE, 42.0), ("BN", _BN, 33.0), ("LN", _LN, 60.0), ("GN", _GN, 73.0))
    ),
    *(
        Question(6, f"{name}, raw + 0.5", norms, {"raw_brightness": 0.5}, (pilot,))
        for name, norms, pilot in (("no norm", _NONE, 46.0), ("BN", _BN, 42.0), ("LN", _LN, 85.0), ("GN", _GN, 95.0))
    ),
    Question(8, "BN, 5 epochs, momentum 0.01", _BN, {}, (61.0, 63.0, 35.0, 64.0, 45.0), _SHORT),
    Question(8, "the same, re-estimated", _BN, {"statistics": "reestimated"}, (96.1,), _SHORT),
    Question(8, "BN, 5 epochs, momentum 0.1", _BN, {}, (95.3,), {"epochs": 5}),
    *(
        Question(4, f"{name}, start × {scale:g}", norms, {}, (pilot,), {"init_scale": scale})
        for name, norms, scale, pilot in (
            ("no norm", _NONE, 0.1, 10.1),
            ("BN", _BN, 0.1, 98.5),
            ("LN", _LN, 0.1, 97.3),
            ("BN", _BN, 10.0, 91.9),
            ("LN", _LN, 10.0, 93.3),
        )
    ),
    Question(
        *(4, "no norm, start × 10: diverged", _NONE, {}, (100.0,), {"init_scale": 10.0}), measure=Measure.DIVERGED
    ),
    Question(
        *(4, "no norm, the study's start: at most 14 %", _NONE, {}, (80.0,), {"study_exact": True}),
        measure=Measure.STUCK,
    ),
    Question(5, "BN, constant rate, batch", _BN, _BATCH, (97.2,), _CONSTANT),
    Question(5, "start × 10, batch", _BN, _BATCH, (58.0,), {**_CONSTANT, "init_scale": 10.0}),
    Question(5, "start × 10, rate × 100, batch", _BN, _BATCH, (97.1,), {**_CONSTANT, **_SAME}),
    Question(
        *(5, "its curve from the first: points apart", _BN, {}, (1.0,), {**_CONSTANT, **_SAME}),
        measure=Measure.APART,
        against={"init_scale": 1.0, "conv_lr_scale": 1.0},
    ),
    Question(7, "IN in every block", (Norm.IN,), {}, (10.1,)),
    Question(7, "IN in all but the last", (Norm.IN,), {}, (97.0,), {"norm_blocks": tuple(BlockNumber)[:-1]}),
    Question(10, "only γ and β learn", _BN, {}, (84.0, 89.0, 82.0, 76.0, 79.0), {**_FEW, "trainable": "norm"}),
    Question(10, "as many random weights", _BN, {}, (48.0, 64.0, 67.0, 47.0, 41.0), {**_FEW, "trainable": "random"}),
    Question(10, "only the head", _BN, {}, (63.0, 68.0, 63.0, 70.0, 68.0), {**_FEW, "trainable": "head"}),
    *(
        Question(14, f"{title}: {what}", _BN, {}, (pilot,), {**_STEADY, **settings}, measure=measure, near=near)
        for title, settings, pilots in (
            ("no L2", {}, (0.29, 8.7)),
            ("L2 0.03", {"l2": 0.03, "l2_scope": "weights"}, (1.72, 3.8)),
            ("no L2, held at that length", {"weight_norms": _HELD}, (1.95, 3.8)),
        )
        for what, measure, near, pilot in (
            ("degrees a step", Measure.TURN, 0.1, pilots[0]),
            ("length", Measure.LENGTH, 0.2, pilots[1]),
        )
    ),
)


def configs() -> list[RunConfig]:
    """Every run that is asked about, once."""
    return list(dict.fromkeys(config for question in QUESTIONS for config in question.configs()))


def answers(read: Callable[[RunConfig], Run]) -> Sequence[Answer]:
    """Measure all of it. Raises as `apply`."""
    return [Answer(one, tuple(_measured(one, config, read) for config in one.configs())) for one in QUESTIONS]


def _measured(question: Question, config: RunConfig, read: Callable[[RunConfig], Run]) -> float:
    run = read(config)
    match question.measure:
        case Measure.RIGHT:
            return _answered(question, run)
        case Measure.STUCK:
            return 100.0 * (not run.epochs or run.epochs[-1].test.accuracy <= _STUCK)
        case Measure.DIVERGED:
            return 100.0 * (run.status is Status.DIVERGED)
        case Measure.APART:
            first, second = _batch_mode(run), _batch_mode(read(changed(config, question.against)))
            return max(abs(one - other) for one, other in zip(first, second, strict=True))
        case Measure.TURN:
            later = run.epochs[len(run.epochs) // 2 :]
            return fmean(movement(run.config.model, end.ledger).turn for end in later)
        case Measure.LENGTH:
            return movement(run.config.model, run.epochs[-1].ledger).length


def _batch_mode(run: Run) -> list[float]:
    return [100 * end.modes.batch.accuracy for end in run.epochs if end.modes]


def _answered(question: Question, run: Run) -> float:
    """Percent of the test images."""
    outcome = apply(run, stressed(Stress(), question.stress))
    if question.changes_from is None:
        return 100 * outcome.score.accuracy
    return 100 * outcome.changed_from(apply(run, stressed(Stress(), question.changes_from))) / len(outcome.images)
