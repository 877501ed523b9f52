"""One of a few, chosen with a row of buttons."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

_T = TypeVar("_T")


def one_of(
    label: str,
    options: Sequence[_T],
    *,
    key: str,
    words: Callable[[_T], str] = str,
    help: str | None = None,
    disabled: bool = False,
) -> _T:
    """The chosen option, to begin with the first; the choice outlasts a look at another panel.

    A browser may tell of a control before it has its value (None): then the last choice stays.
    """
    kept = f"{key}-kept"
    if st.session_state.get(key) in options:
        st.session_state[kept] = st.session_state[key]
    else:
        st.session_state[key] = st.session_state.setdefault(kept, options[0])
    st.segmented_control(
        label, options, key=key, required=True, format_func=words, help=help, disabled=disabled, wrap=True
    )
    chosen: _T = st.session_state[kept]
    return chosen
