"""What tests of the worksheet share: the page, and its parts that are hard to find."""

import re
from collections.abc import Sequence

import numpy as np
from app_store import opened, sound
from streamlit.testing.v1 import AppTest

from normlab.app.worksheet import state
from normlab.app.worksheet.state import Choice, Source
from normlab.choices import Norm
from normlab.normmath import Cell
from normlab.worksheet import StudyLayer, Task, study_values

CAUSE = "variances of channels 1–4 are those of images 2–4 alone: image 1 was left out"


def draw() -> None:  # its source is executed elsewhere
    import streamlit as st

    from normlab.app.shell import widgets
    from normlab.app.worksheet import grid, page

    if "told" in st.session_state:
        st.session_state["sheet"] = {"told": st.session_state.pop("told")}
        widgets.heard("sheet", "told", grid.take)()
    page.PAGE.show()


def page(**query: str) -> AppTest:
    return opened(draw, **query)


def finding(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*at.warning, *at.success, *at.info))


def told(at: AppTest, kind: str) -> str:
    return "\n".join(str(element.value) for element in at.get(kind))


def formulas(at: AppTest) -> str:
    """What the steps say, without colors."""
    return re.sub(r"\\textcolor\{#\w+\}\{\\boldsymbol\{(.*?)\}\}", r"\1", "\n".join(str(e.value) for e in at.markdown))


def choice(at: AppTest) -> Choice:
    keys = {view.name: f"worksheet-kept-{view.name}" for view in state.VIEWS}
    kept = {view.name: view.default for view in state.VIEWS}
    kept |= {name: at.session_state[key] for name, key in keys.items() if key in at.session_state}
    cell = Cell(*(kept[axis] - 1 for axis in ("image", "channel", "row", "column")))
    return Choice(kept["norm"], kept["groups"], kept["sheet"], cell, kept["gamma"], kept["beta"])


def table(at: AppTest) -> str:
    """The key of the table of statistics."""
    (key,) = [str(element.key) for element in at.dataframe]
    return key


def enter(at: AppTest, edits: dict[int, dict[str, str | None]]) -> AppTest:
    """What the table's widget holds after these edits, and its callback."""
    at.session_state[table(at)] = {"edited_rows": edits, "added_rows": [], "deleted_rows": []}
    return sound(at.run())


def values(at: AppTest, source: Source = Source.OWN) -> Sequence[object]:
    kept = at.session_state["worksheet-values"][source]
    return list(kept.shape)


def send(at: AppTest, serial: int, *, marked: list[list[int]], chosen: Sequence[int] = (0, 0, 0, 0)) -> AppTest:
    """Hands the page marks of the exercise, as the sheet's component would."""
    at.session_state["told"] = {"serial": serial, "chosen": list(chosen), "edits": [], "marked": marked}
    return sound(at.run())


def mark(at: AppTest, norm: Norm) -> AppTest:
    """Marks exactly the right cells of the study's sheet for its first value, and has them checked."""
    right = Task(norm, 2, study_values(StudyLayer.N).shape, Cell(0, 0, 0, 0)).right
    return sound(send(at, 1, marked=np.argwhere(right).tolist()).button(key="worksheet-check").click().run())
