"""The question behind the study, on every part that has its arms: does L1 hurt BatchNorm more than GroupNorm?"""

from collections.abc import Sequence

from normlab.compare import Finding, Verdict, findings, stratified
from normlab.study.claims.judging import HEADLINE, family
from normlab.study.claims.questions import contrast_of
from normlab.study.plan.grids import LESSON, PARTS
from normlab.study.results.measured import EVERY, Results
from normlab.study.results.quantities import TEST_ACCURACY
from normlab.study.texts.markdown import effect, table

_ABOUT = """\
## The question behind the study: does L1 hurt BatchNorm more than GroupNorm?

What L1 does to BN, minus what it does to GN, in points of test accuracy: below zero, BN is hurt more. The λ of L1 is
the study's 0.01 on all parameters, the lesson's, or where a part is done honestly the one that the validation split
chose for each arm. The last row adds up the others' ranks, without the lesson, whose runs are partly those of *digits*.
"""


def section(results: Results) -> str:
    """A table, a row a part, and what its last column comes to; "" if no part has the arms."""
    asked = [part.name for part in (*PARTS, LESSON)]
    known = {part: [family(part, TEST_ACCURACY, results).get(lists) for lists in HEADLINE] for part in asked}
    found = {part: [one for one in three if one is not None] for part, three in known.items() if all(three)}
    if not found:
        return ""
    rows = [
        [EVERY[part].title, str(three[-1].contrast.seeds), *map(effect, three), _told(three[-1])]
        for part, three in found.items()
    ]
    parts = [part for part in found if part != LESSON.name]
    if len(parts) > 1:
        pooled = _pooled(parts, results)
        rows.append(["All together", "–", "–", "–", effect(pooled), _told(pooled)])
    head = ("experiment", "seeds", "L1 added to BN", "L1 added to GN", "the first minus the second", "L1 hurts BN more")
    return "\n\n".join([_ABOUT.strip(), table(head, rows), _in_words([three[-1] for three in found.values()])])


def _pooled(parts: Sequence[str], results: Results) -> Finding:
    """The interaction on the whole, compared within each part."""
    (found,) = findings(
        [stratified([contrast_of(HEADLINE[-1], TEST_ACCURACY, part, results) for part in parts])], "points"
    )
    return found


def _told(contrast: Finding) -> str:
    if contrast.estimate is None or contrast.value is None:
        return "one seed: no interval"
    if contrast.is_decided:
        return "yes" if contrast.value < 0 else "no, GN more"
    return str(contrast.verdict)


def _in_words(contrasts: Sequence[Finding]) -> str:
    measured = [one for one in contrasts if one.estimate is not None]
    open_ = sum(one.verdict in (Verdict.OPEN, Verdict.TOO_FEW) for one in measured)
    if open_ == len(measured):
        return (
            f"In none of the {len(measured)} experiments with more than one seed is the difference decided: no claim "
            "that L1 treats the two norms differently stands on them, nor that it treats them alike."
        )
    return f"{len(measured) - open_} of the {len(measured)} experiments with more than one seed have an answer."
