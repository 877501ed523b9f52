"""The worksheet's exercise as Streamlit executes it: nothing tells the answer before the cells are marked right."""

import json
import re

import numpy as np
import pytest
from app_store import sound
from streamlit.testing.v1 import AppTest
from worksheet_kit import choice, finding, formulas, mark, page, send, told

from normlab.app.worksheet import paper
from normlab.app.worksheet.state import Choice
from normlab.choices import Norm
from normlab.normmath import Cell, steps
from normlab.worksheet import StudyLayer, Task, study_values

SHEET = study_values(StudyLayer.N)
norms = pytest.mark.parametrize("norm", list(Norm))


def components(at: AppTest) -> dict[str, object]:
    """What the page's own components got, by name."""
    return {one.proto.component_name: json.loads(one.proto.json) for one in at.get("bidi_component") if one.proto.json}


def everything(at: AppTest) -> str:
    """All words of the page, those that only the browser hears included, but for the sheet's size and its numbers."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "success", "html")
    words = " ".join(told(at, kind) for kind in kinds)
    return f"{words} {components(at)['grid']}"


@norms
def test_nothing_tells_which_cells_share_a_mean(norm: Norm) -> None:
    at = page(solution="hidden", norm=norm, image="2", channel="3")
    grid = components(at)["grid"]
    assert (grid["owners"], grid["marked"], grid["editable"]) == (None, [], False)
    count = int(Task(norm, 2, SHEET.shape, Cell(1, 2, 0, 0)).right.sum())
    assert not re.search(rf"\b{count} (values|cells)\b", everything(at))
    assert norm.spec.covers not in everything(at)
    assert "dfrac" not in formulas(at)
    assert not at.dataframe, "the table of statistics names the blocks"
    assert "ruler" not in components(at)
    assert at.button(key="worksheet-open").disabled
    assert "shaded" not in told(at, "html").split("</style>")[-1]


@norms
def test_the_right_cells_open_the_arithmetic_a_step_at_a_time(norm: Norm) -> None:
    at = mark(page(solution="hidden", norm=norm), norm)
    right = Task(norm, 2, SHEET.shape, Cell(0, 0, 0, 0)).right
    assert f"these {int(right.sum())} cells share" in finding(at)
    assert at.button(key="worksheet-check").disabled
    assert components(at)["grid"]["owners"] is not None
    assert at.dataframe, "the statistics to be worked out"
    for fractions in (0, 2, 4, 5) if norm.spec.centers else (0, 2, 3):
        assert formulas(at).count("dfrac") == fractions, "each step opens its own numbers"
        sound(at.button(key="worksheet-open").click().run())
    assert not [button for button in at.button if button.key == "worksheet-open"]
    found = steps(SHEET, norm, 2, Cell(0, 0, 0, 0))
    assert f"{found.output:.6g}$" in formulas(at)


def test_what_is_missing_or_too_much_is_said_and_forgotten_with_the_next_mark() -> None:
    at = sound(page(solution="hidden").button(key="worksheet-check").click().run())
    assert "Nothing is marked yet." in finding(at)
    at = sound(
        send(at, 1, marked=[[0, 0, h, w] for h in (0, 1) for w in (0, 1)]).button(key="worksheet-check").click().run()
    )
    assert "These are the cells of InstanceNorm" in finding(at)
    assert "Missing: channel 1 of images 2–4." in finding(at)
    assert len(components(at)["grid"]["marked"]) == 4, "the marks stay"
    at = send(at, 2, marked=[[0, 0, 0, 0]])
    assert "Missing" not in finding(at)
    sound(at.button(key="worksheet-clear").click().run())
    assert components(at)["grid"]["marked"] == []


def test_another_cell_is_another_task_and_the_first_one_is_kept() -> None:
    at = mark(page(solution="hidden"), Norm.BN)
    sound(at.selectbox(key="worksheet-channel").select(2).run())
    assert components(at)["grid"]["owners"] is None
    sound(at.selectbox(key="worksheet-channel").select(1).run())
    assert "Right:" in finding(at)
    sound(at.segmented_control(key="worksheet-norm").select(Norm.LN).run())
    assert components(at)["grid"]["owners"] is None


@pytest.mark.parametrize("marked", [[[9, 0, 0, 0]], [[0, 0]], [[0, 0, 0, -1]]])
def test_marks_outside_of_the_sheet_are_nothing(marked: list[list[int]]) -> None:
    at = send(page(solution="hidden"), 1, marked=marked)
    sound(at.button(key="worksheet-check").click().run())
    assert "Nothing is marked yet." in finding(at)


@norms
def test_paper_has_the_sheet_and_blanks_or_the_solution(norm: Norm) -> None:
    own, cell = Choice(norm, cell=Cell(1, 2, 0, 1)), Cell(1, 2, 0, 1)
    found = steps(SHEET, norm, 2, cell)
    hidden = paper.page(own, SHEET, found, with_solution=False)
    solved = paper.page(own, SHEET, found, with_solution=True)
    for text in (hidden, solved):
        assert text.count("<td") == SHEET.size
        assert len(re.findall(r'class="[^"]*framed', text)) == 1
    lines = len(norm.spec.statistics) + 2
    assert hidden.count('class="blank"') == lines
    assert "shaded" not in hidden
    assert norm.spec.covers not in hidden
    assert not re.search(rf"\b{len(found.values)} (values|cells)\b|/ {len(found.values)}\b", hidden)
    assert solved.count('class="blank"') == 0
    shaded = int(np.sum(Task(norm, 2, SHEET.shape, cell).right))
    assert len(re.findall(r'class="[^"]*shaded', solved)) == shaded
    assert f"<b>{paper._text(found.output)}</b>" in solved


def test_the_page_prints_what_it_shows() -> None:
    at = page(solution="hidden")
    assert components(at)["paper"] == {"label": "Print this exercise"}
    assert 'class="blank"' in told(at, "html")
    sound(at.segmented_control(key="worksheet-solution").select("shown").run())
    assert components(at)["paper"] == {"label": "Print this sheet with its solution"}
    assert 'class="blank"' not in told(at, "html")
    assert choice(at).norm is Norm.BN
