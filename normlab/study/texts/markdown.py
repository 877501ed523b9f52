"""Markdown from numbers: tables, numbers with true minus signs, contrasts in a cell or a sentence."""

import textwrap
from collections.abc import Sequence

from normlab.compare import Finding
from normlab.compare.sentences import bound, failure_counts, failures, interval_text, signed
from normlab.labels import seeds_text
from normlab.numerals import short
from normlab.study.claims.expectations import Result

NOT_YET = "not measured yet"
START = "<!-- findings: written by `normlab study findings`, not by hand -->"
END = "<!-- end of findings -->"


def put(document: str, section: str, start: str = START, end: str = END) -> str:
    """The document with this section between the marks, in place of the one that is there.

    Raises:
        ValueError: if it has no marks.
    """
    before, found, rest = document.partition(start)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"it has no section between {start} and {end}")
    return f"{before}{start}\n\n{section.strip()}\n\n{end}{after}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of GitHub's markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def flowing(text: str) -> str:
    """Blank lines part the paragraphs; each is wrapped anew, but for tables, lists, headings and HTML."""
    blocks = [block for block in text.strip().split("\n\n") if block.strip()]
    return "\n\n".join(block if block[0] in "|<#-" else _wrapped(block) for block in blocks) + "\n"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), 118, break_long_words=False, break_on_hyphens=False)


def effect(finding: Finding | None) -> str:
    """A contrast in a cell: failed seeds first, then value and interval, in bold if it is decided, ≈ if equivalent."""
    if finding is None or finding.value is None:
        return NOT_YET
    counts = failure_counts(finding)
    return f"{f'{counts[0]} failed, against {counts[1]}; ' if counts else ''}{_effect(finding, finding.value)}"


def _effect(finding: Finding, size: float) -> str:
    value = signed(size, finding.unit)
    if finding.estimate is None:
        return f"{value} (no interval)"
    around = f"({bound(finding.estimate.low, finding.unit)} to {bound(finding.estimate.high, finding.unit)})"
    if finding.is_decided:
        return f"**{value}** {around}"
    return f"≈ {value} {around}" if finding.is_equivalent else f"{value} {around}"


def judged(finding: Finding) -> str:
    """ "+1.20 points (+0.81 to +1.59), 10 seeds each: higher", failed seeds first."""
    assert finding.value is not None
    failed = failures(finding)
    value = f"{f'{failed} ' if failed else ''}{signed(finding.value, finding.unit)} {finding.unit}"
    if finding.estimate is None:
        return f"{value}, {finding.verdict}"
    around = interval_text(finding.estimate, finding.unit)
    return f"{value} ({around}), {seeds_text(finding.estimate.seeds)} each: {finding.verdict}"


def found(result: Result) -> str:
    """What came out of a prediction: "−7.4 (−8.6 to −6.2)"."""
    if result.value is None:
        return "–"
    value = short(result.value)
    if result.estimate is None:
        return value
    return f"{value} ({short(result.estimate.low)} to {short(result.estimate.high)})"
