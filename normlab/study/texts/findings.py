"""docs/findings.md: every result of the repetition, also effects that did not appear, written from what ships."""

import statistics
from collections.abc import Sequence

from normlab.compare import Finding
from normlab.compare.sentences import signed
from normlab.labels import seeds_text
from normlab.numerals import number
from normlab.study.claims.carriers import carriers
from normlab.study.claims.expectations import Expectation, Result, Tally, compare, tallies
from normlab.study.claims.expected_mechanisms import GROUP
from normlab.study.claims.judging import (
    DROPOUT_CHANGES,
    NORM_CHANGES,
    PENALTY_CHANGES,
    Technique,
    carried,
    effects,
    judge,
)
from normlab.study.claims.questions import MARGINS, Evidence
from normlab.study.claims.statements import CLAIMS, MAIN, PENALTIES, Verdict, arm_name
from normlab.study.plan.grids import LESSON, PARTS, Part
from normlab.study.results import mechanisms
from normlab.study.results.measured import EVERY, Results
from normlab.study.results.quantities import SWING, SWING_REESTIMATED, TEST_ACCURACY
from normlab.study.texts import swings
from normlab.study.texts.markdown import NOT_YET, effect, flowing, found, table

_INTRODUCTION = """\
# Findings

This page is written by `normlab study findings` from the runs and result files that ship; it is not edited by hand,
and a test compares it with them. Whatever is not trained or measured yet is called so. The Study page of the app
shows the same with links into every comparison: <http://localhost:8501/study?section=claims>.

Differences are in points of test accuracy after the last epoch, by the ranks of the seeds with their 95 % interval
(90 % for three seeds); **bold** is decided, ≈ is no difference that matters. All differences of one number in one part
are judged together (Holm), whichever table they stand in, so a difference has the same verdict everywhere;
[statistics.md](statistics.md) says how. What does not matter is what the choice of the test images alone leaves
uncertain; the intervals do not cover that choice: {margins}.
"L1 added" uses the λ of the part: the study's
0.01 on all parameters, or where a part is done honestly the one that the validation split chose for that arm.
"""


def write(results: Results, expectations: Sequence[Expectation]) -> str:
    """The whole document."""
    compared = [compare(one, results) for one in expectations]
    parts = [
        _INTRODUCTION.replace("{margins}", _margins()),
        _progress(results),
        _claims(results),
        "## Results",
        *(_part(part, results) for part in (*PARTS, LESSON)),
        _dropout(results),
        _mechanisms(results, compared),
        _predictions(compared),
    ]
    return flowing("\n\n".join(parts))


def _margins() -> str:
    return ", ".join(f"{EVERY[name].title} ±{margin:g} points" for name, margin in MARGINS.items())


def _progress(results: Results) -> str:
    rows = []
    for part in (*PARTS, LESSON):
        done = sum(len(results.seeds(part.name, arm.name)) for arm in part.arms())
        gone = sum(len(results.diverged(part.name, arm.name)) for arm in part.arms())
        rows.append([part.name, part.title, f"{done} of {part.size()}", str(gone) if gone else "none"])
    return "## What there is\n\n" + table(("part", "what", "runs", "diverged"), rows)


def _claims(results: Results) -> str:
    rows, details = [], []
    for claim in CLAIMS:
        main, others = judge(claim, results), carried(claim, results)
        elsewhere = [f"{other.part}: {other.answer}" for other in others if other.answer != "not measured"]
        rows.append([claim.says, claim.by, f"**{main.answer}**", "; ".join(elsewhere) or "–"])
        measured = [verdict for verdict in (main, *others) if any(one.finding for one in verdict.evidence)]
        if measured:
            details.append(f"### {claim.says}\n\n{claim.means}\n\n" + "\n\n".join(map(_evidence, measured)))
    head = ("statement", "by", "verdict on the study's recipe", "elsewhere")
    return "\n\n".join(["## The study's claims, and objections", table(head, rows), *details])


def _evidence(verdict: Verdict) -> str:
    rows = [
        [one.question.label, one.question.quantity.name, *_numbers(one), _answer(one, verdict)]
        for one in (*verdict.evidence, *verdict.details)
    ]
    where = "On the study's recipe" if verdict.part == MAIN else EVERY[verdict.part].title
    head = ("question", "quantity", "value", "unit", "seeds", "answer")
    return f"{where}: **{verdict.answer}**.\n\n{table(head, rows)}"


def _answer(one: Evidence, verdict: Verdict) -> str:
    """What the seeds say, and within which margin where that is not the part's; of a single arm as detail."""
    margin = "" if one.question.margin is None else f" (here ±{one.question.margin:g} points do not matter)"
    return f"{one.answer}{margin}" if one in verdict.evidence else f"alone: {one.answer}"


def _numbers(one: Evidence) -> tuple[str, str, str]:
    return effect(one.finding), one.question.quantity.unit, str(one.seeds) if one.seeds else "–"


def _part(part: Part, results: Results) -> str:
    """Means of the arms, and what norms and penalties change."""
    heading = f"### {part.title} (`{part.name}`)"
    if not any(results.seeds(part.name, arm.name) for arm in part.arms()):
        command = "normlab rebuild" if part is LESSON else f"normlab study train {part.name}"
        return f"{heading}\n\nNot trained yet: `{command}`."
    told = [
        heading,
        "Test accuracy in %, mean ± standard deviation of the seeds (number of seeds).",
        means(part, results),
    ]
    if part.is_tuned:
        told += ["λ that the validation split chose:", _strengths(part, results)]
    told.append(_effects([*NORM_CHANGES, *PENALTY_CHANGES], part, results))
    if part.name == "study":
        told.append(_swings(part, results))
    return "\n\n".join(told)


def means(part: Part, results: Results) -> str:
    """The table of every arm's mean test accuracy in % after the last epoch, with spread and number of seeds."""
    rows = [
        [arm_name(f"{norm}/none"), *(_mean(results, part.name, f"{norm}/{penalty}") for penalty in part.penalties)]
        for norm in _norms(part)
    ]
    return table(("", *(PENALTIES[penalty] for penalty in part.penalties)), rows)


def _norms(part: Part) -> list[str]:
    return ["+".join(norms) or "none" for norms in part.norms]


def _mean(results: Results, part: str, arm: str) -> str:
    values = list(results.values(part, arm, TEST_ACCURACY).values())
    if not values:
        return NOT_YET
    spread = f" ± {number(statistics.stdev(values))}" if len(values) > 1 else ""
    failed, lost = results.failures(part, arm).count, len(results.diverged(part, arm))
    told = f", {failed} failed" if failed else ""
    told += f" ({lost} of them diverged)" if lost else ""
    return f"{number(statistics.mean(values))}{spread} ({len(values)}){told}"


def _strengths(part: Part, results: Results) -> str:
    chosen, edges = results.strengths(part.name) or {}, results.at_edge(part.name)
    penalties = [penalty for penalty in part.penalties if penalty != "none"]

    def cell(arm: str) -> str:
        if arm not in chosen:
            return "not chosen"
        own = [f"{name} {value:g}" for name, value in (("λ₁", chosen[arm].l1), ("λ₂", chosen[arm].l2)) if value]
        return ", ".join(own) + (f" ({edges[arm]} tried)" if arm in edges else "")

    rows = [[arm_name(f"{norm}/none"), *(cell(f"{norm}/{one}") for one in penalties)] for norm in _norms(part)]
    told = table(("", *(PENALTIES[penalty] for penalty in penalties)), rows)
    if not edges:
        return told
    return (
        f"{told}\n\nWhere the best λ is the smallest or the largest that was tried, a better one may lie beyond it, "
        "and the effect of the penalty may be larger than the one below. The next tuning goes on until it does not."
    )


def _effects(techniques: Sequence[Technique], part: Part, results: Results) -> str:
    names = {arm.name for arm in part.arms()}
    asked = [one for one in techniques if {one.without, one.with_it} <= names]
    judged = zip(asked, effects(asked, part.name, results), strict=True)
    rows = [
        [one.name, effect(change), str(change.verdict), _needed(change)] for one, change in judged if change is not None
    ]
    rest = len(asked) - len(rows)
    missing = f"{rest} changes are not measured yet, because one of their arms has no run." if rest else ""
    told = table(("change", "points", "verdict", "seeds an arm that would resolve this size"), rows) if rows else ""
    return "\n\n".join(text for text in (told, missing) if text)


def _needed(finding: Finding) -> str:
    needed = finding.seeds_needed
    return "–" if needed is None else f"{needed:,}" if needed <= 1000 else "more than 1,000"


def _swings(part: Part, results: Results) -> str:
    """The standard deviation of each run's own curve."""
    rows = []
    for arm in part.arms():
        found = [results.values(part.name, arm.name, quantity) for quantity in (SWING, SWING_REESTIMATED)]
        if found[0]:
            rows.append([arm_name(arm.name), *(_swing(list(values.values())) for values in found)])
    about = (
        "How much a run's own test accuracy moves around its trend over the epochs, the first left out (as a standard "
        "deviation in points, mean over the seeds):"
    )
    return f"{about}\n\n{table(('arm', 'running statistics', 're-estimated statistics'), rows)}" if rows else ""


def _swing(values: Sequence[float]) -> str:
    return f"{number(statistics.mean(values))} ({seeds_text(len(values))})" if values else "–"


def _dropout(results: Results) -> str:
    table_of = _effects(DROPOUT_CHANGES, LESSON, results)
    return f"### Dropout, the lesson's runs on digits\n\nDropout 0.05 against none, no penalty.\n\n{table_of}"


def _mechanisms(results: Results, compared: Sequence[Result]) -> str:
    heading = "## Why BN + L1 + L2 swings"
    rows = mechanisms.rows(results)
    if not rows:
        return f"{heading}\n\nNot measured yet: `normlab study mechanisms`."
    told = [
        [
            row.title,
            f"`{row.name}`",
            row.asks,
            str(row.seeds),
            number(row.running),
            number(row.swing),
            number(row.batch),
            number(row.batch_swing),
            signed(row.deficit, "points"),
            "–" if row.removes is None else row.removes.text,
        ]
        for row in rows
    ]
    head = ("change", "arm", "asks", "seeds", "running %", "swing", "batch %", "swing", "deficit", "removes")
    return "\n\n".join(
        [
            heading,
            swings.headline(results),
            swings.numbers(results),
            "\n".join(f"- {text}" for text in swings.insights(results)),
            "What happened to each mechanism, and, separately, whether what was predicted of it came true. A mechanism "
            "*carries* the deficit where every seed gives it 90 % or more, *part of it* from 10 % on. "
            "[predictions.md](predictions.md) says what each measurement is.",
            carried_table(results, tallies([one for one in compared if one.expectation.group == GROUP])),
            "### Every change",
            "Accuracies are means over the checks after the first epoch. The *swing* is measured around the trend: "
            "how far a check lies from the middle of its two neighbors, as a standard deviation. *Removes* is 1 − the "
            "arm's deficit / base's of the same seed: a share of points. Only where the variance of the swing is "
            "named, a share is one of squares. GroupNorm has no deficit to remove.",
            table(head, told),
        ]
    )


def carried_table(results: Results, fared: Sequence[Tally] = ()) -> str:
    """What happened to each mechanism; with `fared` also how the predictions of its subject did."""
    met = {one.subject: f"{one.met} of {one.measured} met" for one in fared}
    rows = [
        [
            one.mechanism.name,
            one.mechanism.test,
            "–" if one.share is None else f"{one.share.text} of {one.mechanism.of}",
            f"**{one.verdict}**",
            *([f"{one.mechanism.subject}: {met[one.mechanism.subject]}"] if met else []),
        ]
        for one in carriers(results)
    ]
    head = ("what may carry it", "test", "share", "what happened to it", *(["predictions"] if met else []))
    return table(head, rows)


def _predictions(compared: Sequence[Result]) -> str:
    told = [
        "## Predictions and results",
        "[predictions.md](predictions.md) was committed before anything was run. A prediction that names a single "
        "accuracy counts as met where the odds of being right are within a factor of 1.5 of it, other single "
        "numbers within that "
        'factor. "The claim falls" where the condition for that, written down as well, came true. "Resolved" is said '
        "here of each contrast alone, as it was written down; the tables above count Holm.",
    ]
    for group in dict.fromkeys(one.expectation.group for one in compared):
        own = [one for one in compared if one.expectation.group == group]
        rows = [
            [
                one.expectation.subject,
                one.expectation.measures,
                one.expectation.text,
                found(one),
                one.expectation.unit or "–",
                str(one.seeds) if one.seeds else "–",
                str(one.outcome),
            ]
            for one in own
        ]
        head = ("of", "measured", "expected", "found (95 % interval)", "unit", "seeds", "outcome")
        told += [f"### {group}", table(head, rows)]
    return "\n\n".join(told)
