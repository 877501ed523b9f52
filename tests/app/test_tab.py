"""What the browser's tab keeps, as pages take it up: all that was made, and nothing that nobody could have made."""

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest
from app_store import opened, sound
from streamlit.testing.v1 import AppTest
from worksheet_kit import draw, enter, told

from normlab.app.draw import state as drawing_state
from normlab.app.shell import tab
from normlab.app.worksheet.state import Source
from normlab.drawing import SIZE
from normlab.worksheet import LIMITS, MOST, StudyLayer, study_values

STUDY = study_values(StudyLayer.N)


def held(at: AppTest, name: str) -> str | None:
    """The text that the page gives the tab to keep; None for none."""
    sent = [json.loads(one.proto.json) for one in at.get("bidi_component") if one.proto.component_name == "tab"]
    texts = [data["items"][name] for data in sent if name in data["items"]]
    return texts[0] if texts else None


def worksheet(kept: Any = None, **query: str) -> AppTest:
    """A new session in a tab that has kept this."""
    at = AppTest.from_function(draw, default_timeout=30)
    at.query_params.update(query)
    at.session_state["tab-told"] = True
    at.session_state["tab-found"] = {tab.SHEETS: kept}
    return sound(at.run())


def sheet(at: AppTest, source: Source) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = at.session_state["worksheet-values"][source]
    return found


def test_nothing_is_kept_where_nothing_was_made() -> None:
    assert held(opened(draw), tab.SHEETS) is None


def test_a_sheet_of_ones_own_and_its_answers_come_back() -> None:
    at = opened(draw, sheet="own", norm="ln")
    at.button(key="worksheet-fill").click().run()
    at.selectbox(key="worksheet-size-rows").set_value(1).run()
    enter(at, {1: {"mean-written": "0,25"}})
    text = held(at, tab.SHEETS)
    assert text
    again = worksheet(json.loads(text), sheet="own", norm="ln")
    assert (sheet(again, Source.OWN) == sheet(at, Source.OWN)).all()
    assert sheet(again, Source.OWN).shape == (4, 4, 1, 2)
    assert held(again, tab.SHEETS) == text
    assert [str(one.value) for one in again.warning] == [str(one.value) for one in at.warning]


def test_a_changed_sheet_of_the_study_comes_back_until_it_is_restored() -> None:
    changed = STUDY.copy()
    changed[0, 0, 0, 0] = 7.5
    at = worksheet({"sheets": {"layer_n": changed.tolist()}, "written": []})
    assert (sheet(at, Source.N) == changed).all()
    assert held(at, tab.SHEETS)
    at.button(key="worksheet-restore").click().run()
    assert (sheet(sound(at), Source.N) == STUDY).all()
    assert held(at, tab.SHEETS) == "", "the tab forgets it"


@pytest.mark.parametrize(
    "kept",
    [
        *(7, [], "sheets", {}, {"sheets": 3, "written": 4}, {"sheets": {"own": []}, "written": [None, [], {}]}),
        *({"sheets": {"layer_n": values}} for values in ([[[[1.0]]]], (STUDY * np.nan).tolist(), [[1.0], [1.0, 2.0]])),
        {"sheets": {"layer_n": (STUDY + 2 * MOST).tolist(), "own": np.zeros((7, 1, 1, 1)).tolist(), "other": [1]}},
        {"sheets": {"layer_n": [[[[float("inf")] * 2] * 2] * 4] * 4}},
        {"written": [{"sheet": "layer_n", "norm": "bn", "groups": 2, "mean": [1.0], "variance": [1.0]}]},
        {"written": [{"sheet": "layer_n", "norm": "evil", "groups": 2, "mean": [1.0] * 4, "variance": [1.0] * 4}]},
        {"written": [{"sheet": ["layer_n"], "norm": {}, "groups": "2", "mean": {}, "variance": None}]},
        {"written": [{"sheet": "layer_n", "norm": "gn", "groups": 3, "mean": [1.0] * 12, "variance": [1.0] * 12}]},
    ],
)
def test_what_the_page_could_not_have_kept_changes_nothing(kept: Any) -> None:
    at, plain = worksheet(kept), opened(draw)
    assert (sheet(at, Source.N) == STUDY).all()
    assert told(at, "markdown") == told(plain, "markdown")
    assert [str(one.value) for one in at.warning] == [str(one.value) for one in plain.warning]
    assert held(at, tab.SHEETS) is None


def test_the_largest_sheets_and_answers_fit() -> None:
    shape = [most for _, most in LIMITS.values()]
    own = np.full(shape, -MOST / 3)
    study = np.full(STUDY.shape, -MOST / 3)
    blocks = shape[0] * shape[1]
    answers = [
        {"sheet": name, "norm": "in", "groups": 8, "mean": [-MOST / 3] * blocks, "variance": [-MOST / 3] * blocks}
        for name in ("layer_n", "layer_n_plus_1", "own")
        for _ in range(7)
    ]
    sheets = {"own": own.tolist(), "layer_n": study.tolist(), "layer_n_plus_1": study.tolist()}
    assert len(json.dumps({"sheets": sheets, "written": answers})) < tab.LONGEST


@pytest.mark.parametrize(
    "text", [None, 3, {}, "", "{", "nul", "NaN", '{"a": Infinity}', "[" * 50_000, '"' + "x" * tab.LONGEST + '"']
)
def test_a_text_that_is_not_the_pages_own_is_not_looked_at(text: object) -> None:
    assert tab._read(text) is None


def test_the_browser_is_heard_once_and_whatever_it_says() -> None:
    def script() -> None:
        import streamlit as st

        from normlab.app.shell import tab

        for message in st.session_state.pop("messages", []):
            tab._take_in(message)
        st.text(tab.browser())
        st.text(str(tab.take(tab.SHEETS)))

    def heard(*messages: object) -> list[str]:
        at = AppTest.from_function(script)
        at.session_state["messages"] = messages
        return [str(one.value) for one in sound(at.run()).text]

    name = "0123456789abcdef" * 2
    good = {"browser": name, "items": {"sheets": '{"sheets":{}}', "other": "1"}}
    assert heard(good) == [name, "{'sheets': {}}"]
    assert heard(good, {"browser": "f" * 32, "items": {"sheets": "[]"}}) == [name, "{'sheets': {}}"]
    for strange in (None, [], 3, {}, {"browser": 3, "items": 4}, {"browser": "<b>", "items": {"sheets": ["[]"]}}):
        assert heard(strange) == ["", "None"]


def packed(canvas: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(zlib.compress(canvas.astype(np.uint8).tobytes())).decode("ascii")


def test_a_drawing_is_unpacked_exactly_and_nothing_else_is() -> None:
    canvas = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), np.uint8)
    found = drawing_state._unpacked(packed(canvas))
    assert found is not None
    assert (found == canvas).all()
    bomb = base64.b64encode(zlib.compress(bytes(50_000_000))).decode("ascii")
    for strange in (None, 3, "", "x", "é", "!!!!", packed(canvas)[:-40], packed(canvas[1:]), bomb):
        assert drawing_state._unpacked(strange) is None, str(strange)[:20]


def test_the_worst_drawing_fits() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE), np.uint8)
    assert len(packed(noise)) < tab.LONGEST / 2
