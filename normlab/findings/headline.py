"""The question behind the study, on every part that has its arms: does L1 hurt BatchNorm more than GroupNorm?"""

from collections.abc import Sequence

from normlab.compare import Finding, findings
from normlab.compare.sentences import NOT_RESOLVED, exploratory
from normlab.findings.markdown import effect, table
from normlab.findings.quantities import TEST_ACCURACY
from normlab.findings.questions import MARGIN
from normlab.findings.results import EVERY, Results
from normlab.study.grids import LESSON, PARTS

_ABOUT = """\
### The question behind the study: does L1 hurt BatchNorm more than GroupNorm?

What L1 does to BN, minus what it does to GN, in points of test accuracy: below zero, BN is hurt more. The λ of L1 is
the study's 0.01 on all parameters, the lesson's, or where a part is done honestly the one that the validation split
chose for each arm. All of the table is judged together (Holm); fewer than ten seeds, or twenty where the difference is
below 0.1 points, are *exploratory*: enough to look, not to claim.
"""
_ARMS = ("bn/none", "bn/l1", "gn/none", "gn/l1")
_WEIGHTS = ((-1.0, 1.0, 0.0, 0.0), (0.0, 0.0, -1.0, 1.0), (-1.0, 1.0, 1.0, -1.0))
"""Of `_ARMS`: L1 added to BN, L1 added to GN, the one minus the other."""


def section(results: Results) -> str:
    """A table, a row a part, and what its last column comes to; "" if no part has the arms."""
    values = {part.name: results.samples(part.name, _ARMS, TEST_ACCURACY) for part in (*PARTS, LESSON)}
    known = {part: samples for part, samples in values.items() if all(samples)}
    if not known:
        return ""
    judged = iter(findings([_pair(samples, w) for samples in known.values() for w in _WEIGHTS], "points", MARGIN))
    found = {part: [next(judged) for _ in _WEIGHTS] for part in known}
    rows = [
        [EVERY[part].title, _seeds(known[part]), *map(effect, three), _told(three[-1])] for part, three in found.items()
    ]
    head = ("experiment", "seeds", "L1 added to BN", "L1 added to GN", "the first minus the second", "L1 hurts BN more")
    return "\n\n".join([_ABOUT.strip(), table(head, rows), _in_words([three[-1] for three in found.values()])])


def _pair(samples: Sequence[list[float]], weights: Sequence[float]) -> tuple[list[list[float]], list[float]]:
    """Only the arms that count."""
    used = [(sample, weight) for sample, weight in zip(samples, weights, strict=True) if weight]
    return [sample for sample, _ in used], [weight for _, weight in used]


def _seeds(samples: Sequence[list[float]]) -> str:
    return str(min(map(len, samples)))


def _told(contrast: Finding) -> str:
    if contrast.estimate is None or contrast.value is None:
        return "one seed: no interval"
    told = {True: "yes" if contrast.value < 0 else "no, GN more", False: contrast.verdict}[contrast.is_resolved]
    return f"{told} (exploratory)" if exploratory(contrast.estimate, contrast.unit) else told


def _in_words(contrasts: Sequence[Finding]) -> str:
    measured = [one for one in contrasts if one.estimate is not None]
    open_ = sum(one.verdict == NOT_RESOLVED for one in measured)
    if open_ == len(measured):
        return (
            f"In none of the {len(measured)} experiments with more than one seed is the difference resolved: no claim "
            "that L1 treats the two norms differently stands on them, nor that it treats them alike."
        )
    return f"{len(measured) - open_} of the {len(measured)} experiments with more than one seed have an answer."
