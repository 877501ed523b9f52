"""What an estimate lets us say, in words: every sentence is computed from the numbers."""

from dataclasses import dataclass

from normlab.compare.estimates import LEVEL, Estimate, seeds_for_claim
from normlab.compare.images import McNemar

ALPHA = 1 - LEVEL
NOT_RESOLVED = "not resolved"
_MANY_SEEDS = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One contrast as it stands among the others of its family.

    `verdict` is "higher", "lower", "equivalent within ±0.1 points" or "not resolved"; `holm` is the p value that holds
    for the whole family of `family` contrasts. All three are "" or None where there is no estimate.
    """

    estimate: Estimate | None
    unit: str
    verdict: str
    holm: float | None
    family: int


def finding(estimate: Estimate | None, unit: str, holm: float | None, family: int, margin: float | None) -> Finding:
    """Judge a contrast. `margin` is the largest difference that does not matter; None: equivalence is not tested."""
    if estimate is None:
        return Finding(None, unit, "", None, family)
    equivalent = margin is not None and margin > 0 and estimate.equivalence(margin) < ALPHA
    if equivalent:
        verdict = f"equivalent within ±{margin:g} {unit}"
    elif estimate.resolved and (holm is None or holm < ALPHA):
        verdict = "higher" if estimate.value > 0 else "lower"
    else:
        verdict = NOT_RESOLVED
    return Finding(estimate, unit, verdict, holm, family)


def sentence(found: Finding, name: str, reference: str) -> str:
    """A difference to the reference arm, its interval, the verdict and what would settle it, as markdown."""
    estimate = found.estimate
    if estimate is None:
        return f"{name} against {reference}: no interval, because {_why_no_interval()}."
    told = f"{name} against {reference}: {signed(estimate.value, found.unit)} {found.unit} ({_interval(found)})"
    return f"{told}: {_judged(found)}"


def interaction_sentence(found: Finding, names: tuple[str, str, str, str]) -> str:
    """The interaction of a design whose arms are named A, A+x, B, B+x."""
    a, a_x, b, b_x = names
    told = f"({a_x} − {a}) − ({b_x} − {b})"
    if found.estimate is None:
        return f"{told}: no interval, because {_why_no_interval()}."
    value = f"{signed(found.estimate.value, found.unit)} {found.unit}"
    return f"{told} = {value} ({_interval(found)}): {_judged(found)}"


def _why_no_interval() -> str:
    return "an arm has one seed only, or its seeds all came to the same value"


def _interval(found: Finding) -> str:
    assert found.estimate is not None
    low, high = found.estimate.interval()
    return f"95 % interval {signed(low, found.unit)} to {signed(high, found.unit)}"


def _judged(found: Finding) -> str:
    estimate = found.estimate
    assert estimate is not None
    text = f"**{found.verdict}**"
    if found.verdict.startswith("equivalent"):
        return f"{text} (two one-sided tests){', though the interval leaves out zero' if estimate.resolved else ''}."
    if found.verdict != NOT_RESOLVED:
        family = (
            f", after Holm for {found.family} contrasts {p_text(found.holm)}" if found.family > 1 and found.holm else ""
        )
        return f"{text}, p {p_text(estimate.p_value)}{family}."
    if estimate.resolved and found.holm is not None:
        return f"{text}: alone it leaves out zero, but after Holm for {found.family} contrasts p {p_text(found.holm)}."
    return f"{text}: the interval holds zero. {seeds_text(estimate)}"


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
        f"On {total:,} images the two networks differ: {test.only_first:,} are right with {first} only, "
        f"{test.only_second:,} with {second} only. That is {verdict} (McNemar's exact test, p {p_text(test.p_value)}). "
        "It speaks of these two trained networks; it does not say that the settings are better, because other seeds "
        "give other networks."
    )


def signed(value: float, unit: str) -> str:
    """With its sign, a true minus, and as many digits as the unit deserves."""
    digits = 4 if unit == "nats" else 2
    return f"{value:+.{digits}f}".replace("-", "−")


def p_text(p_value: float) -> str:
    """ "= 0.012", or "< 0.001"."""
    if p_value < 0.001:
        return "< 0.001"
    return f"= {p_value:.3f}"
