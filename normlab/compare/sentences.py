"""What the seeds let us say of a contrast, in words: every sentence is computed from the numbers."""

from collections.abc import Iterable, Mapping, Sequence

from normlab import numerals
from normlab.compare.contrasts import ALPHA, LEVEL, Estimate, Pairing
from normlab.compare.family import Finding, Verdict
from normlab.compare.images import McNemar
from normlab.numerals import number

_MANY_SEEDS = 1000


_DOUBT: Mapping[Verdict, str] = {
    Verdict.EQUIVALENT: "no difference that matters",
    Verdict.OPEN: "seeds differ by more",
    Verdict.TOO_FEW: "too few seeds to decide",
    Verdict.MISSING: "not measured",
}


def summary(reference: str, named: Sequence[tuple[str, Finding]]) -> str:
    """What differs from the reference, in a sentence; then, once for all it concerns, what nobody can tell."""
    clear = [_clear(name, one) for name, one in named if one.is_decided]
    parts = [f"{_listed(clear)} than {reference}."] if clear else []
    for verdict, words in _DOUBT.items():
        some = [f"{name} {_short(one)}" for name, one in named if one.verdict is verdict]
        unit = f" {named[0][1].unit}" if verdict is not Verdict.MISSING else ""
        if some:
            parts.append(f"{_listed(some)}{unit} against {reference}: {words}.")
    return " ".join(parts)


def change_sentence(x: str, sides: tuple[str, str], changes: tuple[float, float], found: Finding) -> str:
    """What x does to two settings, and whether it does the same."""
    in_a, in_b = (_amount(change, found.unit) for change in changes)
    text = f"{x} changes {sides[0]} by {in_a} and {sides[1]} by {in_b}"
    if found.is_decided:
        return f"{text}. These changes differ: {size(found)}."
    return f"{text}: {_DOUBT[found.verdict]}."


def _clear(name: str, found: Finding) -> str:
    if found.verdict in (Verdict.FAILS_MORE, Verdict.FAILS_LESS):
        return f"{name} {found.verdict}"
    return f"{name} is {_amount(found.value or 0.0, found.unit).lstrip('+−')} {found.verdict}"


def _short(found: Finding) -> str:
    return "" if found.value is None else signed(found.value, found.unit)


def _amount(value: float, unit: str) -> str:
    """ "+0.12 points"; "less than 0.01 points" for a value that rounds to zero."""
    text, step = signed(value, unit), number(10.0 ** -_digits(unit), _digits(unit))
    return f"{text if text[0] in '+−' else f'less than {step}'} {unit}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([*([", ".join(parts[:-1])] if parts[1:] else []), parts[-1].strip()])


MARKS: Mapping[Verdict, str] = {
    Verdict.HIGHER: "▲",
    Verdict.LOWER: "▼",
    Verdict.FAILS_MORE: "✕",
    Verdict.FAILS_LESS: "✓",
    Verdict.EQUIVALENT: "=",
    Verdict.OPEN: "~",
    Verdict.TOO_FEW: "?",
    Verdict.MISSING: "",
}
"""A verdict where there is no room for its words."""


def legend(verdicts: Iterable[Verdict]) -> str:
    """What the marks among these mean."""
    seen = set(verdicts)
    return " · ".join(f"{mark} {verdict}" for verdict, mark in MARKS.items() if mark and verdict in seen)


def difference_sentence(found: Finding, name: str, reference: str) -> str:
    """A difference to the reference, as markdown: failures, the size, what it means."""
    return f"{name} against {reference}: {found_text(found)}"


def found_text(found: Finding) -> str:
    """A contrast's failures, its size with its interval, the verdict, and what would settle it, as markdown."""
    return " ".join(part for part in (failures(found), f"{size(found)}: {verdict(found)}.", outlook(found)) if part)


def size(found: Finding) -> str:
    """ "+1.62 points (+1.12 to +2.38)"; without an interval where an arm has a single seed."""
    if found.value is None:
        return "not measured"
    value = f"{signed(found.value, found.unit)} {found.unit}"
    return value if found.estimate is None else f"{value} ({interval_text(found.estimate, found.unit)})"


def interval_text(estimate: Estimate, unit: str) -> str:
    """ "+1.12 to +2.38", and its level where so few seeds do not reach 95 %."""
    span = f"{bound(estimate.low, unit)} to {bound(estimate.high, unit)}"
    return span if estimate.level >= LEVEL else f"{span}, a {level_text(estimate)} interval"


def level_text(estimate: Estimate) -> str:
    """ "95 %"."""
    return f"{100 * estimate.level:.0f} %"


def verdict(found: Finding) -> str:
    """The verdict with its p value, as markdown."""
    text, estimate = f"**{found.verdict}**", found.estimate
    if found.is_equivalent:
        return f"{text} (within ±{found.margin:g} {found.unit})"
    if not found.is_decided or estimate is None or found.family is None:
        return text
    if found.family.size == 1:
        return f"{text}, p {p_text(estimate.p_value)}"
    return f"{text}, p {p_text(found.family.holm)} corrected for {found.family.size} comparisons"


def failures(found: Finding) -> str:
    """How many seeds of how many failed, the other setting's first; "" where none did."""
    counts = failure_counts(found)
    return f"{counts[0]} seeds failed, against {counts[1]}." if counts else ""


def failure_counts(found: Finding) -> tuple[str, str] | None:
    """ "1 of 10" for the other setting and for the reference; None where no seed failed."""
    reference, other = found.contrast.failures
    return (other.text, reference.text) if reference.count or other.count else None


def outlook(found: Finding) -> str:
    """How many seeds would settle what is not settled; "" for what is."""
    if found.is_decided or found.is_equivalent or found.verdict is Verdict.MISSING:
        return ""
    if found.estimate is None:
        return "One seed shows no spread."
    needed = found.seeds_needed
    if needed is None:
        return ""
    count = f"about {needed}" if needed <= _MANY_SEEDS else f"more than {_MANY_SEEDS:,}"
    return f"A true difference of this size takes {count} seeds per setting to show."


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
    unpaired, paired = pair.unpaired, pair.paired
    wide = unpaired.high - unpaired.low
    change = round(100 * ((paired.high - paired.low) / wide - 1)) if wide else 0
    effect = "as wide" if not change else f"{abs(change)} % {'narrower' if change < 0 else 'wider'}"
    return (
        f"{len(pair.seeds)} shared seeds, rank correlation {number(pair.correlation)}. Interval of the difference: "
        f"{interval_text(unpaired, unit)} unpaired, {interval_text(paired, unit)} paired by seed: {effect}."
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
