"""Covers of lessons, each a link to one (`covers.js`).

What the page sends, as JSON: `covers`, each {key, href, title, asks, minutes, state, picture, mark}. `asks` is safe
HTML, `state` "open", "begun", "done" or "", `picture` of `picture.thumbnail`, or None; `mark` says of one that the
visitor starts or goes on there. One without a `key` is a page, one without a `href` only text. `isOrdered`: whether
they are steps.

What the page hears: the trigger `opened` with the key of the chosen one.
"""

from collections.abc import Callable, Sequence
from typing import Any

from normlab.app.shell import appearance, widgets
from normlab.app.shell.component import component

_WORDS = {"begun": "Begun", "done": "Done"}

_component = component(__file__, '<ul class="covers"></ul>', scripts=("plot.js", "covers.js"))


def show(key: str, covers: Sequence[dict[str, Any]], take: Callable[[object], None], *, is_ordered: bool) -> None:
    """Draw them. `take` is a callback."""
    data = appearance.paint({"covers": list(covers), "isOrdered": is_ordered, "words": _WORDS})
    _component(key=key, data=data, on_opened_change=widgets.heard(key, "opened", take))
