"""The pad: draw with mouse, pen or finger; or put a test image there, move it and turn it, by keyboard too."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import streamlit as st

from normlab import drawing, images
from normlab.app.draw import state
from normlab.app.shell import address, cached, widgets
from normlab.app.shell.component import component, heard
from normlab.app.shell.words import plain
from normlab.charts.theme import PROJECTOR_SCALE
from normlab.choices import Dataset
from normlab.datasets import DataProblem
from normlab.drawing import Canvas

KEY = "drawing-pad"
_PEN = 11
"""Pixels of the canvas, of 112: about as thick as the strokes of the data sets' digits."""

_TEST, _SEEN, _PROBLEM = "drawing-test", "drawing-test-seen", "drawing-problem"
_WORDS = {
    "canvas": "Drawing pad. Without a pointer: put a test image on it with the buttons below, then move and turn it.",
    "pen": "Pen",
    "eraser": "Eraser",
    "clear": "Clear",
}
_MOVES: Mapping[str, tuple[str, Callable[[Canvas], Canvas]]] = {
    "left": ("arrow_back", partial(drawing.moved, right=-1, down=0)),
    "right": ("arrow_forward", partial(drawing.moved, right=1, down=0)),
    "up": ("arrow_upward", partial(drawing.moved, right=0, down=-1)),
    "down": ("arrow_downward", partial(drawing.moved, right=0, down=1)),
}
"""Direction: icon, and what it does to the drawing."""

_TURNS: Mapping[str, tuple[str, Callable[[Canvas], Canvas]]] = {
    "left": ("rotate_left", partial(drawing.turned, degrees=-10)),
    "right": ("rotate_right", partial(drawing.turned, degrees=10)),
}
_CENTER = (
    "The networks learned from images that were scaled to one size and centered. Turn this off to see what they say "
    "about a drawing that was not."
)

_component = component(
    __file__,
    '<div class="pad"><canvas role="img"></canvas>'
    '<div class="tools"><button></button><button></button><button></button></div></div>',
)


def begin(dataset: Dataset) -> None:
    """Put the first test image on a pad that nobody has used, so that the networks have something to answer to.

    Where the data set is damaged, `controls` says so, and one can draw.
    """
    if state.is_new() and images.is_there(dataset):
        try:
            state.begin(drawing.enlarged(cached.test_images(dataset).images[0]))
        except DataProblem as problem:
            st.session_state[_PROBLEM] = str(problem)


def show() -> None:
    """The square to draw on, with its pen, eraser and Clear."""
    data = {
        "serial": state.serial(),
        "ink": state.encoded(),
        "example": state.is_example(),
        "size": drawing.SIZE,
        "pen": _PEN,
        "words": _WORDS,
    }
    _component(key=KEY, data=data, on_drawn_change=heard(KEY, "drawn", state.take))


def controls(dataset: Dataset) -> bool:
    """Test images of `dataset` to put on the pad, moves and turns. Whether drawings are to be centered."""
    widgets.pills(
        "Put a test image on the pad",
        dataset.spec.labels,
        key=_TEST,
        wrap=True,
        on_change=_put,
        args=(dataset,),
        help="Each click brings the next test image of that class. Draw on it, move it, turn it.",
    )
    if problem := st.session_state.pop(_PROBLEM, ""):
        st.info(plain(problem), icon=":material/image_not_supported:")
    st.session_state.setdefault(state.CENTERED, True)
    centered = widgets.toggle("Center and scale", st.session_state[state.CENTERED], key=state.CENTERED, help=_CENTER)
    width = round(120 * PROJECTOR_SCALE) if address.is_large() else 120
    with st.grid(min_column_width=width, border=False, gap="xsmall"):
        for name, (icon, move) in _MOVES.items():
            help = f"Moves the drawing {name} by one of 28 pixels. No effect while drawings are centered."
            _button(name.capitalize(), icon, f"drawing-move-{name}", move, help=help, disabled=centered)
        for name, (icon, turn) in _TURNS.items():
            help = f"Turns the drawing {name} by 10 degrees. Most networks know only upright digits."
            _button(f"Turn {name}", icon, f"drawing-turn-{name}", turn, help=help)
    return centered


def _button(
    label: str, icon: str, key: str, change: Callable[[Canvas], Canvas], *, help: str, disabled: bool = False
) -> None:
    widgets.button(
        label,
        icon=f":material/{icon}:",
        key=key,
        width="stretch",
        help=help,
        disabled=disabled,
        on_click=state.change,
        args=(change,),
    )


def _put(dataset: Dataset) -> None:
    """The next test image of the chosen class; it is as the data set made it, so it is not centered again."""
    chosen = st.session_state[_TEST]
    if chosen is None:
        return
    st.session_state[_TEST] = None
    try:
        test = cached.test_images(dataset)
    except DataProblem as problem:
        st.session_state[_PROBLEM] = str(problem)
        return
    of_class = np.flatnonzero(test.labels == dataset.spec.labels.index(chosen))
    seen = st.session_state.setdefault(_SEEN, {})
    place = seen[chosen] = seen.get(chosen, -1) + 1
    state.keep(drawing.enlarged(test.images[of_class[place % len(of_class)]]))
    st.session_state[state.CENTERED] = False
