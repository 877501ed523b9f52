"""Tables in the sizes of the page.

Streamlit paints a table on a canvas, in the size that letters have when it first appears, and keeps to that. Where a
projector's sizes have just been switched, tables are therefore left out for a moment, in which the browser takes the
new sizes and clears the old tables away, and drawn anew when it has asked for that.
"""

from collections.abc import Mapping
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from normlab.app import address

_SIZES, _SENT = "tables-large", "tables-sizes-sent"
_MOMENT = 0.3  # seconds


def show(
    frame: pd.DataFrame,
    *,
    alt: str,
    columns: Mapping[str, ColumnConfig | str | None],
    height: int | Literal["auto", "content"] = "content",
) -> None:
    """Draw `frame`; `columns` are Streamlit's settings of its columns, `alt` tells what it says."""
    if not _are_settled():
        st.empty()
        return
    st.dataframe(frame, hide_index=True, height=height, alt=alt, placeholder="–", column_config=dict(columns))


def sizes() -> str:
    """Part of the key of a table that can be edited: it is drawn anew when the sizes on the page have changed."""
    return "large" if st.session_state.get(_SIZES, False) else "usual"


def settle() -> None:
    """After the page: if this run has brought new sizes to it, draw it once more with its tables."""
    if not _are_settled():
        st.session_state[_SENT] = False
        _await_browser()


@st.fragment(run_every=_MOMENT)
def _await_browser() -> None:
    """Its second call comes from the browser, which has drawn by then what came with the first."""
    if st.session_state[_SENT]:
        st.session_state[_SIZES] = address.lesson().projector
        st.rerun(scope="app")
    st.session_state[_SENT] = True


def _are_settled() -> bool:
    return bool(st.session_state.get(_SIZES, False)) == address.lesson().projector
