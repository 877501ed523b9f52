"""A sheet of the reader's own: its size, random values, a table from a spreadsheet, and the way back into one."""

import streamlit as st

from normlab.app.shell import widgets
from normlab.app.shell.controls import typed
from normlab.app.shell.words import plain
from normlab.app.worksheet import state
from normlab.app.worksheet.state import Choice, Source
from normlab.worksheet import (
    CREDIT,
    LIMITS,
    LONGEST_TEXT,
    SheetProblem,
    filled,
    grid_csv,
    read_grid,
    resized,
    steps_csv,
)

_LABELS = {"images": "Images (N)", "channels": "Channels (C)", "rows": "Height (H)", "columns": "Width (W)"}


def show(choice: Choice) -> None:
    """Draw the panel. Whatever it changes becomes the reader's own sheet; the study's two stay as they are."""
    values = state.values(choice.source)
    st.caption("Changes here make a sheet of your own; the study's sheets stay as they are.")
    sizes, fill = st.columns([3, 2], gap="large")
    with sizes:
        st.markdown("**Size**")
        for column, (axis, (least, most)), size in zip(st.columns(4), LIMITS.items(), values.shape, strict=True):
            if st.session_state.get(_size(axis)) != size:
                st.session_state[_size(axis)] = size
            sizes_there = range(least, most + 1)
            with column:
                widgets.selectbox(
                    _LABELS[axis], sizes_there, size - least, key=_size(axis), on_change=_resize, help=_RESIZED
                )
    with fill:
        st.markdown("**Random whole numbers**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            typed(state.SEED, "Seed", help="Equal seeds give equal values from −3 to 3.", width=140)
            widgets.button(
                "Fill at random", icon=":material/casino:", key=state.key("fill"), on_click=_fill, help=_FILLED
            )
    _paste_box(choice)
    _export(choice)


_MOST_TEXT = 10 * LONGEST_TEXT
"""The most characters that the box takes. A longer paste is refused as a whole, with a sentence; with more than a
megabyte the server would close the connection."""
_RESIZED = "How many your own sheet has; values that still fit are kept."
_FILLED = "Replaces every value of your own sheet."


def _paste_box(choice: Choice) -> None:
    height, width = state.values(choice.source).shape[2:]
    st.markdown("**From a spreadsheet**")
    widgets.text_area(
        "Cells",
        key=state.key("text"),
        height=110,
        max_chars=_MOST_TEXT,
        placeholder="Copy cells in a spreadsheet and paste them here",
        label_visibility="collapsed",
    )
    widgets.button(
        "Use these values",
        icon=":material/content_paste:",
        key=state.key("paste"),
        help="Makes the pasted cells your own sheet.",
        on_click=_paste_text,
    )
    if problem := st.session_state.get(state.key("paste-problem")):
        st.error(plain(problem), icon=":material/block:")
    st.caption(
        f"Same layout as the sheet above: {_count(height, 'line')} per image, {_count(width, 'column')} per channel. "
        "Separate values with tabs, semicolons, commas or spaces. You can also press Ctrl+V on the sheet. Text longer "
        f"than {_MOST_TEXT:,} characters is not pasted at all."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _export(choice: Choice) -> None:
    values, norm = state.values(choice.source), choice.norm
    st.markdown("**To a spreadsheet**")
    with st.container(horizontal=True):
        st.download_button(
            "Values as CSV",
            lambda: grid_csv(values),
            file_name="values.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The sheet above; you can paste it back here.",
        )
        st.download_button(
            "Every step as CSV",
            lambda: steps_csv(values, norm, choice.groups, choice.gamma, choice.beta),
            file_name=f"steps-{norm}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not state.is_solved(),
            help="One line per value: place, mean, both variances, normalized value and output. Not while the solution "
            "is hidden.",
        )
    st.caption(CREDIT)


def _size(axis: str) -> str:
    return state.key(f"size-{axis}")


def _source() -> Source:
    return Source(state.SHEET.chosen)


def _resize() -> None:
    images, channels, rows, columns = (int(st.session_state[_size(axis)]) for axis in LIMITS)
    state.use_own(resized(state.values(_source()), (images, channels, rows, columns), state.SEED.chosen))


def _fill() -> None:
    images, channels, rows, columns = state.values(_source()).shape
    state.use_own(filled((images, channels, rows, columns), state.SEED.chosen))


def _paste_text() -> None:
    paste(st.session_state[state.key("text")])


def paste(text: str) -> None:
    """For callbacks: a pasted table becomes the reader's own sheet; what is wrong with it is kept to be said."""
    height, width = state.values(_source()).shape[2:]
    st.session_state[state.key("paste-problem")] = ""
    try:
        state.use_own(read_grid(text, height, width))
    except SheetProblem as problem:
        st.session_state[state.key("paste-problem")] = str(problem)
