"""The question behind the study, on every part that has its arms: does L1 hurt BatchNorm more than GroupNorm?"""

from collections.abc import Sequence

from normlab.compare import Finding, Verdict, findings, stratified
from normlab.study.claims.judging import HEADLINE, family
from normlab.study.claims.questions import contrast_of
from normlab.study.plan.grids import LESSON, PARTS
from normlab.study.results.measured import EVERY, Results
from normlab.study.results.quantities import TEST_ACCURACY
from normlab.study.texts.contrasts import effect
from normlab.templates import render


def section(results: Results) -> str:
    """A table, a row a part, and what its last column comes to; "" if no part has the arms."""
    asked = [part.name for part in (*PARTS, LESSON)]
    known = {part: [family(part, TEST_ACCURACY, results).get(lists) for lists in HEADLINE] for part in asked}
    found = {part: [one for one in three if one is not None] for part, three in known.items() if all(three)}
    if not found:
        return ""
    rows = [
        [EVERY[part].title, str(three[-1].contrast.seeds), *map(effect, three), _answer(three[-1])]
        for part, three in found.items()
    ]
    parts = [part for part in found if part != LESSON.name]
    if len(parts) > 1:
        pooled = _pooled(parts, results)
        rows.append(["All together", "–", "–", "–", effect(pooled), _answer(pooled)])
    measured = [three[-1] for three in found.values() if three[-1].estimate is not None]
    decided = [one for one in measured if one.verdict not in (Verdict.OPEN, Verdict.TOO_FEW)]
    return render(__package__, "question.md", rows=rows, measured=len(measured), decided=len(decided))


def _pooled(parts: Sequence[str], results: Results) -> Finding:
    """The interaction on the whole, compared within each part."""
    (found,) = findings(
        [stratified([contrast_of(HEADLINE[-1], TEST_ACCURACY, part, results) for part in parts])], "points"
    )
    return found


def _answer(contrast: Finding) -> str:
    if contrast.estimate is None or contrast.value is None:
        return "one seed: no interval"
    if contrast.is_decided:
        return "yes" if contrast.value < 0 else "no, GN more"
    return str(contrast.verdict)
