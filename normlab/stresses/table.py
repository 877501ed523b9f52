"""What a pilot saw with five seeds, measured again: the stresses, and BatchNorm's memory of a short training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.settings import changed
from normlab.stresses.outcome import apply
from normlab.stresses.settings import Stress
from normlab.stresses.settings import changed as stressed
from normlab.stresses.trial import Network

SEEDS = range(5)

_NEAR = 2.0
_BN, _LN, _GN, _NONE = (Norm.BN,), (Norm.LN,), (Norm.GN,), ()
_SHORT: Mapping[str, Any] = {"epochs": 5, "bn_momentum": 0.01}


@dataclass(frozen=True, slots=True)
class Question:
    """A line of the pilot's table: what was asked of the default recipe on digits, and the percentages it found.

    `pilot` holds a number a seed, or only their mean. What is counted are right answers, or with `changes_from` answers
    that differ from those under another stress.
    """

    effect: int
    title: str
    norms: tuple[Norm, ...]
    stress: Mapping[str, Any]
    pilot: tuple[float, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    changes_from: Mapping[str, Any] | None = None

    def configs(self) -> list[RunConfig]:
        return [changed(RunConfig(), {"norms": self.norms, **self.settings, "seed": seed}) for seed in SEEDS]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was measured, in percent, one a seed."""

    question: Question
    found: tuple[float, ...]

    @property
    def agrees(self) -> bool:
        """Whether the means are no further apart than those of twice five seeds usually are: twice the standard error
        of their difference, or two points."""
        apart = abs(fmean(self.found) - fmean(self.question.pilot))
        return apart <= max(_NEAR, 2 * stdev(self.found) * sqrt(2 / len(self.found)))


_HALF, _FOG = {"weight_scale": 0.5}, {"contrast": 0.3}
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
)


def configs() -> list[RunConfig]:
    """Every run that is asked about, once."""
    return list(dict.fromkeys(config for question in QUESTIONS for config in question.configs()))


def answers(read: Callable[[RunConfig], Network]) -> Sequence[Answer]:
    """Measure all of it. Raises as `apply`."""
    return [Answer(one, tuple(_measured(one, read(config)) for config in one.configs())) for one in QUESTIONS]


def _measured(question: Question, run: Network) -> float:
    outcome = apply(run, stressed(Stress(), question.stress))
    if question.changes_from is None:
        return 100 * outcome.score.accuracy
    return 100 * outcome.changed_from(apply(run, stressed(Stress(), question.changes_from))) / len(outcome.images)
