"""What docs/teachers.md says a class can count on, from the lesson's runs that ship."""

from normlab.compare import LEARNED
from normlab.describe import norm_label
from normlab.identity import run_id
from normlab.record import Status
from normlab.study.plan.grids import HIGH_RATE, LESSON, GridArm
from normlab.study.results.measured import Results
from normlab.study.texts.findings import means
from normlab.templates import flowing, render


def section(results: Results) -> str:
    """The table with its heading, without its marks.

    How often networks learn at a high rate, with a norm and without, is told in counts: a mean would hide it.
    """
    text = render(
        __package__,
        "teachers.md",
        seeds=LESSON.seeds,
        l1=f"{LESSON.fixed.l1:g}",
        l2=f"{LESSON.fixed.l2:g}",
        means=means(LESSON, results),
        rate=f"{HIGH_RATE.settings['lr']:g}",
        learned=[_learned(arm, results) for arm in HIGH_RATE.arms()],
    )
    return flowing(text)


def _learned(arm: GridArm, results: Results) -> str:
    strengths = HIGH_RATE.fixed_strengths()[arm.name]
    names = [run_id(HIGH_RATE.config(arm, strengths, seed)) for seed in HIGH_RATE.seeds]
    records = [known.record for name in names if (known := results.known.get(name)) and known.record]
    values = [100 * (record.test_accuracy or 0.0) for record in records if record.status is Status.FINISHED]
    below = sum(value < LEARNED for value in values) + len(records) - len(values)
    name = norm_label(HIGH_RATE.config(arm, strengths, 0).model)
    spread = f", from {min(values):.1f} to {max(values):.1f} %" if values else ""
    return f"{name}: {below} of {len(records)} seeds below {LEARNED:g} %{spread}"
