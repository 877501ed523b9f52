"""One contrast, one verdict: all contrasts of a number in a part are judged together, whichever table asks for them.

Claims, the tables of techniques and the question behind the study look their answers up here. Only a question that
names a margin of its own is told from zero, or called equal, by that; its p is corrected for the same family.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from normlab.compare import Contrast, Finding, findings, unpaired
from normlab.study.claims.questions import MARGINS, Evidence, Question, contrast_of, evidence, together
from normlab.study.claims.statements import CLAIMS, MAIN, Claim, Verdict
from normlab.study.plan.grids import LESSON, LESSON_NO_DROPOUT
from normlab.study.results.measured import EVERY, Results
from normlab.study.results.quantities import TEST_ACCURACY, Quantity


@dataclass(frozen=True, slots=True)
class Technique:
    """What is changed: from the arm `without` to the arm `with_it`; dropout changes the part instead of the arm."""

    name: str
    without: str
    with_it: str


NORM_CHANGES: tuple[Technique, ...] = (
    Technique("BatchNorm instead of no norm", "none/none", "bn/none"),
    Technique("LayerNorm instead of no norm", "none/none", "ln/none"),
    Technique("GroupNorm instead of no norm", "none/none", "gn/none"),
    Technique("LayerNorm instead of BatchNorm", "bn/none", "ln/none"),
    Technique("GroupNorm instead of BatchNorm", "bn/none", "gn/none"),
)
PENALTY_CHANGES: tuple[Technique, ...] = tuple(
    Technique(f"{penalty} added to {name}", f"{norm}/none", f"{norm}/{penalty.lower().replace(' ', '')}")
    for penalty in ("L1", "L2", "L1 + L2")
    for norm, name in (("none", "no norm"), ("bn", "BN"), ("ln", "LN"), ("gn", "GN"))
)
DROPOUT_CHANGES: tuple[Technique, ...] = tuple(
    Technique(f"dropout 0.05 added to {name}", f"{norm}/none", f"{norm}/none")
    for norm, name in (("none", "no norm"), ("bn", "BN"), ("ln", "LN"), ("gn", "GN"))
)
"""The techniques whose effects are asked of every part."""

Arms = tuple[tuple[str, ...], ...]
"""Names a contrast: the lists of arms of `Question.lists`."""

HEADLINE: tuple[Arms, ...] = (
    (("bn/none", "bn/l1"),),
    (("gn/none", "gn/l1"),),
    (("bn/none", "bn/l1", "gn/none", "gn/l1"),),
)
"""L1 added to BN, L1 added to GN, the one minus the other."""


def judge(claim: Claim, results: Results, part: str = MAIN) -> Verdict:
    """Put the claim's questions to a part."""
    asked = _answered(claim.questions, part, results)
    return Verdict(claim, part, together([one.answer for one in asked]), asked, _answered(claim.details, part, results))


def carried(claim: Claim, results: Results) -> list[Verdict]:
    """The claim on the other parts that have its arms."""
    return [judge(claim, results, part) for part in claim.elsewhere if part in EVERY]


def _answered(questions: Sequence[Question], part: str, results: Results) -> tuple[Evidence, ...]:
    return tuple(
        evidence(one, family(part, one.quantity, results, one.margin).get(one.lists), part, results)
        for one in questions
    )


def family(part: str, quantity: Quantity, results: Results, margin: float | None = None) -> Mapping[Arms, Finding]:
    """Every contrast of the number that is asked for in the part and measured, judged together."""
    if quantity.unit == "points":
        margin = margin or MARGINS[part]
    return results.once(("family", part, quantity.name, margin), lambda: _judged(part, quantity, results, margin))


def _judged(part: str, quantity: Quantity, results: Results, margin: float | None) -> Mapping[Arms, Finding]:
    known = {
        lists: contrast_of(lists, quantity, part, results)
        for lists in dict.fromkeys(_asked(part, quantity))
        if all(results.values(part, arm, quantity) for arms in lists for arm in arms)
    }
    dropout = _dropout(results) if (part, quantity) == (LESSON.name, TEST_ACCURACY) else {}
    every = {**known, **dropout}
    return dict(zip(every, findings(list(every.values()), quantity.unit, margin), strict=True))


def _asked(part: str, quantity: Quantity) -> list[Arms]:
    there = {arm.name for arm in EVERY[part].arms()}
    claims = [claim for claim in CLAIMS if part in (MAIN, *claim.elsewhere)]
    lists = [one.lists for claim in claims for one in (*claim.questions, *claim.details) if one.quantity is quantity]
    if quantity is TEST_ACCURACY:
        lists += [_pair(one) for one in (*NORM_CHANGES, *PENALTY_CHANGES)] + list(HEADLINE)
    return [one for one in lists if {arm for arms in one for arm in arms} <= there]


def _pair(technique: Technique) -> Arms:
    return ((technique.without, technique.with_it),)


def _dropout(results: Results) -> dict[Arms, Contrast]:
    """Of the lesson: its arms with dropout against those without, which are a part of their own."""
    found: dict[Arms, Contrast] = {}
    for one in DROPOUT_CHANGES:
        old = results.values(LESSON_NO_DROPOUT.name, one.without, TEST_ACCURACY)
        new = results.values(LESSON.name, one.with_it, TEST_ACCURACY)
        if old and new:
            failed = (
                results.failures(LESSON_NO_DROPOUT.name, one.without),
                results.failures(LESSON.name, one.with_it),
            )
            found[((one.name,),)] = unpaired(list(old.values()), list(new.values()), failed)
    return found


def effects(techniques: Sequence[Technique], part: str, results: Results) -> list[Finding | None]:
    """The change of test accuracy by each technique, in points; None where one of its arms has no run."""
    found = family(part, TEST_ACCURACY, results)
    return [found.get(((one.name,),) if one in DROPOUT_CHANGES else _pair(one)) for one in techniques]
