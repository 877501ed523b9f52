"""The exercise of the worksheet: mark the cells that share a mean, then open the arithmetic step by step.

What a student marks stays in the session, for each task: a norm, a sheet and a chosen cell.
"""

from dataclasses import dataclass

import streamlit as st

from normlab.app.shell import widgets
from normlab.app.worksheet import state
from normlab.app.worksheet.state import Choice
from normlab.normmath import Values
from normlab.worksheet import Task, judge, praise, question

_HOW = "Click or drag over cells; a heading marks all of its own. Keyboard: arrow keys and Space."
_PROGRESS = "worksheet-exercise"

Place = tuple[int, ...]


@dataclass
class _Progress:
    """`faults` is what the last check found wrong (None: not checked since), `opened` how many steps are open."""

    marked: frozenset[Place] = frozenset()
    faults: tuple[str, ...] | None = None
    opened: int = 0


def task(choice: Choice, values: Values) -> Task:
    images, channels, height, width = values.shape
    return Task(choice.norm, choice.groups, (images, channels, height, width), choice.cell)


def is_on(choice: Choice, values: Values) -> bool:
    """Whether the page keeps the answer to itself: the solution is hidden, and the cells are not marked right yet."""
    return not state.is_solved() and not is_right(choice, values)


def is_right(choice: Choice, values: Values) -> bool:
    return _progress(choice, values).faults == ()


def marked(choice: Choice, values: Values) -> list[list[int]]:
    """The places that are marked, for the sheet."""
    return [list(place) for place in sorted(_progress(choice, values).marked)]


def opened(choice: Choice, values: Values) -> int:
    """How many steps of the arithmetic are open."""
    return _progress(choice, values).opened


def mark(choice: Choice, values: Values, places: list[list[int]]) -> None:
    """For callbacks: from now on these are marked; what was found wrong before is no longer said."""
    progress = _progress(choice, values)
    progress.marked = frozenset(tuple(place) for place in places)
    progress.faults = None


def asked(choice: Choice, values: Values) -> str:
    """What is to be marked."""
    return question(task(choice, values))


def show(choice: Choice, values: Values) -> None:
    """What the last check found, or how to mark, and the buttons; always as many elements."""
    own, progress = task(choice, values), _progress(choice, values)
    if progress.faults == ():
        st.success(praise(own), icon=":material/check:")
    elif progress.faults:
        st.warning(" ".join(progress.faults), icon=":material/rule:")
    else:
        st.info(_HOW, icon=":material/border_color:")
    with st.container(horizontal=True):
        widgets.button(
            "Check my cells",
            type="primary",
            icon=":material/check:",
            key=state.key("check"),
            disabled=progress.faults == (),
            on_click=_check,
            args=(choice, values),
        )
        widgets.button(
            "Clear",
            icon=":material/ink_eraser:",
            key=state.key("clear"),
            disabled=not progress.marked,
            on_click=_clear,
            args=(choice, values),
        )


def next_step(choice: Choice, values: Values) -> None:
    """In the first step that is closed: the button that opens it."""
    widgets.button(
        "Show the numbers",
        icon=":material/visibility:",
        key=state.key("open"),
        disabled=not is_right(choice, values),
        help="Opens once your cells are right. Work it out first.",
        on_click=_open,
        args=(choice, values),
    )


def _check(choice: Choice, values: Values) -> None:
    progress, own = _progress(choice, values), task(choice, values)
    progress.faults = judge(own, own.mask(progress.marked))


def _clear(choice: Choice, values: Values) -> None:
    _all().pop(_place(choice, values), None)


def _open(choice: Choice, values: Values) -> None:
    _progress(choice, values).opened += 1


def _progress(choice: Choice, values: Values) -> _Progress:
    return _all().setdefault(_place(choice, values), _Progress())


def _place(choice: Choice, values: Values) -> tuple[state.Source, Task]:
    return choice.source, task(choice, values)


def _all() -> dict[tuple[state.Source, Task], _Progress]:
    progress: dict[tuple[state.Source, Task], _Progress] = st.session_state.setdefault(_PROGRESS, {})
    return progress
