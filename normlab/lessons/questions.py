"""Questions that are answered before anything is shown: a choice, a number on a scale, a sketched curve.

`public()` is all that a browser may get before it has an answer; nothing in it tells what is right. `read` takes what
comes back. A number's and a curve's right answer is measured, so no question holds it: it only says of what.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from normlab import numerals
from normlab.errors import BadInput
from normlab.lessons.markup import html

DONT_KNOW = "dont-know"
"""An answer to every question."""

Answer = str | float | tuple[float, ...]
"""An option's key, a number, a curve's values at the question's points; or `DONT_KNOW`."""


class Refused(BadInput):
    """What came as an answer is none: one sentence."""


class Scale(StrEnum):
    LINEAR = "linear"
    LOG = "log"


class Statistic(StrEnum):
    """What a number is asked of an arm's seeds: their median, highest minus lowest, or how many learned."""

    MIDDLE = "middle"
    RANGE = "range"
    LEARNED = "learned"


@dataclass(frozen=True, slots=True)
class Axis:
    """A chart's axis, in the unit of its label: "%", "points", "degrees", or "" for a plain number."""

    label: str
    low: float
    high: float
    unit: str = ""
    scale: Scale = Scale.LINEAR

    def public(self) -> dict[str, Any]:
        return {"label": self.label, "low": self.low, "high": self.high, "unit": self.unit, "scale": str(self.scale)}


@dataclass(frozen=True, slots=True)
class Option:
    """`reply` is what somebody who chose it reads: why it looked right, or what it shows that they know.

    `value` is the number that the option stands for, if it does: then the measurement must lie nearest the right one.
    """

    key: str
    text: str
    is_right: bool
    reply: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Exactly one option is right."""

    kind: ClassVar[str] = "choice"
    key: str
    text: str
    options: tuple[Option, ...]

    @property
    def right(self) -> Option:
        return next(option for option in self.options if option.is_right)

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)

    def public(self) -> dict[str, Any]:
        options = [{"key": option.key, "text": html(option.text)} for option in self.options]
        return {"kind": self.kind, "key": self.key, "text": html(self.text), "options": options}

    def read(self, value: object) -> Answer:
        """The answer that this is: an option's key. Raises `Refused`."""
        if isinstance(value, str) and (value == DONT_KNOW or self.option(value)):
            return value
        keys = ", ".join(option.key for option in self.options)
        raise Refused(f"{numerals.cut(str(value))} is not among the options: {keys}.")

    def is_right(self, answer: Answer, measured: Answer | None = None) -> bool:
        return answer == self.right.key

    def reply_to(self, answer: Answer, measured: Answer | None = None) -> str:
        """What an answer is answered; of "I don't know", nothing."""
        option = self.option(answer) if isinstance(answer, str) else None
        return option.reply if option else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a number from `low` to `high`, both included, is answered."""

    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number on a scale. It is right within `tolerance`, in the question's unit, of the measured one.

    Measured is a `statistic` of `arm`.
    """

    kind: ClassVar[str] = "number"
    key: str
    text: str
    low: float
    high: float
    step: float
    unit: str
    scale: Scale
    tolerance: float
    arm: str
    statistic: Statistic
    replies: tuple[Reply, ...]

    def public(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "key": self.key,
            "text": html(self.text),
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "unit": self.unit,
            "scale": str(self.scale),
        }

    def read(self, value: object) -> Answer:
        """The answer that this is: a number, or a text that says one. Raises `Refused`."""
        if value == DONT_KNOW:
            return DONT_KNOW
        found = _number(value)
        if found is None or not self.low <= found <= self.high:
            allowed = f"a number from {numerals.short(self.low)} to {numerals.short(self.high)}"
            raise Refused(f"{numerals.cut(str(value))} must be {allowed}{f' {self.unit}' if self.unit else ''}.")
        return found

    def is_right(self, answer: Answer, measured: Answer | None = None) -> bool:
        if not isinstance(answer, float) or not isinstance(measured, float):
            return False
        return abs(answer - measured) <= self.tolerance

    def reply_to(self, answer: Answer, measured: Answer | None = None) -> str:
        """What a number that is not right is answered; "" where the file has no words for it."""
        if not isinstance(answer, float) or self.is_right(answer, measured):
            return ""
        return next((reply.text for reply in self.replies if reply.low <= answer <= reply.high), "")


@dataclass(frozen=True, slots=True)
class Sketch:
    """A curve, drawn by hand on the chart's own axes: a value at each of `points`, which ascend.

    It is right if it lies within `tolerance` of the measured one on average. Measured is the line of `arm`; `reply` is
    what a curve is answered that lies further away.
    """

    kind: ClassVar[str] = "sketch"
    key: str
    text: str
    x: Axis
    y: Axis
    points: tuple[float, ...]
    tolerance: float
    arm: str
    reply: str

    def public(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "key": self.key,
            "text": html(self.text),
            "x": self.x.public(),
            "y": self.y.public(),
            "points": list(self.points),
        }

    def read(self, value: object) -> Answer:
        """The answer that this is: a number for each point. Raises `Refused`."""
        if value == DONT_KNOW:
            return DONT_KNOW
        given = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
        numbers = map(_number, given[: len(self.points)])
        found = [number for number in numbers if number is not None and self.y.low <= number <= self.y.high]
        if not len(found) == len(given) == len(self.points):
            allowed = f"from {numerals.short(self.y.low)} to {numerals.short(self.y.high)}"
            raise Refused(f"The curve must have {len(self.points)} numbers {allowed}, one for each point.")
        return tuple(found)

    def is_right(self, answer: Answer, measured: Answer | None = None) -> bool:
        if not isinstance(answer, tuple) or not isinstance(measured, tuple):
            return False
        apart = [abs(one - other) for one, other in zip(answer, measured, strict=True)]
        return sum(apart) / len(apart) <= self.tolerance

    def reply_to(self, answer: Answer, measured: Answer | None = None) -> str:
        is_wrong = isinstance(answer, tuple) and not self.is_right(answer, measured)
        return self.reply if is_wrong else ""


Question = Choice | Number | Sketch


def _number(value: object) -> float | None:
    if isinstance(value, str):
        found = numerals.read(value)
        return found if found is not None and math.isfinite(found) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e300 else None


KINDS: Mapping[str, type[Question]] = {kind.kind: kind for kind in (Choice, Number, Sketch)}
