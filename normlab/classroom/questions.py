"""A question as a class asks it: what everybody may see, and what only the reveal tells.

A class keeps its own copy, so that a lesson that is edited is another one for the next class only.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from normlab.classroom.refusals import BadAnswer, BadQuestion

UNDECIDED = "dont-know"
"""An answer to every question."""

EXPERIMENT = "experiment"
"""The kind of a question that each student answers for a run of their own."""

Answer = str | float | list[float]
"""An option's key, a number, the heights of a sketched curve, or `UNDECIDED`."""

MOST_CHARACTERS = 40_000
"""Of a question with its reveal, as JSON."""


@dataclass(frozen=True, slots=True)
class Question:
    """Raises `BadQuestion` if a class cannot ask it.

    `public` is what any browser may get (kind, key, text, options or scale; of an experiment its arms, see
    `experiments`); `reveal` what it gets afterwards.

    `runs` are the ids of the runs that were measured, of the training code's `generation`.
    """

    lesson: str
    version: int
    title: str
    public: Mapping[str, Any]
    reveal: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    generation: int = 0

    def __post_init__(self) -> None:
        if self.public.get("kind") not in _READ:
            raise BadQuestion(f"A class cannot ask a question of the kind {self.public.get('kind')!r}.")
        if len(self.content()) > MOST_CHARACTERS:
            raise BadQuestion(f"The question {self.title!r} is longer than {MOST_CHARACTERS:,} characters.")

    @property
    def kind(self) -> str:
        return str(self.public["kind"])

    @property
    def is_experiment(self) -> bool:
        """Whether its answer is measured by the class."""
        return self.kind == EXPERIMENT

    def content(self) -> str:
        """As JSON, to be kept. Raises `BadQuestion` if one of its numbers is none."""
        try:
            return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False)
        except ValueError:
            raise BadQuestion(f"A number of the question {self.title!r} is not finite: it cannot be shown.") from None

    def read(self, raw: object) -> Answer:
        """What somebody answered. Raises `BadAnswer` if the question cannot be answered so."""
        if raw == UNDECIDED:
            return UNDECIDED
        return _READ[self.kind](self.public, raw)


def kept(content: str) -> Question:
    """The question whose `content` this is."""
    values = json.loads(content)
    return Question(**{**values, "runs": tuple(values["runs"])})


def _choice(public: Mapping[str, Any], raw: object) -> str:
    if isinstance(raw, str) and any(option["key"] == raw for option in public["options"]):
        return raw
    raise BadAnswer("That is none of the question's options: choose one of them.")


def _number(public: Mapping[str, Any], raw: object) -> float:
    return _within(raw, public["low"], public["high"])


def _sketch(public: Mapping[str, Any], raw: object) -> list[float]:
    points = len(public["points"])
    if not isinstance(raw, list) or len(raw) != points:
        raise BadAnswer(f"A sketch of this curve has {points} points: draw it from one side to the other.")
    return [_within(value, public["y"]["low"], public["y"]["high"]) for value in raw]


def _within(raw: object, low: float, high: float) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not low <= raw <= high:
        raise BadAnswer(f"The answer must be a number from {low:g} to {high:g}.")
    return float(raw)


_READ: Mapping[str, Callable[[Mapping[str, Any], object], Answer]] = {
    "choice": _choice,
    "number": _number,
    "sketch": _sketch,
    EXPERIMENT: _number,
}
