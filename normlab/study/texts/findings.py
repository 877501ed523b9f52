"""docs/findings.md: every result of the repetition, also effects that did not appear, written from what ships."""

import statistics
from collections.abc import Sequence

from normlab.compare import Finding, sentences
from normlab.labels import seeds_text
from normlab.numerals import exact, number
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
from normlab.study.texts.contrasts import NOT_YET, effect, outcome
from normlab.templates import flowing, render, table

Cells = Sequence[str]
"""Of one row of a table."""


def write(results: Results, expectations: Sequence[Expectation]) -> str:
    """The whole document."""
    compared = [compare(one, results) for one in expectations]
    verdicts = [(claim, judge(claim, results), carried(claim, results)) for claim in CLAIMS]
    text = render(
        __package__,
        "findings.md",
        margins=[f"{EVERY[name].title} ±{margin:g} points" for name, margin in MARGINS.items()],
        progress=[_progress(part, results) for part in (*PARTS, LESSON)],
        claims=[(claim.says, claim.by, f"**{main.answer}**", _elsewhere(others)) for claim, main, others in verdicts],
        evidence=[(claim, measured) for claim, main, others in verdicts if (measured := _measured(main, *others))],
        parts=[_part(part, results) for part in (*PARTS, LESSON)],
        dropout=_effects(DROPOUT_CHANGES, LESSON, results),
        mechanisms=_mechanisms(results),
        swing={
            "headline": swings.headline(results),
            "numbers": swings.numbers(results),
            "insights": swings.insights(results),
        },
        carried=carried_table(results, tallies([one for one in compared if one.expectation.group == GROUP])),
        predictions=_predictions(compared),
    )
    return flowing(text)


def _progress(part: Part, results: Results) -> Cells:
    ended = sum(len(results.seeds(part.name, arm.name)) for arm in part.arms())
    diverged = sum(len(results.diverged(part.name, arm.name)) for arm in part.arms())
    return part.name, part.title, f"{ended} of {part.size()}", str(diverged) if diverged else "none"


def _elsewhere(verdicts: Sequence[Verdict]) -> str:
    answers = [f"{one.part}: {one.answer}" for one in verdicts if one.answer != "not measured"]
    return "; ".join(answers) or "–"


def _measured(*verdicts: Verdict) -> list[dict[str, object]]:
    """What the seeds say, part by part, of those that have been measured."""
    return [
        {
            "where": "On the study's recipe" if verdict.part == MAIN else EVERY[verdict.part].title,
            "answer": verdict.answer,
            "rows": [_evidence(one, verdict) for one in (*verdict.evidence, *verdict.details)],
        }
        for verdict in verdicts
        if any(one.finding for one in verdict.evidence)
    ]


def _evidence(one: Evidence, verdict: Verdict) -> Cells:
    quantity, seeds = one.question.quantity, str(one.seeds) if one.seeds else "–"
    return one.question.label, quantity.name, effect(one.finding), quantity.unit, seeds, _answer(one, verdict)


def _answer(one: Evidence, verdict: Verdict) -> str:
    """What the seeds say, and within which margin where that is not the part's; of a single arm as detail."""
    margin = "" if one.question.margin is None else f" (here ±{one.question.margin:g} points do not matter)"
    return f"{one.answer}{margin}" if one in verdict.evidence else f"alone: {one.answer}"


def _part(part: Part, results: Results) -> dict[str, object]:
    """Means of the arms, and what norms and penalties change."""
    if not any(results.seeds(part.name, arm.name) for arm in part.arms()):
        command = "normlab rebuild" if part is LESSON else f"normlab study train {part.name}"
        return {"part": part, "is_trained": False, "command": command}
    return {
        "part": part,
        "is_trained": True,
        "means": means(part, results),
        "strengths": _strengths(part, results) if part.is_tuned else "",
        "is_at_edge": part.is_tuned and bool(results.at_edge(part.name)),
        "effects": _effects([*NORM_CHANGES, *PENALTY_CHANGES], part, results),
        "swings": _swings(part, results) if part.name == MAIN else [],
    }


def means(part: Part, results: Results) -> str:
    """The table of every arm's mean test accuracy in % after the last epoch, with spread and number of seeds."""
    rows = [
        [arm_name(f"{norm}/none"), *(_mean(results, part.name, f"{norm}/{penalty}") for penalty in part.penalties)]
        for norm in _norms(part)
    ]
    return table(rows, "", *(PENALTIES[penalty] for penalty in part.penalties))


def _norms(part: Part) -> list[str]:
    return ["+".join(norms) or "none" for norms in part.norms]


def _mean(results: Results, part: str, arm: str) -> str:
    values = list(results.values(part, arm, TEST_ACCURACY).values())
    if not values:
        return NOT_YET
    spread = f" ± {number(statistics.stdev(values))}" if len(values) > 1 else ""
    failed, diverged = results.failures(part, arm).count, len(results.diverged(part, arm))
    failures = f", {failed} failed" if failed else ""
    failures += f" ({diverged} of them diverged)" if diverged else ""
    return f"{number(statistics.mean(values))}{spread} ({len(values)}){failures}"


def _strengths(part: Part, results: Results) -> str:
    chosen, edges = results.strengths(part.name) or {}, results.at_edge(part.name)
    penalties = [penalty for penalty in part.penalties if penalty != "none"]

    def cell(arm: str) -> str:
        if arm not in chosen:
            return "not chosen"
        own = [f"{name} {exact(value)}" for name, value in (("λ₁", chosen[arm].l1), ("λ₂", chosen[arm].l2)) if value]
        return ", ".join(own) + (f" ({edges[arm]} tried)" if arm in edges else "")

    rows = [[arm_name(f"{norm}/none"), *(cell(f"{norm}/{one}") for one in penalties)] for norm in _norms(part)]
    return table(rows, "", *(PENALTIES[penalty] for penalty in penalties))


def _effects(techniques: Sequence[Technique], part: Part, results: Results) -> dict[str, object]:
    """A row a technique, and how many are missing, of those whose arms the part has."""
    names = {arm.name for arm in part.arms()}
    asked = [one for one in techniques if {one.without, one.with_it} <= names]
    judged = zip(asked, effects(asked, part.name, results), strict=True)
    rows = [
        (one.name, effect(change), str(change.verdict), _needed(change)) for one, change in judged if change is not None
    ]
    return {"rows": rows, "missing": len(asked) - len(rows)}


def _needed(finding: Finding) -> str:
    needed = finding.seeds_needed
    return "–" if needed is None else f"{needed:,}" if needed <= 1000 else "more than 1,000"


def _swings(part: Part, results: Results) -> list[Cells]:
    """The standard deviation of each run's own curve."""
    both = {
        arm.name: [results.values(part.name, arm.name, quantity) for quantity in (SWING, SWING_REESTIMATED)]
        for arm in part.arms()
    }
    return [
        (arm_name(arm), *(_swing(list(values.values())) for values in found)) for arm, found in both.items() if found[0]
    ]


def _swing(values: Sequence[float]) -> str:
    return f"{number(statistics.mean(values))} ({seeds_text(len(values))})" if values else "–"


def _mechanisms(results: Results) -> list[Cells]:
    return [
        (
            row.title,
            f"`{row.name}`",
            row.asks,
            str(row.seeds),
            number(row.running),
            number(row.swing),
            number(row.batch),
            number(row.batch_swing),
            sentences.signed(row.deficit, "points"),
            "–" if row.removes is None else row.removes.text,
        )
        for row in mechanisms.rows(results)
    ]


def carried_table(results: Results, predicted: Sequence[Tally] = ()) -> str:
    """What happened to each mechanism; with `predicted` also how the predictions of its subject did."""
    met = {one.subject: f"{one.met} of {one.measured} met" for one in predicted}
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
    return table(rows, "what may carry it", "test", "share", "what happened to it", *(["predictions"] if met else []))


def _predictions(compared: Sequence[Result]) -> list[tuple[str, list[Cells]]]:
    groups = dict.fromkeys(one.expectation.group for one in compared)
    return [(group, [_prediction(one) for one in compared if one.expectation.group == group]) for group in groups]


def _prediction(result: Result) -> Cells:
    expectation, seeds = result.expectation, str(result.seeds) if result.seeds else "–"
    expected = expectation.subject, expectation.measures, expectation.text
    return *expected, outcome(result), expectation.unit or "–", seeds, str(result.outcome)
