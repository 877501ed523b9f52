"""What came out: computed from the seeds by the rule of `compare`, and said in one or two sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from normlab import compare, numerals
from normlab.compare import Finding, sentences
from normlab.labels import seeds_text
from normlab.lessons import evidence, measuring
from normlab.lessons.measuring import Curve, Evidence, Numbers
from normlab.lessons.questions import Answer, Choice, Number, Sketch, Statistic
from normlab.lessons.schema import Direction, Lesson, Measure
from normlab.store import Store

_DECIDED = {
    Direction.HIGHER: (compare.Verdict.HIGHER, compare.Verdict.FAILS_LESS),
    Direction.LOWER: (compare.Verdict.LOWER, compare.Verdict.FAILS_MORE),
    Direction.SAME: (compare.Verdict.EQUIVALENT,),
}


_CLEAR = 2.0
"""Points between two medians from which whole numbers tell them apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`findings` are the lesson's contrast and, of a family, the others. `sentence` says what was measured, `certainty`
    how sure that is (its p value last), `outcome` whether it is what was written before.

    `answer` is the question's right answer: an option's key, the measured number, the measured curve at its points.
    `objection` is a sentence where the option that the file calls right is not what was measured, else "".
    """

    lesson: Lesson
    findings: tuple[Finding, ...]
    numbers: tuple[Numbers, ...]
    curves: tuple[Curve, ...]
    sentence: str
    certainty: str
    outcome: str
    came_out: bool
    answer: Answer
    objection: str = ""

    def of(self, key: str) -> Numbers:
        """An arm's numbers, by its key. Raises `KeyError`."""
        for one in self.numbers:
            if one.arm.key == key:
                return one
        raise KeyError(key)


def verdict(lesson: Lesson, store: Store) -> Verdict:
    """What a lesson's runs say: as it ships, if that is of the runs that ship now; else measured here.

    Raises:
        NotMeasured: if some of its runs are not here.
        StoreProblem: if what ships cannot be read.
        DataProblem, Damage: as `stresses.apply`.
    """
    return judge(lesson, evidence.kept(lesson, store) or measuring.measure(lesson, store))


def judge(lesson: Lesson, found: Evidence) -> Verdict:
    """The verdict on what was measured."""
    contrast, numbers, curves = lesson.contrast, found.numbers, found.curves
    by_key = {one.arm.key: one for one in numbers}
    used = [by_key[key] for key in (contrast.against, contrast.of, *contrast.others)]
    below = compare.threshold(value for one in used for value in one.values.values())
    contrasts = [_contrast(used[0], other, below, contrast.measure) for other in used[1:]]
    margin = contrast.size if contrast.direction is Direction.SAME else None
    findings = tuple(compare.findings(contrasts, contrast.measure.unit, margin))
    return Verdict(
        lesson,
        findings,
        numbers,
        curves,
        _sentence(lesson, used),
        _certainty(lesson, used, findings, below),
        _outcome(lesson, findings),
        all(_came_out(lesson, finding) for finding in findings),
        _answer(lesson, by_key, {curve.arm.key: curve for curve in curves}),
        _objection(lesson, by_key),
    )


def _contrast(against: Numbers, other: Numbers, below: float, measure: Measure) -> compare.Contrast:
    reference, values = list(against.values.values()), list(other.values.values())
    shares = (compare.failed(reference, below), compare.failed(values, below)) if measure.is_accuracy else None
    return compare.unpaired(reference, values, shares)


def _came_out(lesson: Lesson, finding: Finding) -> bool:
    contrast = lesson.contrast
    if finding.verdict not in _DECIDED[contrast.direction]:
        return False
    return contrast.direction is Direction.SAME or abs(finding.value or 0.0) >= contrast.size


def _outcome(lesson: Lesson, findings: tuple[Finding, ...]) -> str:
    """Whether it is what was written before, and what was changed after a look, in a few sentences."""
    contrast = lesson.contrast
    unit = contrast.measure.unit.removesuffix("s" if contrast.size == 1 else "")
    size, against = f"{numerals.short(contrast.size)} {unit}", lesson.arm(contrast.against).name
    names = " and ".join(lesson.arm(key).name for key in (contrast.of, *contrast.others))
    if contrast.direction is Direction.SAME:
        expected = f"{names} within {size} of {against}"
    else:
        expected = f"{names} at least {size} {contrast.direction} than {against}"
    said = f"Our prediction, written before we measured: {expected}. {_judged(lesson, findings)}"
    return f"{said} {contrast.afterwards}".strip()


def _judged(lesson: Lesson, findings: tuple[Finding, ...]) -> str:
    """The prediction, in the fewest words."""
    if all(_came_out(lesson, finding) for finding in findings):
        return "It was right."
    if any(finding.verdict in _DECIDED[lesson.contrast.direction] for finding in findings):
        return "It was half right: the direction, not the size."
    if any(finding.is_decided for finding in findings):
        return "It was wrong."
    if any(finding.verdict is compare.Verdict.TOO_FEW for finding in findings):
        return "Too few seeds to tell."
    return "These seeds do not show it."


def _sentence(lesson: Lesson, arms: Sequence[Numbers]) -> str:
    """What was measured, in plain words: of a question about seeds what it asks, else the settings' medians."""
    statistic, measure = _asked_of_seeds(lesson), lesson.contrast.measure
    if statistic is Statistic.LEARNED:
        counts = [f"{_statistic(statistic, one):.0f}" for one in arms]
        return _named(arms, counts, f" of {len(arms[0].values)} networks learned")
    if statistic is Statistic.RANGE:
        ranges = [numerals.number(_statistic(statistic, one), _digits(measure.unit)) for one in arms]
        return _named(arms, ranges, f" {measure.unit} from the worst to the best of {len(arms[0].values)} networks")
    return _middles(measure, arms)


def _middles(measure: Measure, arms: Sequence[Numbers]) -> str:
    """ "No norm: 92 of 100 test images right. BatchNorm: 37. Medians of 10 seeds each." """
    middles = sorted(one.middle for one in arms)
    gap = min(high - low for low, high in pairwise(middles))
    digits = 0 if measure.unit == "points" and gap >= _CLEAR else _digits(measure.unit)
    seeds = seeds_text(len(arms[0].values))
    each = f"Medians of {seeds} each." if len(arms[0].values) > 1 else f"{seeds} each."
    return f"{_named(arms, [numerals.number(one.middle, digits) for one in arms], measure.words)} {each}"


def _named(arms: Sequence[Numbers], numbers: Sequence[str], words: str) -> str:
    """Each arm with its number; what it counts is said once."""
    said = [f"{numbers[0]}{words}", *numbers[1:]]
    return " ".join(f"{_capital(one.arm.name)}: {number}." for one, number in zip(arms, said, strict=True))


def _asked_of_seeds(lesson: Lesson) -> Statistic | None:
    """What the question asks of an arm's seeds that no median answers."""
    asked = lesson.question.statistic if isinstance(lesson.question, Number) else Statistic.MIDDLE
    return None if asked is Statistic.MIDDLE else asked


def _certainty(lesson: Lesson, arms: Sequence[Numbers], findings: Sequence[Finding], below: float) -> str:
    """Where some seeds failed and some did not, how many; then the difference, and how sure it is."""
    parts = [_difference(arms[0], other, finding) for other, finding in zip(arms[1:], findings, strict=True)]
    shares = [findings[0].contrast.failures[0], *(one.contrast.failures[1] for one in findings)]
    if _asked_of_seeds(lesson):
        parts.insert(0, _middles(lesson.contrast.measure, arms))
    elif any(0 < share.count < share.of for share in shares):
        counts = ", ".join(f"{one.arm.name} {share.text}" for one, share in zip(arms, shares, strict=True))
        parts.insert(0, f"Networks below {numerals.number(below, 0)} %: {counts}.")
    return " ".join(parts)


def _difference(against: Numbers, other: Numbers, finding: Finding) -> str:
    """ "Hardly chance: −45.2 points (95 % interval −67.2 to −29.4), p < 0.001."; of a family with both names."""
    size = f"{_signed(finding)} ({_interval(finding)})"
    words = "hardly chance" if finding.is_decided else finding.verdict
    p_value = f", p {sentences.p_text(finding.family.holm)}" if finding.is_decided and finding.family else ""
    if finding.comparisons == 1:
        return f"{_capital(words)}: {size}{p_value}."
    corrected = f" corrected for {finding.comparisons} comparisons" if p_value else ""
    return f"{_capital(other.arm.name)} against {against.arm.name}, {words}: {size}{p_value}{corrected}."


def _capital(text: str) -> str:
    """As a sentence begins; a Greek letter is a symbol, and stays."""
    return text[0].upper() + text[1:] if text[0].isascii() else text


def _digits(unit: str) -> int:
    return 1 if unit == "points" else 2


def _signed(finding: Finding) -> str:
    return f"{numerals.signed(finding.value or 0.0, _digits(finding.unit))} {finding.unit}"


def _interval(finding: Finding) -> str:
    if finding.estimate is None:
        return "no interval"
    digits = _digits(finding.unit)
    low, high = (numerals.signed(end, digits) for end in (finding.estimate.low, finding.estimate.high))
    return f"{sentences.level_text(finding.estimate)} interval {low} to {high}"


def _answer(lesson: Lesson, numbers: Mapping[str, Numbers], curves: Mapping[str, Curve]) -> Answer:
    question = lesson.question
    match question:
        case Choice():
            return question.right.key
        case Number():
            return _statistic(question.statistic, numbers[question.arm])
        case Sketch():
            return tuple(curves[question.arm].middle(point) for point in question.points)


def _statistic(statistic: Statistic, numbers: Numbers) -> float:
    values = list(numbers.values.values())
    match statistic:
        case Statistic.MIDDLE:
            return numbers.middle
        case Statistic.RANGE:
            return max(values) - min(values)
        case Statistic.LEARNED:
            return float(sum(value > 50 for value in values))


def _objection(lesson: Lesson, numbers: Mapping[str, Numbers]) -> str:
    """Where options stand for numbers, the measurement must lie nearest the one that is called right."""
    question = lesson.question
    if not isinstance(question, Choice) or any(option.value is None for option in question.options):
        return ""
    measured = numbers[lesson.contrast.of].middle
    nearest = min(question.options, key=lambda option: abs((option.value or 0.0) - measured))
    if nearest.is_right:
        return ""
    return f"The measured {numerals.number(measured, 1)} lies nearest option {nearest.key}, not {question.right.key}."
