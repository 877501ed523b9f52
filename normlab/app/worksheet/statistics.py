"""Written means and variances, the study's or the reader's own, beside the right ones, and what they come to."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from normlab.app.shell import tables, widgets
from normlab.app.shell.fragments import fragment
from normlab.app.shell.words import plain
from normlab.app.worksheet import state
from normlab.app.worksheet.state import Choice
from normlab.choices import Norm
from normlab.normmath import Values, blocks, moments
from normlab.numerals import exact
from normlab.worksheet import Answer, SheetProblem, Statistic, check, name, parts, read_value, sentences, statistics

_DIGITS = "%.7g"


def show(choice: Choice, values: Values) -> None:
    """Draw the sentences, then the table; its written numbers can be changed, and the sentences follow.

    As an exercise it says which of the reader's own numbers are right. Of published ones it says nothing.
    """
    whose = "published" if state.is_published(choice) else "entered"
    key, columns = _key(choice), _columns(choice.norm, whose)
    written = state.written(choice)
    problems = _unread(key, choice.norm)
    kinds = statistics(choice.norm)
    answers = {kind: check(values, choice.norm, choice.groups, kind, written[kind]) for kind in kinds}
    st.subheader(_heading(whose), anchor=False)
    frame = _frame(choice, values, answers)
    if state.is_solved():
        _verdict(choice, answers, whose)
    elif whose == "published":
        st.info(_FIND, icon=":material/search:")
        frame[[_mark_of(kind) for kind in kinds]], frame[_right(choice.norm)] = "", None
    else:
        _verdict(choice, answers, whose)
        for kind in kinds:
            frame[kind] = frame[kind].where(frame[_mark_of(kind)] == _AGREES)
        if Statistic.VARIANCE in kinds:
            frame["unbiased"] = frame["unbiased"].where(frame[Statistic.VARIANCE].notna())
    with st.container():  # so that the message comes and goes without drawing the table anew
        if problems:
            st.error("\n\n".join(problems), icon=":material/block:")
    _table(key, frame, columns)
    st.caption(_hint(choice, values, whose))


@fragment
def _table(key: str, frame: pd.DataFrame, columns: dict[str, Any]) -> None:
    """What is typed into it goes to the whole page."""
    if tables.await_sizes("written"):
        return
    if st.session_state.pop(_TYPED, False):
        st.rerun(scope="app")
    widgets.data_editor(
        frame.style.map(_mark_style, subset=pd.IndexSlice[:, [name for name in columns if name.endswith(_MARK)]]),
        key=key,
        hide_index=True,
        width="stretch",
        disabled=[column for column in columns if not column.endswith(_WRITTEN)],
        column_config=columns,
        placeholder="",
        on_change=_typed,
    )


def _typed() -> None:
    st.session_state[_TYPED] = True


_FIND = (
    "Some of these published numbers may be wrong. Which ones, and why? Work them out from the sheet, then show the "
    "*Solution*."
)
_TYPED = "worksheet-typed"
_AGREES = "✓"
_MARK, _WRITTEN = "-mark", "-written"
"""A statistic has three columns: what is written, what is right (under its name) and whether they agree."""


def _mark_of(kind: Statistic) -> str:
    return f"{kind}{_MARK}"


def _right(norm: Norm) -> list[str]:
    """The columns that tell what is right."""
    return [*statistics(norm), *(["unbiased"] if norm.spec.centers else [])]


def _heading(whose: str) -> str:
    if whose == "entered":
        return "Your answers"
    return "Published vs. correct" if state.is_solved() else "Published"


def _key(choice: Choice) -> str:
    return state.key(f"table-{choice.source}-{choice.norm}-{choice.own_groups}-{state.edition()}")


def _verdict(choice: Choice, answers: Mapping[Statistic, tuple[Answer, ...]], whose: str) -> None:
    """What is wrong and where it comes from; then what is right."""
    wrong: list[str] = []
    right: list[str] = []
    for kind in reversed(statistics(choice.norm)):
        replies = sentences(choice.norm, answers[kind], whose, tells_right=state.is_solved())
        (wrong if any(answer.wrong for answer in answers[kind]) else right).extend(replies)
    if wrong:
        st.warning("\n\n".join(wrong), icon=":material/search:")
    if right:
        st.success(" ".join(right), icon=":material/check:")
    if not wrong + right:
        asked = " and ".join(f"{kind}s" for kind in answers)
        st.info(
            f"Hide the *Solution*, work out the {asked} of {choice.norm.spec.name} by hand, and enter them below. Each "
            "is checked; if you used the wrong range, the page says which.",
            icon=":material/edit:",
        )


def _frame(choice: Choice, values: Values, answers: Mapping[Statistic, tuple[Answer, ...]]) -> pd.DataFrame:
    """A line a block; the one of the chosen value is marked."""
    rows = []
    sharing = blocks(choice.norm, values.shape, choice.groups)
    for block, *about in zip(sharing, *answers.values(), strict=True):
        mark = "▸ " if block.holds(choice.cell) else ""
        row: dict[str, object] = {"block": f"{mark}{name(choice.norm, block)}"}
        for answer in about:
            kind = answer.statistic
            row |= {f"{kind}{_WRITTEN}": _text(answer.written), str(kind): answer.right, _mark_of(kind): _mark(answer)}
        rows.append(row | {"unbiased": moments(block.cells(values)).unbiased})
    frame = pd.DataFrame(rows).astype({"unbiased": "float64"})
    return frame if choice.norm.spec.centers else frame.drop(columns="unbiased")


def _text(written: float | None) -> str:
    """As a cell holds it: a text, since a table's cell for numbers drops what it does not know, such as a decimal
    comma, and keeps the rest."""
    return "" if written is None else exact(written)


def _mark(answer: Answer) -> str:
    if answer.written is None:
        return ""
    return "✗ differs" if answer.wrong else _AGREES


def _mark_style(mark: object) -> str:
    return "color: #D03030; font-weight: 600" if "✗" in str(mark) else ""


def _columns(norm: Norm, whose: str) -> dict[str, Any]:
    numeric, text = st.column_config.NumberColumn, st.column_config.TextColumn
    hint = f"{whose.capitalize()}: click to change"
    columns: dict[str, Any] = {"block": text("Over", width="medium")}
    for kind in statistics(norm):
        label, about = kind.capitalize(), _ABOUT.get(kind)
        columns |= {
            f"{kind}{_WRITTEN}": text(f"{label}, {whose}", help=hint, alignment="right"),
            str(kind): numeric(f"{label}, correct", help=about, format=_DIGITS),
            _mark_of(kind): text("", width="small"),
        }
    unbiased = numeric("Unbiased variance", help="Divided by the number of values less one", format=_DIGITS)
    return columns | ({"unbiased": unbiased} if norm.spec.centers else {})


_ABOUT = {Statistic.VARIANCE: "Biased: divided by the number of values"}


def _hint(choice: Choice, values: Values, whose: str) -> str:
    first = "▸ is the block of the chosen value."
    if whose == "published" and not state.is_solved():
        return first
    if whose == "published":
        first += " Change a published number or a value of the sheet, and the verdict updates."
    part = "images" if choice.norm.spec.over_images else "channels"
    if len(parts(blocks(choice.norm, values.shape, choice.groups)[0])) == 1:
        return first
    return f"{first} For a wrong number, the page tries every smaller choice of {part}, to the digits given."


def take(choice: Choice) -> None:
    """Take over what was typed into the choice's table."""
    written = state.written(choice)
    for row, kind, text in _typed_cells(_key(choice), choice.norm):
        try:
            written[kind][row] = read_value(text) if text else None
        except SheetProblem:
            written[kind][row] = None


def _unread(key: str, norm: Norm) -> list[str]:
    """A sentence for each text in the table that is no number."""
    problems = []
    for _, _, text in _typed_cells(key, norm):
        try:
            read_value(text or "0")
        except SheetProblem as problem:
            problems.append(plain(str(problem)))
    return problems


def _typed_cells(key: str, norm: Norm) -> list[tuple[int, Statistic, str]]:
    """Row, statistic and text of each cell that was changed in the table."""
    edited = st.session_state[key]["edited_rows"] if key in st.session_state else {}
    return [
        (int(row), kind, str(cells[column] or "").strip())
        for row, cells in edited.items()
        for kind in statistics(norm)
        if (column := f"{kind}{_WRITTEN}") in cells
    ]
