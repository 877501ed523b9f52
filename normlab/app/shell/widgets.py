"""Streamlit's controls as a page uses them: what one says is newer than the address that comes with it.

A control's event brings the address as it was when the event was sent. A page that writes its address, and is used
fast, would take that for a link and undo the choice. And an event may come under the name of a fragment that has
nothing to do with it (`fragments.catch_up`). So every control comes from here.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast

import streamlit as st

from normlab.app.shell import address, component, fragments

_Control = TypeVar("_Control", bound=Callable[..., Any])


def _heard(act: Callable[..., None] | None, *args: Any, **kwargs: Any) -> None:
    address.acknowledge()
    if act is not None:
        act(*args, **kwargs)
    fragments.catch_up()


def _acknowledging(control: _Control, callback: str) -> _Control:
    """The control, whose `callback` acknowledges the address before anything else."""

    @wraps(control)
    def draw(*args: Any, **kwargs: Any) -> Any:
        return control(*args, **{**kwargs, callback: partial(_heard, kwargs.get(callback))})

    return cast(_Control, draw)


button = _acknowledging(st.button, "on_click")
data_editor = _acknowledging(st.data_editor, "on_change")
expander = _acknowledging(st.expander, "on_change")
form_submit_button = _acknowledging(st.form_submit_button, "on_click")
multiselect = _acknowledging(st.multiselect, "on_change")
number_input = _acknowledging(st.number_input, "on_change")
pagination = _acknowledging(st.pagination, "on_change")
pills = _acknowledging(st.pills, "on_change")
popover = _acknowledging(st.popover, "on_change")
radio = _acknowledging(st.radio, "on_change")
segmented_control = _acknowledging(st.segmented_control, "on_change")
select_slider = _acknowledging(st.select_slider, "on_change")
selectbox = _acknowledging(st.selectbox, "on_change")
text_area = _acknowledging(st.text_area, "on_change")
text_input = _acknowledging(st.text_input, "on_change")
toggle = _acknowledging(st.toggle, "on_change")


def callback(act: Callable[..., None]) -> Callable[..., None]:
    """What a control that Streamlit draws otherwise, such as a chart to click into, is given for `act`."""
    return partial(_heard, act)


def heard(key: str, trigger: str, act: Callable[[Any], None]) -> Callable[[], None]:
    """As `component.heard`, for a component whose word runs the whole page."""
    return partial(_heard, component.heard(key, trigger, act))
