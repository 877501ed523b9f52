"""A lesson's questions as a class asks them: what may be seen at once, and what only the reveal tells."""

from typing import Any

from normlab import lessons
from normlab.app.lessons import picture
from normlab.app.lessons import reveal as measured
from normlab.charts.theme import in_both
from normlab.classroom import NotNow, Question
from normlab.generation import GENERATION
from normlab.identity import run_id
from normlab.lessons import Choice, Lesson, Sketch, Statistic, Verdict


def about(lesson: Lesson) -> Question:
    """Its question. What it reveals is measured from now on, and is told by `reveal`.

    Raises:
        NotMeasured: if some of its runs are not here.
        DataProblem: if its picture's images are not.
    """
    measured.begin(lesson)
    return Question(
        lesson=lesson.key,
        version=lesson.version,
        title=lesson.title,
        public=lesson.question.public() | picture.scales(lesson.question) | {"picture": picture.before(lesson)},
        runs=tuple(run_id(config) for config in lessons.configs(lesson)),
        generation=GENERATION,
    )


def reveal(key: str, version: int) -> dict[str, Any] | None:
    """What the question of this lesson reveals; None while it is measured.

    Raises:
        NormlabError: if it cannot be measured, or the lesson is another one by now.
    """
    lesson = lessons.lesson(key)
    if lesson is None or lesson.version != version:
        raise NotNow("The lesson was changed since the class was opened: this question cannot be revealed.")
    verdict = measured.ready(lesson)
    return None if verdict is None else _reveal(lesson, verdict)


def second(lesson: Lesson) -> str:
    """What a teacher knows the question after the reveal by."""
    return f"{lesson.title} · second question"


def transfer(lesson: Lesson) -> Question:
    """What is asked after the reveal: whether what it means was understood."""
    return Question(
        lesson=lesson.key,
        version=lesson.version,
        title=second(lesson),
        public=lesson.transfer.public(),
        reveal=_of_choice(lesson.transfer),
        generation=GENERATION,
    )


def _of_choice(question: Choice) -> dict[str, Any]:
    replies = {option.key: lessons.html(option.reply) for option in question.options}
    return {"right": question.right.key, "replies": replies}


def _reveal(lesson: Lesson, verdict: Verdict) -> dict[str, Any]:
    said = {name: lessons.html(text) for name, text in measured.told(verdict).items()}
    told: dict[str, Any] = {"sentence": said["sentence"], "about": f"{said['certainty']} {said['expected']}"}
    if isinstance(lesson.question, Choice):
        return told | _of_choice(lesson.question) | {"measured": _measured(lesson, verdict)}
    told["tolerance"] = lesson.question.tolerance
    if isinstance(lesson.question, Sketch):
        return told | {"curve": verdict.answer, "reply": lessons.html(lesson.question.reply)}
    replies = [{"low": one.low, "high": one.high, "text": lessons.html(one.text)} for one in lesson.question.replies]
    value: dict[str, Any] = {"value": verdict.answer, "replies": replies}
    if lesson.question.statistic is Statistic.MIDDLE:
        value["values"] = list(verdict.of(lesson.question.arm).values.values())
    return told | value


def _measured(lesson: Lesson, verdict: Verdict) -> dict[str, Any]:
    """What the picture shows: of each arm a dot a seed, or the line of their medians; colors for light and dark."""
    shades = map(in_both, picture.colors(lesson))
    arms = dict(zip(lesson.picture.lines, shades, strict=True))
    if not lesson.picture.varied:
        numbers = [verdict.of(key) for key in lesson.picture.lines]
        columns = [
            {"name": one.arm.name, "color": arms[one.arm.key], "values": list(one.values.values())} for one in numbers
        ]
        return {"columns": columns}
    lines = [
        {
            "name": curve.arm.name,
            "color": arms[curve.arm.key],
            "points": [[x, curve.middle(x)] for x in curve.xs],
        }
        for curve in verdict.curves
        if curve.xs
    ]
    return {"lines": lines}
