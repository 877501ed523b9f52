"""The controls of a view, on every page: one of a few in a row of buttons, one of many in a box."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from normlab.app.shell import page, views, widgets
from normlab.app.shell.views import View

Words = Callable[[Any], str]


def take(view: View) -> None:
    """Callback of these controls. The address says at once what is shown, because a fragment is drawn without the
    page."""
    view.take()
    page.say()


def choose(choices: Mapping[View, Any]) -> None:
    """For other callbacks: show these from now on, and let the address say so."""
    for view, value in choices.items():
        view.set(value)
    page.say()


def buttons(
    view: View,
    label: str,
    options: Sequence[Any] = (),
    *,
    otherwise: Any = None,
    words: Words = str,
    help: str | None = None,
    disabled: bool = False,
    label_visibility: Literal["visible", "collapsed"] = "visible",
    on_change: Callable[[View], None] = take,
) -> Any:
    """The chosen one of `options`, the view's own if there are none; where it is none of them, `otherwise` or the
    first.
    """
    options = options or view.options
    value = view.value(options, otherwise)
    widgets.segmented_control(
        label,
        options,
        default=value,
        key=view.key,
        required=True,
        format_func=words,
        help=help,
        disabled=disabled,
        label_visibility=label_visibility,
        wrap=True,
        on_change=on_change,
        args=(view,),
    )
    return value


def typed(view: View, label: str, *, help: str, width: int | Literal["stretch"] = "stretch") -> None:
    """A box for a number. Streamlit's own drops what it does not know, such as a decimal comma, and keeps the rest."""
    text, problem = view.typed()
    widgets.text_input(
        label, text, key=view.key, help=help, width=width, on_change=_take_typed, args=(view,), autocomplete="off"
    )
    if problem:
        st.error(problem, icon=":material/block:")


def _take_typed(view: View) -> None:
    view.take_typed()
    page.say()


def is_zoomed(axis: View) -> bool:
    """The choice between a vertical axis that zooms in and one that holds everything."""
    chosen = buttons(axis, "Vertical axis", help="Zoom fits the later epochs and cuts off the rest.")
    return bool(chosen == views.ZOOM)


def box(
    view: View,
    label: str,
    options: Sequence[Any] = (),
    *,
    otherwise: Any = None,
    words: Words = str,
    help: str | None = None,
    on_change: Callable[[View], None] = take,
) -> Any:
    """The same in a box, where there are many."""
    options = options or view.options
    value = view.value(options, otherwise)
    widgets.selectbox(
        label,
        options,
        options.index(value),
        key=view.key,
        format_func=words,
        help=help,
        on_change=on_change,
        args=(view,),
    )
    return value
