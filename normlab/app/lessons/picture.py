"""A lesson's picture as the browser draws it (`plot.js`): axes and a scene before the answer, all that was measured
after it. One function a kind of picture: columns with a dot a seed, or lines over the epochs or over a setting.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from normlab import numerals, settings, stresses
from normlab.app.shell.gallery import data_url
from normlab.charts.theme import run_colors
from normlab.choices import Dataset
from normlab.datasets import CLASSES
from normlab.lessons import Arm, Axis, Choice, Lesson, Number, Question, Scale, Scene, Sketch, Verdict
from normlab.stresses import Stress, batches, pixels, sample

Line = Sequence[tuple[float, float]]
"""Of one seed: values of x and y, by x. In a column x is the arm's place."""

_MOST_TICKS = 6
_SHOWN, _CLASS = 10, 3
"""Images of a batch that a scene shows, and of which class is the one whose batch it is."""


def before(lesson: Lesson) -> dict[str, Any]:
    """What stands in the picture before the answer; nothing of it is measured."""
    picture = lesson.picture
    arms = [lesson.arm(key) for key in picture.lines]
    x = columns(arms) if picture.x is None else axis(picture.x)
    if picture.values:
        x["ticks"] = [tick(value) for value in picture.values]
    return {"alt": picture.alt, "x": x, "y": axis(picture.y), "at": decided_at(lesson), "scene": scene(lesson)}


def scales(question: Question) -> dict[str, Any]:
    """The question's own axes with their marks, where it is answered on one."""
    match question:
        case Choice():
            return {}
        case Number():
            return {"ticks": axis(Axis("", question.low, question.high, question.unit, question.scale))["ticks"]}
        case Sketch():
            return {"x": {**axis(question.x), "ticks": list(map(tick, question.points))}, "y": axis(question.y)}


def decided_at(lesson: Lesson) -> float | None:
    """Where on x the contrast is decided, if the picture varies what it is about."""
    arm, varied = lesson.arm(lesson.contrast.of), lesson.picture.varied
    value = getattr(arm.stress, varied) if varied in stresses.SETTINGS else settings.flat(arm.config).get(varied)
    return float(value) if value in lesson.picture.values else None


def colors(lesson: Lesson) -> list[str]:
    """The roles of the lines' colors."""
    return list(run_colors([lesson.arm(key).config for key in lesson.picture.lines]))


def thumbnail(lesson: Lesson) -> dict[str, Any]:
    """For its cover: images of its scene, or what its lines are, without a place. Of two batches, the usual one."""
    rows = scene(lesson)
    if lesson.picture.scene is Scene.BATCH:
        rows = rows[:1]
    image = rows[-1]["image"] if rows else ""
    return {"isColumns": lesson.picture.x is None, "colors": colors(lesson), "image": image}


def columns(arms: Sequence[Arm]) -> dict[str, Any]:
    """An axis of names: each arm is a place, from 0."""
    return {"label": "", "scale": "names", "ticks": [{"at": at, "text": arm.name} for at, arm in enumerate(arms)]}


def axis(shown: Axis) -> dict[str, Any]:
    """An axis with its marks."""
    unit = f" ({shown.unit})" if shown.unit and shown.unit != "%" else ""
    marks = [tick(value) for value in ticks(shown)]
    if shown.unit == "%" and marks:
        marks[-1]["text"] += "\N{NO-BREAK SPACE}%"
    return {**shown.public(), "label": f"{shown.label}{unit}", "ticks": marks}


def tick(value: float) -> dict[str, Any]:
    return {"at": value, "text": numerals.short(value)}


def ticks(shown: Axis) -> list[float]:
    """Round numbers from one end of the axis to the other: at most six, or powers of ten with 2 and 5 between."""
    low, high = shown.low, shown.high
    if shown.scale is Scale.LOG:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [digit * 10.0**power for power in decades for digit in (1, 2, 5)]
        inside = [value for value in found if low * 0.999 <= value <= high * 1.001]
        tens = [value for value in inside if abs(math.log10(value) - round(math.log10(value))) < 1e-9]
        return [float(f"{value:.6g}") for value in (inside if len(inside) <= _MOST_TICKS else tens)]
    rough = (high - low) / (_MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * digit for digit in (1, 2, 2.5, 5, 10) if power * digit >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{place * step:.6g}") for place in range(first, last + 1)]


def measured(verdict: Verdict) -> dict[str, Any]:
    """What was measured, every seed of every arm, in the colors and names of the picture."""
    lesson = verdict.lesson
    picture = lesson.picture
    shown = lines(verdict)
    is_column = picture.x is None
    series = [
        {
            "name": arm.name,
            "color": color,
            "at": place,
            "lines": [[list(point) for point in line] for line in seeds],
            "middle": middle(seeds),
            "hasDots": is_column or bool(picture.values),
            "label": number(middle(seeds)[0][1], picture.y.unit) if is_column else "",
        }
        for place, ((arm, seeds), color) in enumerate(zip(shown, colors(lesson), strict=True))
        if any(seeds)
    ]
    is_line = not is_column and not picture.values
    words = "Measured: each line is a seed" if is_line else "Measured: each dot is a seed"
    return {"series": series, "words": words, "alt": alt(lesson, shown)}


def lines(verdict: Verdict) -> list[tuple[Arm, list[Line]]]:
    """By arm of the picture, a line a seed; empty for a network that stopped at once."""
    picture = verdict.lesson.picture
    arms = [verdict.lesson.arm(key) for key in picture.lines]
    if picture.varied:
        found = {curve.arm.key: curve.by_seed.values() for curve in verdict.curves}
        return [(arm, [sorted(line.items()) for line in found[arm.key]]) for arm in arms]
    return [(arm, [[(place, y)] for y in verdict.of(arm.key).values.values()]) for place, arm in enumerate(arms)]


def middle(seeds: Sequence[Line]) -> list[list[float]]:
    """The median over the seeds at each x that any has."""
    places = sorted({x for line in seeds for x, _ in line})
    return [[x, median(y for line in seeds for at, y in line if at == x)] for x in places]


def number(value: float, unit: str) -> str:
    """As the picture says it: to a tenth, small ones to two digits; a count is whole."""
    is_count = not unit and value == int(value)
    text = f"{value:.0f}" if is_count else f"{value:.1f}" if abs(value) >= 1 or value == 0 else f"{value:.2g}"
    return f"{text}\N{NO-BREAK SPACE}{unit}".rstrip()


def alt(lesson: Lesson, shown: Sequence[tuple[Arm, Sequence[Line]]]) -> str:
    """What the revealed picture says: of each arm the middle, at the first and the last x."""
    unit = lesson.picture.y.unit
    parts = []
    for arm, seeds in shown:
        if points := middle(seeds):
            ends = [points[0]] if lesson.picture.x is None else [points[0], points[-1]]
            said = " to ".join(number(value, unit) for _, value in ends)
            parts.append(f"{arm.name}: {said} (median of {len(seeds)} seeds)")
    return f"Measured. {lesson.picture.y.label}. {'; '.join(parts)}."


def table(verdict: Verdict) -> pd.DataFrame:
    """Every number of the picture: a row a seed, in columns an arm; or a row a seed and x."""
    label = verdict.lesson.picture.x.label if verdict.lesson.picture.x is not None else ""
    rows: dict[tuple[int, float], dict[str, Any]] = {}
    for arm, seeds in lines(verdict):
        for seed, line in enumerate(seeds):
            for x, y in line:
                at = x if label else 0.0
                row = rows.setdefault((seed, at), {"Seed": seed, **({label: x} if label else {})})
                row[arm.name] = y
    return pd.DataFrame([rows[place] for place in sorted(rows)])


def scene(lesson: Lesson) -> list[dict[str, str]]:
    """Rows of test images that stand above the chart, as the arms of the contrast see them; none for bare axes.

    Raises:
        DataProblem: if the data set is missing or damaged.
    """
    kind, contrast = lesson.picture.scene, lesson.contrast
    if kind is Scene.AXES:
        return []
    arms = [lesson.arm(contrast.against), lesson.arm(contrast.of)]
    images = {_row(kind, arm.config.data.dataset, arm.stress): arm.name for arm in arms}
    rows = list(images.items())
    return [{"name": name if rows[1:] else "", "image": image} for image, name in rows]


@lru_cache(maxsize=64)
def _row(kind: Scene, dataset: Dataset, stress: Stress) -> str:
    """Images side by side as a PNG: one of each class, or a 3 and those that share its batch."""
    whole = sample(dataset)
    if kind is Scene.BATCH:
        three, shared = np.flatnonzero(whole.labels == _CLASS)[0], batches(stress, whole.labels)
        batch = next((images for images in shared if three in images), shared[0])
        chosen = np.concatenate([batch[batch == three], batch[batch != three]])[:_SHOWN]
    else:
        chosen = np.array([np.flatnonzero(whole.labels == label)[0] for label in range(CLASSES)])
    return data_url(np.concatenate(list(pixels(stress, dataset, chosen)), axis=1))
