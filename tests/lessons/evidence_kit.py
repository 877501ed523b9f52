"""Lessons with numbers that are made up: for what is said of them."""

from collections.abc import Mapping, Sequence

from normlab.lessons import START, Curve, Evidence, Lesson, Numbers
from normlab.lessons.reader import lesson as parsed


def begun(**changes: str) -> Lesson:
    """The lesson to begin with, some of its lines changed: `direction='"lower"'`."""
    text = START.read_text(encoding="utf-8")
    for key, value in changes.items():
        lines = [line for line in text.splitlines() if line.startswith(f"{key} = ")]
        assert lines, key
        text = text.replace(lines[-1], f"{key} = {value}")
    return parsed("begun", text)


def evidence(lesson: Lesson, values: Mapping[str, Sequence[float]]) -> Evidence:
    """These numbers, seed by seed; lines that rise to them."""
    numbers = tuple(Numbers(arm, dict(enumerate(values[arm.key]))) for arm in lesson.arms)
    curves = tuple(
        Curve(one.arm, {seed: {1.0: 10.0, 2.0: value} for seed, value in one.values.items()}) for one in numbers
    )
    return Evidence(numbers, curves if lesson.picture.varied else ())
