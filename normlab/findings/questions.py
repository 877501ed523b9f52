"""A question to the results: a weighted sum of arms, what is said of it, and what the seeds answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from normlab.compare import Contrast, Finding, findings, interaction, paired, unpaired
from normlab.config import RunConfig
from normlab.findings.quantities import TEST_ACCURACY, Quantity
from normlab.findings.results import Results, Values

MARGIN = 0.1
"""Points below which a difference in accuracy does not matter: MNIST's noise from seed to seed is of this size."""


class Answer(StrEnum):
    """What the results say to a statement."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_RESOLVED = "not resolved"
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
    network), of two the second against the first, and four are A, A + x, B and B + x: their interaction.
    """

    label: str
    arms: tuple[str, ...]
    expects: Expects
    quantity: Quantity = TEST_ACCURACY

    def contrast(self, part: str, results: Results) -> Contrast:
        """Of the part's seeds."""
        return contrast([results.values(part, arm, self.quantity) for arm in self.arms])


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


def contrast(arms: Sequence[Values]) -> Contrast:
    """Of one arm, two or four, as `Question` says."""
    if len(arms) == 1:
        return paired(list(arms[0].values()))
    if len(arms) == 2:
        return unpaired(list(arms[0].values()), list(arms[1].values()))
    a, a_x, b, b_x = arms
    return interaction(a, a_x, b, b_x)


def ask(questions: Sequence[Question], part: str, results: Results) -> list[Evidence]:
    """Put the questions to one part; those of one quantity are judged together (Holm)."""
    samples = [results.samples(part, question.arms, question.quantity) for question in questions]
    found: dict[int, Finding] = {}
    for quantity in dict.fromkeys(question.quantity for question in questions):
        places = [
            place for place, question in enumerate(questions) if question.quantity is quantity and all(samples[place])
        ]
        margin = MARGIN if quantity.unit == "points" else None
        family = [questions[place].contrast(part, results) for place in places]
        found |= dict(zip(places, findings(family, quantity.unit, margin), strict=True))
    return [
        _evidence(question, samples[place], found.get(place), part, results) for place, question in enumerate(questions)
    ]


def _evidence(
    question: Question, samples: Sequence[Sequence[float]], finding: Finding | None, part: str, results: Results
) -> Evidence:
    configs = tuple(config for arm in question.arms if (config := results.arm_config(part, arm)) is not None)
    answer = Answer.NOT_MEASURED if finding is None else _answer(question.expects, finding)
    seeds = results.seeds(part, question.arms[-1])
    run = results.config(part, question.arms[-1], seeds[0]) if seeds else None
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
