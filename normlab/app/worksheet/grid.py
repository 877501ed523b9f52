"""The sheet: choose a value with mouse or arrow keys, change it by typing, replace all by pasting.

A component of the page (`grid.js`, `grid.css`). It says what the reader did since the last answer, under a serial
number, so that nothing is lost or done twice when several actions arrive together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from normlab.app.shell import address, appearance, cached, widgets
from normlab.app.shell.component import component
from normlab.app.worksheet import exercise, own, state
from normlab.app.worksheet.state import Choice
from normlab.charts.theme import NORM_COLORS, ink_on
from normlab.normmath import Cell, Values, blocks
from normlab.numerals import number
from normlab.worksheet import LONGEST_TEXT, SheetProblem, read_value

KEY = "worksheet-grid"
_SERIAL = "worksheet-serial"
_WORDS = {
    **{axis: axis for axis in ("image", "channel", "row", "column")},
    "framed": "the framed value",
    "marked": "marked",
    "table": "Sheet of values: images are rows, channels are columns",
}

_component = component(__file__, '<div class="sheet"></div>')


def show(choice: Choice, shown: Values, *, editable: bool) -> None:
    """Draw `shown` (N, C, H, W), with the chosen cell and all that share its statistics in the norm's color.

    In the exercise the browser does not know them: the reader marks cells instead.
    """
    _component(
        key=KEY,
        data=_data(choice, shown, editable=editable),
        on_told_change=widgets.heard(KEY, "told", take),
    )


def _data(choice: Choice, shown: Values, *, editable: bool) -> dict[str, Any]:
    cell = choice.cell
    color = appearance.paint(NORM_COLORS[choice.norm])
    marking = exercise.is_on(choice, shown)
    return {
        "session": cached.session_id(),
        "serial": st.session_state.get(_SERIAL, 0),
        "shape": shown.shape,
        "owners": None if marking else owners(choice, shown).tolist(),
        "marked": exercise.marked(choice, shown) if marking else None,
        "chosen": [cell.image, cell.channel, cell.row, cell.column],
        "texts": _each(shown, short),
        "exact": _each(shown, exact),
        "editable": editable and not marking,
        "longest": LONGEST_TEXT,
        "projector": address.is_large(),
        "color": color,
        "ink": ink_on(color),
        "words": {**_WORDS, "shared": _shared(choice)},
    }


def _shared(choice: Choice) -> str:
    return f"shares {' and '.join(choice.norm.spec.statistics)} with the chosen value"


def owners(choice: Choice, values: Values) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Which block each image and channel belongs to, (N, C)."""
    result = np.zeros(values.shape[:2], dtype=np.int64)
    for index, block in enumerate(blocks(choice.norm, values.shape, choice.groups)):
        result[np.ix_(block.images, block.channels)] = index
    return result


def _each(values: Values, text: Any) -> Any:
    """`values` as nested lists of texts."""
    return np.vectorize(text, otypes=[object])(values).tolist()


def short(value: float) -> str:
    """For a narrow cell: at most two decimals."""
    return number(round(value, 2) + 0.0).rstrip("0").rstrip(".")


def exact(value: float) -> str:
    """To six digits, with a true minus sign. "1e-07" keeps its exponent, so that the cell can be left as it is."""
    return f"{value:z.6g}".replace("-", "−", 1 if value < 0 else 0)


def take(message: Mapping[str, Any]) -> None:
    """For the callback: take over what the reader did in the sheet."""
    if message["serial"] <= st.session_state.get(_SERIAL, 0):
        return
    st.session_state[_SERIAL] = message["serial"]
    change(state.Source(state.SHEET.chosen), [(tuple(edit["place"]), edit["text"]) for edit in message["edits"]])
    if (marked := message.get("marked")) is not None:
        choice = state.current()
        exercise.mark(choice, state.values(choice.source), marked)
    state.look_at(Cell(*message["chosen"]))
    if pasted := message.get("pasted"):
        own.paste(pasted)


def change(source: state.Source, edits: Sequence[tuple[tuple[int, ...], str]]) -> None:
    """For callbacks: what was typed for the values at these places; what is no number changes nothing and is said."""
    values = state.values(source).copy()
    st.session_state.pop(state.key("problem"), None)
    for place, text in edits:
        if all(0 <= index < size for index, size in zip(place, values.shape, strict=True)):
            try:
                values[place] = read_value(text)
            except SheetProblem as problem:
                st.session_state[state.key("problem")] = str(problem)
    state.keep(source, values)
