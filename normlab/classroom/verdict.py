"""What a class' experiment says, once: how many runs of each setting learned, and the house's exact test of both."""

from collections.abc import Sequence
from dataclasses import dataclass

from normlab import compare, numerals
from normlab.compare import GUESS, Share, sentences

LEARNED = 50.0
"""Percent of the test images: a run above it has learned. Fixed before any experiment."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two settings: test accuracies in percent of the runs that are in, None for one that stopped (NaN)."""

    name: str
    values: Sequence[float | None]

    @property
    def learned(self) -> Share:
        return Share(sum(value is not None and value > LEARNED for value in self.values), len(self.values))


def detail(reference: Side, other: Side) -> str:
    """Between which shares of learned runs the true ones lie, in a sentence; "" where nothing is in."""
    parts = []
    for side in (reference, other):
        if side.values:
            low, high = (numerals.number(100 * end, 0) for end in compare.share_interval(side.learned))
            parts.append(f"{side.name} {low} to {high} %")
    return f"Learned (above {LEARNED:g} %), exact 95 % intervals: {', '.join(parts)}." if parts else ""


def sentence(reference: Side, other: Side, planned: int) -> str:
    """How many learned, whether that is more than seeds do, and how many of the planned runs are in.

    A run that stopped ranks as a guess and has not learned.
    """
    both = (reference, other)
    if not all(side.values for side in both):
        empty = next(side for side in both if not side.values)
        return f"No verdict: no run of {empty.name} is in."
    count = sum(len(side.values) for side in both)
    parts = [f"Learned: {', '.join(f'{side.name} {side.learned.text}' for side in both)}."]
    numbers = [[GUESS if value is None else value for value in side.values] for side in both]
    missed = [Share(side.learned.of - side.learned.count, side.learned.of) for side in both]
    contrast = compare.unpaired(numbers[0], numbers[1], (missed[0], missed[1]))
    (finding,) = compare.findings([contrast], "points")
    text = sentences.summary(reference.name, [(other.name, finding)])
    if finding.is_decided and finding.estimate is not None:
        text = f"{text.rstrip('.')} (exact test, p {sentences.p_text(finding.estimate.p_value)})."
    parts.append(text[0].upper() + text[1:] if text[0].isascii() else text)
    if count < planned:
        parts.append(f"{count} of {planned} runs are in.")
    return " ".join(parts)
