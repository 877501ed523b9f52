"""What an estimate lets us say, in words: every sentence is computed from the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from normlab import numerals
from normlab.compare.estimates import LEVEL, Estimate, Pairing, contrast, holm, seeds_for_claim
from normlab.compare.images import McNemar
from normlab.numerals import number

ALPHA = 1 - LEVEL
NOT_RESOLVED, NO_INTERVAL = "not resolved", "no interval"
_PAIR, _OTHERS = ("lower", "higher"), ("resolved, below zero", "resolved, above zero")
_EQUIVALENT = "equivalent"
_MANY_SEEDS = 1000


@dataclass(frozen=True, slots=True)
class Family:
    """The contrasts that are shown together: `holm` is one's p value that holds for all `size` of them."""

    holm: float
    size: int

    @property
    def text(self) -> str:
        return f"after Holm for {self.size} contrasts"


@dataclass(frozen=True, slots=True)
class Finding:
    """One contrast as it stands among the others.

    `value` is the weighted sum of the arms' means (None: an arm has no value), `estimate` adds its uncertainty (None:
    there is none, for the reason in `obstacle`). `verdict` is "higher" or "lower" (of more than two arms "resolved,
    above zero" or "below"), "equivalent within ±0.1 points", "not resolved" or "no interval".
    """

    unit: str
    value: float | None
    estimate: Estimate | None
    verdict: str
    family: Family | None
    obstacle: str = ""

    @property
    def is_resolved(self) -> bool:
        """Whether it is told from zero, which "equivalent" is not."""
        return self.verdict in (*_PAIR, *_OTHERS)

    @property
    def is_equivalent(self) -> bool:
        """Whether it is told to be too small to matter."""
        return self.verdict.startswith(_EQUIVALENT)


Contrast = tuple[Sequence[Sequence[float]], Sequence[float]]
"""The values of each arm's seeds, and the weight of each arm."""


def findings(family: Sequence[Contrast], unit: str, margin: float | None = None) -> list[Finding]:
    """Judge contrasts that are shown together; those without an interval do not count for Holm.

    `margin` is the largest value that does not matter; None: equivalence is not tested. Its two one-sided tests are
    adjusted for the family as well.
    """
    estimates = [contrast(samples, weights) for samples, weights in family]
    adjusted = iter(holm([estimate.p_value for estimate in estimates if estimate is not None]))
    size = sum(estimate is not None for estimate in estimates)
    equal = iter(holm([estimate.equivalence(margin or 0.0) for estimate in estimates if estimate is not None]))
    return [
        _without(samples, weights, unit)
        if estimate is None
        else _judge(estimate, unit, Family(next(adjusted), size), next(equal), margin, len(weights))
        for (samples, weights), estimate in zip(family, estimates, strict=True)
    ]


def _judge(estimate: Estimate, unit: str, family: Family, equal: float, margin: float | None, arms: int) -> Finding:
    """`equal` is the adjusted p of the equivalence test."""
    words = _PAIR if arms == 2 else _OTHERS
    if margin and equal < ALPHA:
        verdict = f"{_EQUIVALENT} within ±{margin:g} {unit}"
    elif estimate.resolved and family.holm < ALPHA:
        verdict = words[estimate.value > 0]
    else:
        verdict = NOT_RESOLVED
    return Finding(unit, estimate.value, estimate, verdict, family)


def _without(samples: Sequence[Sequence[float]], weights: Sequence[float], unit: str) -> Finding:
    fewest = min(len(sample) for sample in samples)
    value = None
    if fewest:
        value = sum(weight * sum(sample) / len(sample) for sample, weight in zip(samples, weights, strict=True))
    obstacle = ("an arm has no finished run", "an arm has one seed only")[fewest] if fewest < 2 else _CONSTANT
    return Finding(unit, value, None, NO_INTERVAL, None, obstacle)


_CONSTANT = "all seeds of each arm came to the same value, which leaves no spread to judge by"


def difference_sentence(found: Finding, name: str, reference: str) -> str:
    """A difference to the reference arm, its interval, the verdict and what would settle it, as markdown."""
    return f"{name} against {reference}: {told(found)}"


def told(found: Finding) -> str:
    """A contrast's value, its interval, the verdict and what would settle it, as markdown."""
    if found.estimate is None:
        value = "" if found.value is None else f"{signed(found.value, found.unit)} {found.unit}, "
        return f"{value}no interval, because {found.obstacle}."
    return f"{_measured(found, found.estimate)}: {_judged(found)}"


def briefly(found: Finding) -> str:
    """A contrast's value, its interval and the verdict, as markdown."""
    if found.estimate is None:
        return told(found)
    return f"{_measured(found, found.estimate)}: **{found.verdict}**."


def _measured(found: Finding, estimate: Estimate) -> str:
    return f"{signed(estimate.value, found.unit)} {found.unit}, {interval_text(estimate, found.unit)}"


def interval_text(estimate: Estimate, unit: str) -> str:
    """ "95 % interval −0.15 to −0.00"."""
    return f"95 % interval {_span(estimate, unit)}"


def _span(estimate: Estimate, unit: str) -> str:
    low, high = estimate.interval()
    return f"{bound(low, unit)} to {bound(high, unit)}"


def _judged(found: Finding) -> str:
    estimate, family = found.estimate, found.family
    assert estimate is not None
    assert family is not None
    text = f"**{found.verdict}**"
    if found.is_equivalent:
        though = ", though the interval leaves out zero" if estimate.resolved else ""
        among = f", {family.text}" if family.size > 1 else ""
        return f"{text} (two one-sided tests{among}){though}."
    if found.verdict != NOT_RESOLVED:
        text += f", p {p_text(estimate.p_value)}"
        return f"{text}, {family.text} {p_text(family.holm)}." if family.size > 1 else f"{text}."
    if reason := only_alone(found):
        return f"{text}: {reason}."
    return f"{text}: the interval holds zero. {seeds_text(estimate)}"


def only_alone(found: Finding) -> str:
    """Why a contrast is not resolved though its interval leaves out zero; "" for every other."""
    if found.verdict != NOT_RESOLVED or found.estimate is None or found.family is None or not found.estimate.resolved:
        return ""
    return f"alone it leaves out zero, but {found.family.text} p {p_text(found.family.holm)}"


def seeds_text(estimate: Estimate) -> str:
    """How many seeds would resolve a difference of the size that is seen."""
    needed = estimate.seeds_needed()
    if needed is None:
        return "The means are equal: no number of seeds would resolve that."
    count = f"about {needed}" if needed <= _MANY_SEEDS else f"more than {_MANY_SEEDS:,}"
    return f"If the true difference is the one seen, {count} seeds an arm would resolve it (power 80 %)."


def exploratory(estimate: Estimate, unit: str) -> bool:
    """Whether there are too few seeds for a claim, whatever the interval says."""
    return estimate.seeds < (seeds_for_claim(estimate.value) if unit == "points" else seeds_for_claim(1.0))


def mcnemar_sentence(test: McNemar, first: str, second: str) -> str:
    """What the test says of two fixed networks, and what it does not."""
    total = test.only_first + test.only_second
    if not total:
        return f"{first} and {second} get exactly the same images right: McNemar's test has nothing to count."
    verdict = "too lopsided for chance" if test.p_value < ALPHA else "no more lopsided than chance allows"
    return (
        f"On {total:,} images the two networks differ: {test.only_first:,} only {first} gets right, "
        f"{test.only_second:,} only {second}. That is {verdict} (McNemar's exact test, p {p_text(test.p_value)}). "
        "It speaks of these two trained networks; it does not say that the settings are better, because other seeds "
        "give other networks."
    )


def pairing_sentence(pair: Pairing, unit: str) -> str:
    """How alike runs of one seed are, and what pairing by seed would bring, as markdown."""
    around = (
        "" if pair.interval is None else f" (95 % interval {number(pair.interval[0])} to {number(pair.interval[1])})"
    )
    wide, paired = (high - low for low, high in (pair.unpaired.interval(), pair.paired.interval()))
    change = round(100 * (paired / wide - 1))
    effect = "as wide" if not change else f"{abs(change)} % {'narrower' if change < 0 else 'wider'}"
    return (
        f"over {len(pair.seeds)} shared seeds r = {number(pair.correlation)}{around}. Interval of the difference: "
        f"{_span(pair.unpaired, unit)} unpaired, {_span(pair.paired, unit)} paired by seed: {effect}."
    )


def signed(value: float, unit: str) -> str:
    """With its sign, a true minus, and as many digits as the unit deserves."""
    return numerals.signed(value, _digits(unit))


def bound(value: float, unit: str) -> str:
    """An interval's end, so."""
    return numerals.bound(value, _digits(unit))


def _digits(unit: str) -> int:
    return 4 if unit == "nats" else 2


def p_text(p_value: float) -> str:
    """ "= 0.012", or "< 0.001"."""
    if p_value < 0.001:
        return "< 0.001"
    return f"= {p_value:.3f}"
