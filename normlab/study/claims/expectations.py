"""An expectation that was written down before the result, and what came out."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from normlab.compare import ALPHA, Estimate, estimate, ranks
from normlab.numerals import short
from normlab.study.claims.questions import contrast
from normlab.study.results.measured import Results, Values
from normlab.study.results.quantities import TEST_ACCURACY, Quantity

Samples = Sequence[Sequence[float]]
"""A number a seed, for each arm."""

FACTOR = 1.5
"""A prediction that names one number, without a range, is met where the odds (of accuracies) or the numbers themselves
differ by no more than this factor."""


class Outcome(StrEnum):
    """How a prediction fared."""

    MET = "as expected"
    MISSED = "not as expected"
    FALLS = "the claim falls"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included; `text` is how people read it."""

    low: float
    high: float
    text: str

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def between(low: float, high: float, unit: str) -> Range:
    return Range(low, high, f"{short(low, 6)} to {short(high, 6)}{_unit(unit)}")


def below(high: float, unit: str) -> Range:
    return Range(-math.inf, high, f"below {short(high, 6)}{_unit(unit)}")


def at_most(high: float, unit: str) -> Range:
    return Range(-math.inf, high, f"at most {short(high, 6)}{_unit(unit)}")


def above(low: float, unit: str) -> Range:
    return Range(low, math.inf, f"above {short(low, 6)}{_unit(unit)}")


def accuracy(percent: float) -> Range:
    """One accuracy was named: its odds, right to wrong, may be wrong by `FACTOR`."""
    odds = percent / (100 - percent)
    low, high = (100 * share / (1 + share) for share in (odds / FACTOR, odds * FACTOR))
    return Range(low, high, f"about {short(percent, 6)} %")


def about(value: float, unit: str) -> Range:
    """One positive number was named."""
    return Range(value / FACTOR, value * FACTOR, f"about {short(value, 6)}{_unit(unit)}")


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A prediction as a number that can be measured.

    `quote` are its words in docs/predictions.md. `samples` finds each arm's values; their contrast is the number, as
    `Question` forms it: of one arm the value itself. `resolved` is whether it was expected to be told from zero (None:
    nothing was said). `falls` is where the claim behind it falls.
    """

    group: str
    subject: str
    quote: str
    measures: str
    unit: str
    samples: Callable[[Results], Samples]
    expected: Range
    falls: Range | None = None
    resolved: bool | None = None

    @property
    def text(self) -> str:
        """ "−8 to −5 points, resolved"."""
        words = {None: "", True: ", resolved", False: ", not resolved"}
        return self.expected.text + words[self.resolved]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What came out: the number, its uncertainty if two seeds or more give one, seeds of the smallest arm."""

    expectation: Expectation
    outcome: Outcome
    value: float | None
    estimate: Estimate | None
    seeds: int


def compare(expectation: Expectation, results: Results) -> Result:
    """Hold an expectation against what has been measured."""
    samples = expectation.samples(results)
    seeds = min(map(len, samples), default=0)
    if not seeds:
        return Result(expectation, Outcome.NOT_MEASURED, None, None, 0)
    asked = contrast([dict(enumerate(sample)) for sample in samples])
    found, value = estimate(asked), ranks.middle(asked.strata)
    return Result(expectation, _outcome(expectation, value, found), value, found, seeds)


def _outcome(expectation: Expectation, value: float, estimate: Estimate | None) -> Outcome:
    if expectation.falls is not None and expectation.falls.holds(value):
        return Outcome.FALLS
    if expectation.resolved is not None and estimate is None:
        return Outcome.NOT_MEASURED
    is_resolved = estimate is not None and estimate.p_value < ALPHA
    as_said = expectation.resolved is None or is_resolved == expectation.resolved
    return Outcome.MET if expectation.expected.holds(value) and as_said else Outcome.MISSED


@dataclass(frozen=True, slots=True)
class Tally:
    """How the predictions on one subject fared; `outcome` is the worst that is known of them."""

    subject: str
    met: int
    measured: int
    planned: int
    outcome: Outcome


def tallies(found: Sequence[Result]) -> list[Tally]:
    """A tally a subject, in the predictions' order."""
    counts = []
    for subject in dict.fromkeys(one.expectation.subject for one in found):
        own = [one.outcome for one in found if one.expectation.subject == subject]
        known = [outcome for outcome in own if outcome is not Outcome.NOT_MEASURED]
        worst = next(
            (one for one in (Outcome.FALLS, Outcome.MISSED, Outcome.MET) if one in known), Outcome.NOT_MEASURED
        )
        counts.append(Tally(subject, known.count(Outcome.MET), len(known), len(own), worst))
    return counts


def arms(part: str, names: Sequence[str], quantity: Quantity = TEST_ACCURACY) -> Callable[[Results], Samples]:
    """A quantity of arms of the grids."""
    return lambda results: [list(results.values(part, name, quantity).values()) for name in names]


def seeds_of(values: Callable[[Results], Values]) -> Callable[[Results], Samples]:
    """A number a seed as the only sample."""
    return lambda results: [list(values(results).values())]
