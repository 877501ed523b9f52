"""What a class' experiment says, once: how many runs of each setting learned, and the house's exact test of both."""

from collections.abc import Sequence
from dataclasses import dataclass

from normlab import compare, numerals
from normlab.compare import GUESS, LEARNED, Share, sentences


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two settings: test accuracies in percent of the runs that are in, None for one that stopped (NaN)."""

    name: str
    values: Sequence[float | None]

    @property
    def learned(self) -> Share:
        return Share(sum(value is not None and value > LEARNED for value in self.values), len(self.values))


@dataclass(frozen=True, slots=True)
class Told:
    """What the wall says: a sentence, and then, smaller, how sure that is."""

    sentence: str
    detail: str


def judge(reference: Side, other: Side, planned: int) -> Told:
    """How many learned, whether that is more than seeds do, and how many of the planned runs are in.

    A run that stopped ranks as a guess and has not learned.
    """
    both = (reference, other)
    if not all(side.values for side in both):
        empty = next(side for side in both if not side.values)
        return Told(f"No verdict: no run of {empty.name} is in.", "")
    numbers = [[GUESS if value is None else value for value in side.values] for side in both]
    missed = [Share(side.learned.of - side.learned.count, side.learned.of) for side in both]
    contrast = compare.unpaired(numbers[0], numbers[1], (missed[0], missed[1]))
    (finding,) = compare.findings([contrast], "points")
    summary = sentences.summary(reference.name, [(other.name, finding)])
    parts = [f"Learned: {', '.join(f'{side.name} {side.learned.text}' for side in both)}."]
    parts.append(summary[0].upper() + summary[1:] if summary[0].isascii() else summary)
    if (count := sum(len(side.values) for side in both)) < planned:
        parts.append(f"{count} of {planned} runs are in.")
    shares = ", ".join(f"{side.name} {_interval(side)}" for side in both)
    detail = f"Learned (above {LEARNED:g} %), exact 95 % intervals: {shares}."
    if finding.is_decided and finding.estimate is not None:
        detail += f" Difference: exact test, p {sentences.p_text(finding.estimate.p_value)}."
    return Told(" ".join(parts), detail)


def _interval(side: Side) -> str:
    low, high = (numerals.number(100 * end, 0) for end in compare.share_interval(side.learned))
    return f"{low} to {high} %"
