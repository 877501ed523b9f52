"""What came out: computed from the seeds by the rule of `compare`, and said in one or two sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from normlab import compare, numerals
from normlab.compare import Finding, Share, sentences
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """`findings` are the lesson's contrast and, of a family, the others. `sentence` says what was measured, `outcome`
    whether it is what was written before.

    `answer` is the question's right answer: an option's key, the measured number, the measured curve at its points.
    `objection` is a sentence where the option that the file calls right is not what was measured, else "".
    """

    lesson: Lesson
    findings: tuple[Finding, ...]
    numbers: tuple[Numbers, ...]
    curves: tuple[Curve, ...]
    sentence: str
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
    compared = [contrast.of, *contrast.others]
    against = by_key[contrast.against]
    used = [against, *(by_key[key] for key in compared)]
    below = compare.threshold(value for one in used for value in one.values.values())
    contrasts = [_contrast(against, by_key[key], below, contrast.measure) for key in compared]
    margin = contrast.size if contrast.direction is Direction.SAME else None
    findings = tuple(compare.findings(contrasts, contrast.measure.unit, margin))
    came_out = all(_came_out(lesson, finding) for finding in findings)
    answer = _answer(lesson, by_key, {curve.arm.key: curve for curve in curves})
    return Verdict(
        lesson,
        findings,
        numbers,
        curves,
        _sentence(lesson, against, by_key[contrast.of], findings[0])
        if len(findings) == 1
        else _family(against, [by_key[key] for key in compared], findings),
        _outcome(lesson, findings),
        came_out,
        answer,
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
    """Whether it is what was written before, in a sentence."""
    contrast = lesson.contrast
    unit = contrast.measure.unit.removesuffix("s" if contrast.size == 1 else "")
    size = f"{numerals.short(contrast.size)} {unit}"
    if contrast.direction is Direction.SAME:
        expected = f"no difference above {size}"
    else:
        expected = f"at least {size} {contrast.direction}"
    if all(_came_out(lesson, finding) for finding in findings):
        return f"Written before measuring: {expected}. It came out."
    if any(finding.verdict in _DECIDED[contrast.direction] for finding in findings):
        return f"Written before measuring: {expected}. The direction came out, the size did not."
    if any(finding.is_decided for finding in findings):
        return f"Written before measuring: {expected}. It came out otherwise."
    if any(finding.verdict is compare.Verdict.TOO_FEW for finding in findings):
        return f"Written before measuring: {expected}. Too few seeds to decide."
    return f"Written before measuring: {expected}. The seeds do not show it."


def _sentence(lesson: Lesson, against: Numbers, other: Numbers, finding: Finding) -> str:
    """Failures first, where some seeds failed and some did not; then both numbers and their difference."""
    both = f"{_counts((against, other), finding.contrast.failures)}{_named((against, other), finding.unit)}"
    seeds = f"{seeds_text(len(against.values))} each"
    if not finding.is_decided:
        return f"{both} {_capital(finding.verdict)} ({seeds})."
    p_value = sentences.p_text(finding.estimate.p_value) if finding.estimate else ""
    return f"{both} Median difference {_signed(finding)} ({_interval(finding)}), {seeds}, p {p_value}."


def _family(against: Numbers, others: list[Numbers], findings: tuple[Finding, ...]) -> str:
    pairs = [(one.arm.name, finding) for one, finding in zip(others, findings, strict=True)]
    sizes = "; ".join(f"{name} {_signed(finding)} ({_interval(finding)})" for name, finding in pairs)
    seeds = f"{seeds_text(len(against.values))} each"
    text = f"{_named((against, *others), findings[0].unit)} Against {against.arm.name}: {sizes}; {seeds}."
    verdicts = dict.fromkeys(finding.verdict for finding in findings)
    if len(verdicts) == 1 and not findings[0].is_decided:
        return f"{text} {_capital(findings[0].verdict)}."
    return f"{text} {_capital('; '.join(f'{name}: {finding.verdict}' for name, finding in pairs))}."


def _named(arms: Sequence[Numbers], unit: str) -> str:
    """ "No norm: 10.1 %. BatchNorm: 98.5 %." """
    sign, digits = (" %", 1) if unit == "points" else (f" {unit}", 2)
    return " ".join(f"{_capital(one.arm.name)}: {numerals.number(one.middle, digits)}{sign}." for one in arms)


def _counts(arms: Sequence[Numbers], failures: Sequence[Share]) -> str:
    """ "Failed: no norm 7 of 10, BatchNorm 0 of 10. "; nothing where all seeds of an arm did the same."""
    if not any(0 < share.count < share.of for share in failures):
        return ""
    counts = (f"{one.arm.name} {share.text}" for one, share in zip(arms, failures, strict=True))
    return f"Failed: {', '.join(counts)}. "


def _capital(text: str) -> str:
    """As a sentence begins; a Greek letter is a symbol, and stays."""
    return text[0].upper() + text[1:] if text[0].isascii() else text


def _signed(finding: Finding) -> str:
    digits = 1 if finding.unit == "points" else 2
    return f"{numerals.signed(finding.value or 0.0, digits)} {finding.unit}"


def _interval(finding: Finding) -> str:
    digits = 1 if finding.unit == "points" else 2
    if finding.estimate is None:
        return "no interval"
    low, high = (numerals.signed(end, digits) for end in (finding.estimate.low, finding.estimate.high))
    return f"{low} to {high}"


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
