"""The question behind the study, on every part that has its arms: does L1 hurt BatchNorm more than GroupNorm?"""

from collections.abc import Sequence

from normlab.compare import Contrast, Finding, Values, Verdict, findings
from normlab.findings.markdown import effect, table
from normlab.findings.quantities import TEST_ACCURACY
from normlab.findings.questions import MARGIN, contrast
from normlab.findings.results import EVERY, Results
from normlab.study.grids import LESSON, PARTS

_ABOUT = """\
### The question behind the study: does L1 hurt BatchNorm more than GroupNorm?

What L1 does to BN, minus what it does to GN, in points of test accuracy: below zero, BN is hurt more. The λ of L1 is
the study's 0.01 on all parameters, the lesson's, or where a part is done honestly the one that the validation split
chose for each arm. Each row is judged together (Holm).
"""
_ARMS = ("bn/none", "bn/l1", "gn/none", "gn/l1")


def section(results: Results) -> str:
    """A table, a row a part, and what its last column comes to; "" if no part has the arms."""
    values = {part.name: [results.values(part.name, arm, TEST_ACCURACY) for arm in _ARMS] for part in (*PARTS, LESSON)}
    known = {part: arms for part, arms in values.items() if all(arms)}
    if not known:
        return ""
    found = {part: findings(_three(arms), "points", MARGIN) for part, arms in known.items()}
    rows = [
        [EVERY[part].title, _seeds(known[part]), *map(effect, three), _told(three[-1])] for part, three in found.items()
    ]
    head = ("experiment", "seeds", "L1 added to BN", "L1 added to GN", "the first minus the second", "L1 hurts BN more")
    return "\n\n".join([_ABOUT.strip(), table(head, rows), _in_words([three[-1] for three in found.values()])])


def _three(arms: Sequence[Values]) -> list[Contrast]:
    """L1 added to BN, L1 added to GN, the one minus the other."""
    return [contrast(arms[:2]), contrast(arms[2:]), contrast(arms)]


def _seeds(arms: Sequence[Values]) -> str:
    return str(min(map(len, arms)))


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
