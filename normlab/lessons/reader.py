"""Lesson files: TOML in, a lesson out, or every fault with its line and key."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from normlab import settings, stresses, toml
from normlab.config import ConfigError, RunConfig
from normlab.errors import BadInput
from normlab.lessons import links
from normlab.lessons.lines import Path, lines, nearest
from normlab.lessons.questions import (
    Axis,
    Choice,
    Number,
    Option,
    Question,
    Reply,
    Scale,
    Sketch,
    Statistic,
)
from normlab.lessons.schema import (
    EPOCH,
    Arm,
    Contrast,
    Course,
    Direction,
    Lesson,
    Link,
    Measure,
    Paper,
    Picture,
    Quiz,
    Scene,
    Step,
)
from normlab.lessons.table import Faults, Table
from normlab.settings import one_each
from normlab.stresses import Stress

WHY_WORDS = 120
MOST_BYTES = 100_000
"""Of a lesson file."""

_QUESTION_WORDS, _LINE_WORDS, _REPLY_WORDS, _NAME_WORDS = 60, 40, 50, 8
_FAMILY_SEEDS = 10
_HUGE = 1e6
_Thing = TypeVar("_Thing")
_PAIR = re.compile(r"[&\s]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `line` counts from 1, `key` is written as people do, "question.option[2].text"."""

    line: int
    key: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.text}" if self.key else f"line {self.line}: {self.text}"


class FaultyFile(BadInput):
    """A lesson file that cannot be used; the message is the first of its faults, and says how many there are."""

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        more = f" ({len(faults) - 1} more: `normlab lessons check` names them)" if faults[1:] else ""
        super().__init__(f"{name} cannot be used: {faults[0]}{more}")
        self.faults = tuple(faults)


def lesson(key: str, text: str) -> Lesson:
    """The lesson in a file's text; `key` is the file's name. Raises `FaultyFile`."""
    return _read(key, text, _lesson)


def course(key: str, text: str) -> Course:
    """The same of a course's file."""
    return _read(key, text, _course)


def quiz(key: str, text: str) -> Quiz:
    """The same of the questions before and after a course."""
    return _read(key, text, _quiz)


def _read(key: str, text: str, build: Callable[[str, Table], _Thing]) -> _Thing:
    faults = Faults()
    try:
        content = toml.load(text, key)
    except ConfigError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise FaultyFile(key, [Fault(int(at[1]) if at else 1, "", str(error))]) from None
    top = Table(content, (), faults)
    found = build(key, top)
    top.done()
    if faults.found:
        known = lines(text.removeprefix("\ufeff"))
        told = [Fault(nearest(known, path), _written(path), words) for path, words in faults.found]
        raise FaultyFile(key, sorted(told, key=lambda fault: fault.line))
    return found


def _written(path: Path) -> str:
    """ "question.option[2].text": places count from 1."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")


def _lesson(key: str, top: Table) -> Lesson:
    arms = [_arm(table) for table in top.tables("arm", 1, 12)]
    keys = [arm.key for arm in arms]
    if len(set(keys)) < len(keys):
        top.fault("arm", "Two arms have the same key.")
    contrast = _contrast(top.table("contrast"), keys)
    picture = _picture(top.table("picture"), keys, contrast)
    paper = top.table("paper")
    return _told(
        top,
        Lesson(
            key=key,
            version=top.whole("version", 1, 9999),
            place=top.whole("place", 1, 999, 999),
            title=top.text("title", 12),
            minutes=top.whole("minutes", 1, 20),
            needs=top.text("needs", 25),
            picture=picture,
            question=_question(top.table("question"), "question", picture, keys),
            transfer=_choice(top.table("transfer"), "transfer"),
            why=top.text("why", WHY_WORDS, is_long=True),
            paper=_told(
                paper,
                Paper(
                    paper.text("title", 25), paper.text("place", 25), paper.text("numbers", 60), _address(paper, "url")
                ),
            ),
            falsified=top.text("falsified", 50),
            links=tuple(_link(table) for table in top.tables("link", 1, 4)),
            arms=tuple(arms),
            contrast=contrast,
        ),
    )


def _told(table: Table, found: _Thing) -> _Thing:
    """What a table gave, once its unknown keys are named."""
    table.done()
    return found


def _address(table: Table, name: str) -> str:
    value = table.text(name, 1)
    if value and not re.fullmatch(r"https?://[^\s<>\"]+", value):
        table.fault(name, f"{value[:60]} must be an address that starts with https:// or http://.")
    return value


def _link(table: Table) -> Link:
    link = Link(table.text("text", 14), table.text("to", 1))
    for problem in links.faults(link.to) if link.to else ():
        table.fault("to", problem)
    return _told(table, link)


def _arm(table: Table) -> Arm:
    config, stress = RunConfig(), Stress()
    run, under = (_query(table, name) for name in ("run", "stress"))
    config, refused = settings.from_query(run)
    for error in refused:
        table.fault("run", str(error))
    if "seed" in run:
        table.fault("run", "Leave the seed away: the contrast says how many there are.")
    stress, refused = stresses.from_query(under)
    for error in refused:
        table.fault("stress", str(error))
    if not refused:
        try:
            stress.require(config.model)
        except ConfigError as error:
            table.fault("stress", str(error))
    return _told(table, Arm(table.key("key"), table.text("name", _NAME_WORDS), config, stress))


def _query(table: Table, name: str) -> dict[str, str]:
    """Settings as an address has them: "norms=bn&lr=0.3"; none where the key is left out."""
    value = table.values.get(name, "")
    table.asked.add(name)
    if not isinstance(value, str):
        table.fault(name, 'It must be a text of settings, as an address has them: "norms=bn&lr=0.3".')
        return {}
    pairs = [part.partition("=") for part in _PAIR.split(value.strip().lstrip("?")) if part]
    if bad := [key for key, sign, _ in pairs if not sign]:
        table.fault(name, f"{bad[0]} has no value: write {bad[0]}=…")
    given, wrong = one_each((key, text) for key, _, text in pairs)
    for error in wrong:
        table.fault(name, str(error))
    return given


def _contrast(table: Table, arms: Sequence[str]) -> Contrast:
    found = Contrast(
        of=table.one_of("of", arms, "an arm"),
        against=table.one_of("against", arms, "an arm"),
        measure=table.choice("measure", Measure, Measure.ACCURACY),
        direction=table.choice("direction", Direction),
        size=table.number("size", 0.0, _HUGE),
        written=table.day("written"),
        seeds=table.whole("seeds", 5, 100, 5),
        others=table.names("others", arms, "arm", ()),
        afterwards=table.text("afterwards", _LINE_WORDS, otherwise=""),
    )
    if found.of and found.of == found.against:
        table.fault("against", "An arm cannot be compared with itself.")
    if {found.of, found.against} & set(found.others):
        table.fault("others", "It names an arm that is compared already.")
    if found.others and found.seeds < _FAMILY_SEEDS:
        table.fault("seeds", f"A family of contrasts needs {_FAMILY_SEEDS} seeds an arm, to decide after correction.")
    if found.size == 0 and "size" in table.values:
        table.fault("size", "Write how large a difference you expect, above 0.")
    return _told(table, found)


def _picture(table: Table, arms: Sequence[str], contrast: Contrast) -> Picture:
    varied = table.one_of("varied", _VARIED, "the epoch, a setting, or a stress", "")
    values: tuple[float, ...] = ()
    if varied and varied != EPOCH:
        values = table.numbers("values", -_HUGE, _HUGE, 41)
    used = (contrast.against, contrast.of, *contrast.others)
    picture = Picture(
        alt=table.text("alt", _QUESTION_WORDS),
        y=_axis(table.table("y")),
        x=_axis(table.table("x")) if varied else None,
        lines=table.names("lines", arms, "arm", used),
        measure=table.choice("measure", Measure, contrast.measure),
        varied=varied,
        values=values,
        scene=table.choice("scene", Scene, Scene.AXES),
    )
    for value in values:
        for problem in _refusals(varied, value):
            table.fault("values", problem)
    return _told(table, picture)


_VARIED = (EPOCH, *(name for name in (*settings.SETTINGS, *stresses.SETTINGS) if name != "seed"))


def _refusals(varied: str, value: float) -> list[str]:
    text = f"{value:g}"
    if varied in settings.SETTINGS:
        return [str(error) for error in settings.from_query({varied: text})[1]]
    return [str(error) for error in stresses.from_query({varied: text})[1]]


def _axis(table: Table) -> Axis:
    axis = Axis(
        label=table.text("label", _NAME_WORDS),
        low=table.number("low", -_HUGE, _HUGE),
        high=table.number("high", -_HUGE, _HUGE),
        unit=table.text("unit", 2, otherwise=""),
        scale=table.choice("scale", Scale, Scale.LINEAR),
    )
    _check_range(table, axis.low, axis.high, axis.scale)
    return _told(table, axis)


def _check_range(table: Table, low: float, high: float, scale: Scale) -> None:
    if {"low", "high"} <= table.values.keys():
        if not low < high:
            table.fault("high", "It must be larger than low.")
        if scale is Scale.LOG and low <= 0:
            table.fault("low", "A logarithmic scale starts above 0.")


def _question(table: Table, key: str, picture: Picture, arms: Sequence[str]) -> Question:
    kind = table.one_of("kind", ("choice", "number", "sketch"), "a kind of question", "choice")
    if kind == "number":
        return _number(table, key, arms)
    if kind == "sketch":
        return _sketch(table, key, picture)
    return _choice(table, key)


def _choice(table: Table, key: str) -> Choice:
    table.asked.add("kind")
    found = Choice(
        table.key("key", key), table.text("text", _QUESTION_WORDS), tuple(map(_option, table.tables("option", 2, 6)))
    )
    keys = [option.key for option in found.options]
    if len(set(keys)) < len(keys):
        table.fault("option", "Two options have the same key.")
    if found.options and sum(option.is_right for option in found.options) != 1:
        table.fault("option", "Exactly one option must have right = true.")
    return _told(table, found)


def _option(table: Table) -> Option:
    value = table.number("value", -_HUGE, _HUGE) if table.has("value") else None
    return _told(
        table,
        Option(
            table.key("key"),
            table.text("text", _LINE_WORDS),
            table.flag("right"),
            table.text("reply", _REPLY_WORDS),
            value,
        ),
    )


def _number(table: Table, key: str, arms: Sequence[str]) -> Number:
    found = Number(
        key=table.key("key", key),
        text=table.text("text", _QUESTION_WORDS),
        low=table.number("low", -_HUGE, _HUGE),
        high=table.number("high", -_HUGE, _HUGE),
        step=table.number("step", 0.0, _HUGE),
        unit=table.text("unit", 2, otherwise=""),
        scale=table.choice("scale", Scale, Scale.LINEAR),
        tolerance=table.number("tolerance", 0.0, _HUGE),
        arm=table.one_of("arm", arms, "an arm"),
        statistic=table.choice("statistic", Statistic, Statistic.MIDDLE),
        replies=tuple(map(_reply, table.tables("reply", 1, 6))),
    )
    _check_range(table, found.low, found.high, found.scale)
    if "step" in table.values and found.step <= 0:
        table.fault("step", "It must be above 0.")
    return _told(table, found)


def _reply(table: Table) -> Reply:
    found = Reply(
        table.number("low", -_HUGE, _HUGE), table.number("high", -_HUGE, _HUGE), table.text("text", _REPLY_WORDS)
    )
    _check_range(table, found.low, math.nextafter(found.high, math.inf), Scale.LINEAR)
    return _told(table, found)


def _sketch(table: Table, key: str, picture: Picture) -> Sketch:
    nothing = Axis("", 0.0, 1.0)
    if not picture.varied:
        table.fault("kind", "A curve is sketched where the picture has lines: give it `varied`.")
    x = picture.x or nothing
    found = Sketch(
        key=table.key("key", key),
        text=table.text("text", _QUESTION_WORDS),
        x=x,
        y=picture.y,
        points=table.numbers("points", x.low, x.high, 12),
        tolerance=table.number("tolerance", 0.0, _HUGE),
        arm=table.one_of("arm", picture.lines, "a line of the picture"),
        reply=table.text("reply", _REPLY_WORDS),
    )
    if picture.values and not set(found.points) <= set(picture.values):
        table.fault("points", "Each must be one of the picture's values: only there something is measured.")
    return _told(table, found)


def _course(key: str, top: Table) -> Course:
    steps = [_step(table) for table in top.tables("step", 1, 20)]
    return Course(key, top.whole("version", 1, 9999), top.text("title", 12), top.text("text", 60), tuple(steps))


def _step(table: Table) -> Step:
    step = Step(
        minutes=table.whole("minutes", 0, 90),
        title=table.text("title", 14),
        text=table.text("text", 60),
        lesson=table.key("lesson", ""),
        link=table.text("link", 1, otherwise=""),
    )
    for problem in links.faults(step.link) if step.link else ():
        table.fault("link", problem)
    return _told(table, step)


def _quiz(key: str, top: Table) -> Quiz:
    questions = [_choice(table, f"q{at}") for at, table in enumerate(top.tables("question", 1, 12), start=1)]
    keys = [question.key for question in questions]
    if len(set(keys)) < len(keys):
        top.fault("question", "Two questions have the same key.")
    return Quiz(key, top.whole("version", 1, 9999), top.text("title", 12), top.text("text", 60), tuple(questions))
