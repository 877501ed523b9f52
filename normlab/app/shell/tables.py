"""Tables in the sizes of the page.

Streamlit paints a table on a canvas, in the size that letters have when it first appears, and keeps to that. Where a
projector's sizes have just been switched, a table is therefore drawn when the browser tells that they have arrived.
That runs the table, or the fragment that it is a part of, once more: a page that is run again while it opens loses its
settings in the browser.
"""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from normlab.app.shell import address
from normlab.app.shell.component import component
from normlab.app.shell.fragments import fragment
from normlab.charts.theme import PROJECTOR_SCALE

_SIZES = "tables-large"

_component = component(__file__)


@fragment
def show(
    key: str,
    frame: pd.DataFrame,
    *,
    alt: str,
    columns: Mapping[str, ColumnConfig | str | None],
    height: int | Literal["auto", "content"] = "content",
) -> None:
    """Draw `frame`; `columns` are Streamlit's settings of its columns, `alt` tells what it says."""
    if not await_sizes(key):
        short = [name for name, column in columns.items() if _has_two_digits(column) and name in frame]
        frame = frame.round(dict.fromkeys(short, 2))  # a browser rounds 97.125 up, the page's numbers are to even
        sized = {name: _sized(column) for name, column in columns.items()}
        st.dataframe(frame, hide_index=True, height=height, alt=alt, placeholder="–", column_config=sized)


def as_csv(label: str, table: pd.DataFrame | str, file_name: str, *, key: str, help: str | None = None) -> None:
    """A button that downloads a table, or a text that is CSV already."""
    text = table if isinstance(table, str) else table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    st.download_button(
        label,
        text,
        file_name=file_name,
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=key,
        help=help,
    )


def _has_two_digits(column: ColumnConfig | str | None) -> bool:
    settings: Any = column.get("type_config") if isinstance(column, dict) else None
    return settings is not None and settings.get("format") == "%.2f"


def _sized(column: ColumnConfig | str | None) -> ColumnConfig | str | None:
    """With its width in the page's size, where it has one in pixels."""
    if not isinstance(column, dict) or not isinstance(width := column.get("width"), int):
        return column
    return {**column, "width": round(width * PROJECTOR_SCALE) if address.is_large() else width}


def await_sizes(key: str) -> bool:
    """Whether the browser has yet to take new sizes. Then no table is drawn; its fragment runs again later."""
    wanted = address.is_large()
    if st.session_state.get(_SIZES, False) == wanted:
        return False
    st.session_state[_SIZES] = None  # unknown until the browser tells, though they be switched back before
    data = {"large": 16 * PROJECTOR_SCALE, "wanted": wanted}
    _component(key=f"sizes-{key}", data=data, on_arrived_change=lambda: _arrived(wanted))
    return True


def _arrived(wanted: bool) -> None:
    st.session_state[_SIZES] = wanted
