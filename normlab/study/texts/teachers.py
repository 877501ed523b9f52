"""What docs/teachers.md says a class can count on, from the lesson's runs that ship."""

from normlab.describe import norm_label
from normlab.identity import run_id
from normlab.record import Status
from normlab.study.plan.grids import HIGH_RATE, LESSON, Arm
from normlab.study.results.measured import Results
from normlab.study.texts.findings import means
from normlab.study.texts.markdown import flowing

_LEARNED = 50.0
"""Percent: a network below it has learned next to nothing."""


def section(results: Results) -> str:
    """The table with its heading, without its marks."""
    strengths = LESSON.fixed
    head = (
        "What you can count on, from the runs that ship on `digits`: test accuracy in %, mean ± standard deviation "
        f"of seeds {', '.join(map(str, LESSON.seeds))}, dropout 0.05, L1 {strengths.l1:g}, L2 {strengths.l2:g}. Of the "
        "arms without a penalty the page has more seeds, and so other means:"
    )
    return flowing(f"{head}\n\n{means(LESSON, results)}\n\n{_high_rate(results)}")


def _high_rate(results: Results) -> str:
    """How often networks learn at a high rate, with a norm and without: in counts, for a mean would hide it."""
    rate = HIGH_RATE.settings["lr"]
    told = [_learned(arm, results) for arm in HIGH_RATE.arms()]
    return f"At a learning rate of {rate:g} (test accuracy after the last epoch): {'; '.join(told)}."


def _learned(arm: Arm, results: Results) -> str:
    strengths = HIGH_RATE.fixed_strengths()[arm.name]
    names = [run_id(HIGH_RATE.config(arm, strengths, seed)) for seed in HIGH_RATE.seeds]
    records = [known.record for name in names if (known := results.known.get(name)) and known.record]
    values = [100 * (record.test_accuracy or 0.0) for record in records if record.status is Status.FINISHED]
    below = sum(value < _LEARNED for value in values) + len(records) - len(values)
    name = norm_label(HIGH_RATE.config(arm, strengths, 0).model)
    spread = f", from {min(values):.1f} to {max(values):.1f} %" if values else ""
    return f"{name}: {below} of {len(records)} seeds below {_LEARNED:g} %{spread}"
