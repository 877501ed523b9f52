"""A question to the results: a weighted sum of arms, what is said of it, and what the seeds answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from normlab.compare import Contrast, Finding, Share, counted, interaction, paired, stratified, unpaired
from normlab.config import RunConfig
from normlab.study.results.measured import Results, Values
from normlab.study.results.quantities import TEST_ACCURACY, Quantity

MARGINS: Mapping[str, float] = {
    "study": 0.1,
    "digits": 0.5,
    "mnist-2k": 0.2,
    "mnist": 0.1,
    "fashion": 0.3,
    "lesson": 0.5,
}
"""Points below which a difference in test accuracy does not matter, part by part: what the choice of the test images
alone leaves uncertain (one standard error: 800 images at 98 %, 10,000 at 90 to 99 %), rounded up to a tenth."""


class Answer(StrEnum):
    """What the results say to a statement."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_RESOLVED = "open"
    NOT_MEASURED = "not measured"


class Expects(StrEnum):
    """What a statement says of a contrast."""

    LOWER = "below zero"
    HIGHER = "above zero"
    NOT_HIGHER = "not above zero"
    EQUAL = "no difference that matters"


_HOLDS = {
    Expects.LOWER: {-1},
    Expects.HIGHER: {1},
    Expects.NOT_HIGHER: {-1, 0},
    Expects.EQUAL: {0},
}
"""By what is said, the signs that agree with it; 0 is "equivalent"."""


@dataclass(frozen=True, slots=True)
class Question:
    """A contrast of arms, in words `label`, and what the statement expects of it.

    `arms` are names of the grids: "bn/l1" is BatchNorm with L1. One arm is held against zero (a number of each
    network), of two the second against the first, of three the last against the others thrown together, and four are
    A, A + x, B and B + x: their interaction. Instead of `arms` there may be several such lists, `strata`: what a change
    does on the whole, compared within each of them. `margin` replaces that of the part, in points.
    """

    label: str
    arms: tuple[str, ...]
    expects: Expects
    quantity: Quantity = TEST_ACCURACY
    strata: tuple[tuple[str, ...], ...] = ()
    margin: float | None = None

    @property
    def lists(self) -> tuple[tuple[str, ...], ...]:
        return self.strata or (self.arms,)

    @property
    def every_arm(self) -> tuple[str, ...]:
        return tuple(arm for arms in self.lists for arm in arms)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A question with its answer: `values` are each arm's numbers, a number a seed.

    `configs` are what the arms' seeds share; `run` is one finished run of the last arm, to look at.
    """

    question: Question
    values: tuple[tuple[float, ...], ...]
    configs: tuple[RunConfig, ...]
    run: RunConfig | None
    finding: Finding | None
    answer: Answer

    @property
    def seeds(self) -> int:
        """Of the smallest arm."""
        return min(map(len, self.values), default=0)

    @property
    def means(self) -> tuple[float, ...]:
        return tuple(sum(values) / len(values) for values in self.values)


def contrast(arms: Sequence[Values], failures: Sequence[Share] = ()) -> Contrast:
    """Of one arm, two, three or four, as `Question` says; `failures` are those of each arm, where they are known."""
    if len(arms) == 1:
        return paired(list(arms[0].values()))
    if len(arms) < 4:
        reference = [value for arm in arms[:-1] for value in arm.values()]
        failed = (counted(failures[:-1]), failures[-1]) if failures else None
        return unpaired(reference, list(arms[-1].values()), failed)
    a, a_x, b, b_x = arms
    return interaction(a, a_x, b, b_x)


def contrast_of(lists: Sequence[Sequence[str]], quantity: Quantity, part: str, results: Results) -> Contrast:
    """Of the part's seeds, from `Question.lists`; of test accuracy with the seeds that failed."""

    def failures(arms: Sequence[str]) -> list[Share]:
        return [results.failures(part, arm) for arm in arms] if quantity is TEST_ACCURACY else []

    found = [contrast([results.values(part, arm, quantity) for arm in arms], failures(arms)) for arms in lists]
    return stratified(found) if len(found) > 1 else found[0]


def evidence(question: Question, finding: Finding | None, part: str, results: Results) -> Evidence:
    """The question with what was found of it in the part, None if an arm has no run."""
    samples = results.samples(part, question.every_arm, question.quantity)
    arms = () if question.strata else question.arms
    configs = tuple(config for arm in arms if (config := results.arm_config(part, arm)) is not None)
    answer = Answer.NOT_MEASURED if finding is None else _answer(question.expects, finding)
    run = results.representative(part, arms[-1]) if arms else None
    return Evidence(question, tuple(map(tuple, samples)), configs, run, finding, answer)


def _answer(expects: Expects, finding: Finding) -> Answer:
    if not (finding.is_decided or finding.is_equivalent) or finding.value is None:
        return Answer.NOT_RESOLVED
    sign = 0 if finding.is_equivalent else 1 if finding.value > 0 else -1
    return Answer.CONFIRMED if sign in _HOLDS[expects] else Answer.CONTRADICTED


def together(answers: Sequence[Answer]) -> Answer:
    """Of a statement that says all of it: one contradiction is enough, and nothing may be missing."""
    for one in (Answer.CONTRADICTED, Answer.NOT_MEASURED, Answer.NOT_RESOLVED):
        if one in answers:
            return one
    return Answer.CONFIRMED if answers else Answer.NOT_MEASURED
