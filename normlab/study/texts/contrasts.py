"""A contrast in a cell or a sentence, as Markdown."""

from normlab.compare import Finding, sentences
from normlab.labels import seeds_text
from normlab.numerals import short
from normlab.study.claims.expectations import Result

NOT_YET = "not measured yet"


def effect(finding: Finding | None) -> str:
    """In a cell: failed seeds first, then value and interval, in bold if it is decided, ≈ if equivalent."""
    if finding is None or finding.value is None:
        return NOT_YET
    counts = sentences.failure_counts(finding)
    return f"{f'{counts[0]} failed, against {counts[1]}; ' if counts else ''}{_effect(finding, finding.value)}"


def _effect(finding: Finding, size: float) -> str:
    value = sentences.signed(size, finding.unit)
    if finding.estimate is None:
        return f"{value} (no interval)"
    low, high = (sentences.bound(end, finding.unit) for end in (finding.estimate.low, finding.estimate.high))
    around = f"({low} to {high})"
    if finding.is_decided:
        return f"**{value}** {around}"
    return f"≈ {value} {around}" if finding.is_equivalent else f"{value} {around}"


def judged(finding: Finding) -> str:
    """ "+1.20 points (+0.81 to +1.59), 10 seeds each: higher", failed seeds first."""
    assert finding.value is not None
    failed = sentences.failures(finding)
    value = f"{f'{failed} ' if failed else ''}{sentences.signed(finding.value, finding.unit)} {finding.unit}"
    if finding.estimate is None:
        return f"{value}, {finding.verdict}"
    around = sentences.interval_text(finding.estimate, finding.unit)
    return f"{value} ({around}), {seeds_text(finding.estimate.seeds)} each: {finding.verdict}"


def outcome(result: Result) -> str:
    """What came out of a prediction: "−7.4 (−8.6 to −6.2)"."""
    if result.value is None:
        return "–"
    value = short(result.value)
    if result.estimate is None:
        return value
    return f"{value} ({short(result.estimate.low)} to {short(result.estimate.high)})"
