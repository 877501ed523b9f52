"""What a written statistic is: right, or that of other cells than it should be.

A spreadsheet's typical slip is a range that leaves something out. So a number that is wrong is looked for among the
means, population variances or mean squares of every smaller choice of its images (of its channels, where a norm takes
one image at a time), and compared with the unbiased variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import product

import numpy as np

from normlab.choices import Norm
from normlab.normmath import Block, Moments, Values, blocks, moments
from normlab.norms import Channels


class Statistic(StrEnum):
    MEAN = "mean"
    VARIANCE = "variance"
    SQUARE = "mean square"


def statistics(norm: Norm) -> tuple[Statistic, ...]:
    """Those that a norm's values share."""
    return tuple(map(Statistic, norm.spec.statistics))


def statistic_of(found: Moments, statistic: Statistic) -> float:
    return {Statistic.MEAN: found.mean, Statistic.VARIANCE: found.variance, Statistic.SQUARE: found.square}[statistic]


@dataclass(frozen=True, slots=True)
class Subset:
    """Where a wrong number comes from: `kept` of the images or channels, or all of them with `unbiased` variance."""

    kept: tuple[int, ...]
    unbiased: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A written number (None: nothing is written) beside the right one, and what else it could be."""

    block: Block
    statistic: Statistic
    written: float | None
    right: float
    count: int
    sources: tuple[Subset, ...] = ()

    @property
    def wrong(self) -> bool:
        return self.written is not None and not agrees(self.written, self.right)


def decimals(written: float) -> int:
    """To how many decimals a number is written; at least two, because a spreadsheet drops zeros at the end."""
    exponent = Decimal(repr(written)).normalize().as_tuple().exponent
    return max(2, -exponent if isinstance(exponent, int) else 0)


def agrees(written: float, value: float) -> bool:
    """Whether `value`, rounded as `written` is, is `written`."""
    return abs(written - value) <= 0.5 * 10.0 ** -decimals(written) + 1e-12 * max(1.0, abs(written))


def check(
    values: Values, norm: Norm, groups: int, statistic: Statistic, written: Sequence[float | None]
) -> tuple[Answer, ...]:
    """An answer a block, in the order of `normmath.blocks`; `values` are (N, C, H, W)."""
    return tuple(
        _answer(values, block, statistic, number)
        for block, number in zip(blocks(norm, values.shape, groups), written, strict=True)
    )


def _answer(values: Values, block: Block, statistic: Statistic, written: float | None) -> Answer:
    found = moments(block.cells(values))
    right = statistic_of(found, statistic)
    answer = Answer(block, statistic, written, right, found.count)
    if written is None or not answer.wrong:
        return answer
    sources = _subsets(values, block, statistic, written)
    if statistic is Statistic.VARIANCE and found.unbiased is not None and agrees(written, found.unbiased):
        sources = [Subset(parts(block), unbiased=True), *sources]
    return Answer(block, statistic, written, right, found.count, tuple(sources))


def parts(block: Block) -> tuple[int, ...]:
    """The images of a block that spans several, else its channels: what a range may leave out."""
    return block.images if len(block.images) > 1 else block.channels


def _subsets(values: Values, block: Block, statistic: Statistic, written: float) -> list[Subset]:
    """Every smaller choice of the block's parts whose statistic is the written number; the largest choices first."""
    cells = block.cells(values)
    cells = cells if len(block.images) > 1 else cells.swapaxes(0, 1)
    center = cells.mean()
    slices = cells.reshape(len(cells), -1) - center
    choices = np.array([choice for choice in product((False, True), repeat=len(cells)) if 0 < sum(choice) < len(cells)])
    if not len(choices):
        return []
    count = choices.sum(axis=1) * slices.shape[1]
    mean = choices @ slices.sum(axis=1) / count
    variance = choices @ (slices**2).sum(axis=1) / count - mean**2
    result = {
        Statistic.MEAN: mean + center,
        Statistic.VARIANCE: variance,
        Statistic.SQUARE: variance + (mean + center) ** 2,
    }[statistic]
    fitting = [choice for choice, value in zip(choices, result, strict=True) if agrees(written, float(value))]
    subsets = [Subset(tuple(np.array(parts(block))[choice].tolist())) for choice in fitting]
    return sorted(subsets, key=lambda subset: (-len(subset.kept), subset.kept))


def sentences(
    norm: Norm, answers: Sequence[Answer], whose: str = "published", *, tells_right: bool = True
) -> list[str]:
    """What the answers to one statistic come to: where wrong numbers come from, as few causes as explain them.

    Without `tells_right` the right numbers are left to be found.
    """
    given = [answer for answer in answers if answer.written is not None]
    wrong = [answer for answer in given if answer.wrong]
    if not given:
        return []
    kind = given[0].statistic
    if not wrong:
        one = f"The one {whose} {kind} agrees with the values."
        return [f"All {len(given)} {whose} {kind}s agree with the values." if len(given) > 1 else one]
    causes: list[str] = []
    while explained := [answer for answer in wrong if answer.sources]:
        best = _best(explained)
        of_best = [answer for answer in explained if best in answer.sources]
        causes.append(f"{_cause(norm, best, of_best, whose)} {_example(norm, of_best, tells_right)}")
        wrong = [answer for answer in wrong if best not in answer.sources]
    return [*causes, f"{_no_cause(norm, wrong, whose)} {_example(norm, wrong, tells_right)}"] if wrong else causes


def _best(wrong: Sequence[Answer]) -> Subset:
    """The source that explains most of the wrong answers; of equals the unbiased variance, then the larger choice."""
    sources = {source for answer in wrong for source in answer.sources}
    votes = {source: sum(source in answer.sources for answer in wrong) for source in sources}
    return min(sources, key=lambda source: (-votes[source], not source.unbiased, -len(source.kept), source.kept))


def _cause(norm: Norm, source: Subset, wrong: Sequence[Answer], whose: str) -> str:
    """What `source` explains."""
    first, many = wrong[0], len(wrong) > 1
    subject = f"The {whose} {_noun(wrong)} of {_names(norm, wrong)} {'are' if many else 'is'}"
    if source.unbiased:
        return f"{subject} unbiased: divided by {first.count - 1} instead of {first.count}."
    axis = _axis(first.block)
    left_out = [part for part in parts(first.block) if part not in source.kept]
    others = [other for other in first.sources if other != source and all(other in answer.sources for answer in wrong)]
    return (
        f"{subject} {'those' if many else 'that'} of {listing(axis, source.kept)} alone: {listing(axis, left_out)} "
        f"{'was' if len(left_out) == 1 else 'were'} left out of the range.{_alternatives(axis, others)}"
    )


def _axis(block: Block) -> str:
    return "image" if len(block.images) > 1 else "channel"


def _noun(answers: Sequence[Answer]) -> str:
    return f"{answers[0].statistic}{'s' if len(answers) > 1 else ''}"


def _example(norm: Norm, wrong: Sequence[Answer], tells_right: bool) -> str:
    """One of the numbers."""
    first = wrong[0]
    where = f"{_capital(name(norm, first.block))}: " if len(wrong) > 1 else ""
    right = f", {first.right:.6g} is right" if tells_right else ""
    return f"{where}{first.written:.7g} is written{right}.".replace("-", "−")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _alternatives(axis: str, others: Sequence[Subset]) -> str:
    if not others:
        return ""
    if len(others) > 2:
        return f" {len(others)} other choices of {axis}s would give the same."
    choices = " or ".join(listing(axis, other.kept) for other in others)
    return f" The same would come from {choices} alone."


def _no_cause(norm: Norm, wrong: Sequence[Answer], whose: str) -> str:
    first = wrong[0]
    if len(parts(first.block)) == 1:
        return f"The {whose} {_noun(wrong)} of {_names(norm, wrong)} {'are' if len(wrong) > 1 else 'is'} wrong."
    return f"No choice of {_axis(first.block)}s gives the {whose} {_noun(wrong)} of {_names(norm, wrong)}."


def name(norm: Norm, block: Block) -> str:
    """What a norm's block is called: "channel 2", "image 1", "image 1, channels 1–2"."""
    image = listing("image", block.images)
    channels = listing("channel", block.channels)
    if norm.spec.over_images:
        return channels
    return image if norm.spec.channels is Channels.ALL else f"{image}, {channels}"


def _names(norm: Norm, answers: Sequence[Answer]) -> str:
    if norm.spec.over_images:
        return listing("channel", [answer.block.channels[0] for answer in answers])
    if norm.spec.channels is Channels.ALL:
        return listing("image", [answer.block.images[0] for answer in answers])
    return " and ".join(name(norm, answer.block) for answer in answers)


def listing(what: str, places: Sequence[int]) -> str:
    """Places counted from 1, in words: "image 1", "images 2–4", "images 1, 2 and 4"."""
    numbers = [place + 1 for place in places]
    if len(numbers) == 1:
        return f"{what} {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        joint = " and " if len(numbers) == 2 else "–"
        return f"{what}s {numbers[0]}{joint}{numbers[-1]}"
    return f"{what}s {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
