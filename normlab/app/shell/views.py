"""What the pages show of a run or of arms: a block, a metric, an axis. The address holds it, and a look at another
panel or page does not undo it.

What is chosen is kept apart from the controls, whose keys Streamlit forgets, or sets back, where they are not drawn. A
control has its view's `key`, its `value()` as default, too (a browser that is late never gets a value that is only
assigned), and a callback that takes over what it says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from normlab import frames, numerals
from normlab.app.shell.page import Part
from normlab.app.shell.words import plain, slug
from normlab.settings import SETTINGS

ZOOM, FULL = "Zoom", "Full scale"
MOST_SEEDS = int(SETTINGS["seed"].rule.high)


@dataclass(frozen=True)
class View(Part):
    """A choice on a page, called `name` in the address. `parse` gives None for a text that breaks the `rule`."""

    page: str
    name: str
    default: Any
    text: Callable[[Any], str]
    parse: Callable[[str], Any]
    rule: str
    options: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        """The session key of its control."""
        return f"{self.page}-{self.name}"

    @property
    def chosen(self) -> Any:
        """What is shown."""
        return st.session_state.get(self._kept, self.default)

    def set(self, value: Any) -> None:
        """Show another from now on."""
        st.session_state[self._kept] = value

    @property
    def names(self) -> tuple[str]:
        return (self.name,)

    def read(self, asked: Mapping[str, str]) -> list[str]:
        value = self.parse(asked[self.name]) if self.name in asked else None
        self.set(self.default if value is None else value)
        if value is None and self.name in asked:
            return [f"{self.name}={plain(asked[self.name])} {self.rule}."]
        return []

    def query(self) -> dict[str, str]:
        return {self.name: self.text(self.chosen)} if self.chosen != self.default else {}

    def value(self, options: Sequence[Any] = (), otherwise: Any = None) -> Any:
        """What is chosen, for the control that is drawn next: its key is set, if it says something else.

        To set it without need would undo a click that is on its way. A control that has none but these `options` shows
        `otherwise`, or the first of them, where something else is chosen; the choice itself stays.
        """
        value = self.chosen
        if options and value not in options:
            value = options[0] if otherwise is None else otherwise
        if st.session_state.get(self.key) != value:
            st.session_state[self.key] = value
        return value

    def take(self) -> None:
        """For its control's callback; a browser may tell of a control before it has its value (None)."""
        said = st.session_state.get(self.key)
        if said is not None:
            self.set(said)

    def take_typed(self) -> None:
        """For the callback of a box that holds a text: what breaks the rule changes nothing, and stays in the box."""
        value = self.parse(st.session_state.get(self.key) or "")
        if value is not None:
            self.set(value)

    def typed(self) -> tuple[str, str]:
        """For such a box, that is drawn next: its text, and a sentence if that breaks the rule ("": it does not).

        What was understood is shown as the address writes it, so that one sees how it was read.
        """
        text = st.session_state.get(self.key)
        if text is not None and self.parse(text) is None:
            return text, f"“{plain(text, 40)}” {self.rule}; {self.text(self.chosen)} stays."
        if text != self.text(self.chosen):
            st.session_state[self.key] = text = self.text(self.chosen)
        return text, ""

    @property
    def _kept(self) -> str:
        return f"{self.page}-kept-{self.name}"


def one_of(
    page: str, name: str, options: Sequence[Any], text: Callable[[Any], str] = slug, *, is_open: bool = False
) -> View:
    """A view of a few options: the first of them by default, or none while it `is_open` what is there."""
    known = {text(option): option for option in options}
    rule = f"is not known; choose one of {', '.join(known)}"
    default = None if is_open else options[0]
    return View(page, name, default, text, lambda asked: known.get(slug(asked)), rule, (*options,))


def seed(page: str, name: str = "seed", *also: str) -> View:
    """Which of an arm's runs is shown, or what `also` can be; None for the first."""
    known = {text: text for text in also}
    rule = " or ".join([f"must be a whole number from 0 to {MOST_SEEDS:,}", *also])
    return View(page, name, None, str, lambda asked: known.get(asked.strip()) or _whole(asked, MOST_SEEDS), rule)


def whole(page: str, name: str, default: int, most: int) -> View:
    """A whole number that is typed, from 0."""
    rule = f"must be a whole number from 0 to {most:,}"
    return View(page, name, default, str, lambda asked: _whole(asked, most), rule)


def _whole(text: str, most: int) -> int | None:
    value = numerals.read_whole(text)
    return value if value is not None and 0 <= value <= most else None


def number(page: str, name: str, default: float, least: float, most: float) -> View:
    """A number that is typed."""

    def parse(text: str) -> float | None:
        value = numerals.read(text)
        return value if value is not None and least <= value <= most else None

    rule = f"must be a number from {numerals.short(least)} to {numerals.short(most)}"
    return View(page, name, default, lambda value: numerals.exact(value + 0.0), parse, rule)


def metric(page: str) -> View:
    """The number that runs or arms are drawn by."""
    return one_of(page, "metric", frames.METRICS, lambda one: slug(one.label))
