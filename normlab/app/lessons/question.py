"""A question in the browser (`question.js`): answered by mouse, finger, keyboard or with a screen reader.

What the page sends, as JSON:

- `version`: a text that changes where another question is asked; `question`: what `Question.public()` says, with
  `places` [{at, text}] of a sketch and a `step` of its y; `guesses`: by option, where the picture marks it.
- `picture`: axes, or None; a row of its `scene` is {name, image}. `isLevel`: whether a number is a height in it.
- `measured` and `outcome` (of `reveal.outcome`): None until there is an `answer`.
- `level`: of the question as a heading; `next`: what the button says that leads on, "" without one; `parts`: a CSS
  selector of the lesson's parts.

What the page hears: the trigger `committed` with {version, answer}, once.
"""

from collections.abc import Callable, Mapping
from typing import Any

from normlab.app.lessons.picture import tick
from normlab.app.shell import address, appearance, widgets
from normlab.app.shell.component import component
from normlab.charts.theme import PRIMARY, ink_on
from normlab.lessons import DONT_KNOW, Answer, Choice, Question, Sketch

_STEPS = 50
"""Of a sketch's height."""

_WORDS = {
    "unknown": "I don’t know",
    "unknownKey": DONT_KNOW,
    "commit": "Commit my prediction",
    "waits": "One moment …",
    "yours": "Your prediction",
    "measured": "Measured",
    "number": "Move the slider.",
    "level": "Move the slider, or click in the chart.",
    "sketch": "Draw your curve in the chart, from left to right.",
    "rest": "Draw on to the right edge.",
    "draw": "Your curve goes here.",
    "sliders": "Use sliders instead",
    "clear": "Clear",
    "unset": "not set yet",
}

_HTML = """
<div class="frame"><form class="question">
  <div class="text" role="heading"></div>
  <figure class="figure">
    <div class="scene"></div>
    <ul class="key"></ul>
    <svg class="plot" role="img"></svg>
  </figure>
  <div class="side">
    <fieldset class="answers"></fieldset>
    <div class="outcome" role="status" tabindex="-1"></div>
    <div class="act"><button type="submit" class="commit"></button>
    <button type="button" class="unknown"></button></div>
  </div>
</form></div>
"""

_component = component(__file__, _HTML, scripts=("plot.js", "question.js"))


def show(
    key: str,
    question: Question,
    answer: Answer | None,
    outcome: Mapping[str, Any] | None,
    take: Callable[[object], None],
    *,
    picture: Mapping[str, Any] | None = None,
    is_level: bool = False,
    measured: Mapping[str, Any] | None = None,
    leads: str = "",
    parts: str = "",
    level: int = 2,
) -> None:
    """Ask. `outcome` and `measured` go to the browser only with an `answer`; `take` is a callback."""
    is_over = answer is not None
    primary = appearance.paint(PRIMARY)
    data = appearance.paint(
        {
            "version": key,
            "question": asked(question),
            "guesses": _guesses(question),
            "picture": picture,
            "isLevel": is_level,
            "answer": list(answer) if isinstance(answer, tuple) else answer,
            "measured": measured if is_over else None,
            "outcome": outcome if is_over else None,
            "level": level,
            "next": leads,
            "parts": parts,
            "projector": address.is_large(),
            "primary": [primary, ink_on(primary)],
            "words": _WORDS,
        }
    )

    def commit(message: Mapping[str, Any]) -> None:
        if message.get("version") == key:
            take(message.get("answer"))

    _component(key=key, data=data, on_committed_change=widgets.heard(key, "committed", commit))


def asked(question: Question) -> dict[str, Any]:
    """What the browser gets of a question; nothing in it tells what is right."""
    public = question.public()
    if isinstance(question, Sketch):
        public["places"] = [tick(point) for point in question.points]
        public["y"]["step"] = (question.y.high - question.y.low) / _STEPS
    return public


def _guesses(question: Question) -> dict[str, Any]:
    """By option, the level that it stands for."""
    if not isinstance(question, Choice):
        return {}
    return {
        option.key: {"kind": "level", "at": option.value} for option in question.options if option.value is not None
    }
