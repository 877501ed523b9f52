"""The controls of what a panel shows: one of a few, in a row of buttons or in a box."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from normlab.app import address, state
from normlab.app.views import View


def buttons(
    view: View, label: str, *, words: Callable[[Any], str] = str, help: str | None = None, disabled: bool = False
) -> Any:
    """The chosen option."""
    value = view.value()
    st.segmented_control(
        label,
        view.options,
        default=value,
        key=view.key,
        required=True,
        format_func=words,
        help=help,
        disabled=disabled,
        wrap=True,
        on_change=take,
        args=(view,),
    )
    return value


def box(
    view: View,
    label: str,
    *,
    words: Callable[[Any], str] = str,
    help: str | None = None,
    on_change: Callable[[View], None] | None = None,
) -> Any:
    """The chosen option, where there are many. `on_change` is another callback than `take`, which it calls."""
    value = view.value()
    st.selectbox(
        label,
        view.options,
        view.options.index(value),
        key=view.key,
        format_func=words,
        help=help,
        on_change=on_change or take,
        args=(view,),
    )
    return value


def take(view: View) -> None:
    """Callback of these controls: the address says what is shown."""
    view.take()
    tell()


def tell() -> None:
    """For callbacks that have changed what is shown."""
    address.write(state.last())
