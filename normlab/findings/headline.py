"""The question behind the study, on every part that has its arms: does L1 hurt BatchNorm more than GroupNorm?"""

from normlab.findings.claims import BY_KEY, Verdict, judge
from normlab.findings.effects import NORMS, PENALTIES, effects
from normlab.findings.markdown import effect, table
from normlab.findings.questions import Answer
from normlab.findings.results import EVERY, Results
from normlab.frames import seeds_text
from normlab.study.grids import LESSON, PARTS

_ABOUT = """\
### The question behind the study: does L1 hurt BatchNorm more than GroupNorm?

What L1 does to BN, minus what it does to GN, in points of test accuracy: below zero, BN is hurt more. The λ of L1 is
the study's 0.01 on all parameters, the lesson's, or where a part is done honestly the one that the validation split
chose for each arm.
"""


def section(results: Results) -> str:
    """A table, a row a part, and how many of them have an answer; "" if none has its arms."""
    claim = BY_KEY["interaction"]
    verdicts = [judge(claim, results, part.name) for part in (*PARTS, LESSON)]
    known = [verdict for verdict in verdicts if verdict.evidence[0].finding is not None]
    if not known:
        return ""
    head = ("experiment", "seeds", "L1 added to BN", "L1 added to GN", "the first minus the second", "L1 hurts BN more")
    return "\n\n".join([_ABOUT.strip(), table(head, [_row(one, results) for one in known]), _in_words(known)])


def _row(verdict: Verdict, results: Results) -> list[str]:
    evidence = verdict.evidence[0]
    names = {arm.name for arm in EVERY[verdict.part].arms()}
    asked = [one for one in (*NORMS, *PENALTIES) if {one.without, one.with_it} <= names]
    judged = dict(zip((one.name for one in asked), effects(asked, verdict.part, results), strict=True))
    changes = [effect(judged[f"L1 added to {norm}"]) for norm in ("BN", "GN")]
    return [EVERY[verdict.part].title, str(evidence.seeds), *changes, effect(evidence.finding), str(verdict.answer)]


def _in_words(known: list[Verdict]) -> str:
    ended = [one for one in known if one.answer not in (Answer.NOT_RESOLVED, Answer.NOT_MEASURED)]
    if not ended:
        return (
            f"In none of these {len(known)} experiments is the difference resolved: no claim that L1 treats the two "
            "norms differently stands on them, nor that it treats them alike."
        )
    told = "; ".join(f"{EVERY[one.part].title}: {one.answer} ({seeds_text(one.evidence[0].seeds)})" for one in ended)
    rest = len(known) - len(ended)
    return f"{told}. {f'Not resolved in the other {rest}.' if rest else ''}".strip()
