"""A sheet of one's own on the worksheet: its size and values, pasted tables, answers."""

import pytest
from app_store import sound
from worksheet_kit import choice, enter, finding, formulas, mark, page, values

from normlab.app.worksheet import state
from normlab.app.worksheet.state import Source
from normlab.choices import Norm
from normlab.worksheet import StudyLayer, grid_csv, study_values


@pytest.mark.parametrize("norm", list(Norm))
@pytest.mark.parametrize("size", [1, None], ids=["smallest", "largest"])
def test_the_smallest_and_the_largest_sheet(norm: Norm, size: int | None) -> None:
    at = page(norm=norm)
    for axis in ("images", "channels", "rows", "columns"):
        box = at.selectbox(key=f"worksheet-size-{axis}")
        sound(box.select(size or int(box.options[-1])).run())
    assert values(at) == ([1, 1, 1, 1] if size else [6, 8, 4, 4])
    asked = " and ".join(f"{statistic}s" for statistic in norm.spec.statistics)
    assert f"work out the {asked} of {norm.spec.name}" in finding(at)


def test_random_values_repeat_with_their_seed() -> None:
    at = page()
    sound(at.text_input(key="worksheet-seed").set_value("5").run())
    sound(at.button(key="worksheet-fill").click().run())
    first = at.session_state["worksheet-values"][Source.OWN]
    assert choice(at).source is Source.OWN
    sound(at.button(key="worksheet-fill").click().run())
    assert (at.session_state["worksheet-values"][Source.OWN] == first).all()


def test_a_pasted_table_becomes_a_sheet_of_ones_own() -> None:
    at = page(norm="ln")
    sound(at.text_area(key="worksheet-text").set_value("1\t2\n3\t4\n").run())
    sound(at.button(key="worksheet-paste").click().run())
    assert choice(at).source is Source.OWN
    assert values(at) == [1, 1, 2, 2]
    assert r"\dfrac{10}{4} = 2.5$" in formulas(at)


def test_a_bad_table_is_answered_and_changes_nothing() -> None:
    at = page()
    sound(at.text_area(key="worksheet-text").set_value("1,2\n3,four").run())
    sound(at.button(key="worksheet-paste").click().run())
    assert "Line 2, column 2 holds “four”" in at.error[0].value
    assert choice(at).source is Source.N
    sound(at.text_area(key="worksheet-text").set_value(grid_csv(study_values(StudyLayer.N_PLUS_1))).run())
    sound(at.button(key="worksheet-paste").click().run())
    assert not at.error


def test_answers_of_ones_own_are_checked_before_the_right_ones_are_shown() -> None:
    at = mark(page(sheet="own", solution="hidden"), Norm.BN)
    frame = at.dataframe[0].value
    assert frame["variance"].isna().all()
    sheet = state.original(Source.OWN)
    wrong, right = round(float(sheet[1:, 1].var()), 5), round(float(sheet[:, 2].var()), 5)
    at = enter(at, {1: {"variance-written": str(wrong)}, 2: {"variance-written": str(right)}})
    assert "The entered variance of channel 2 is that of images 2–4 alone" in finding(at)
    assert f"{wrong:.7g} is written." in finding(at)
    assert list(at.dataframe[0].value["variance"].notna()) == [False, False, True, False]
    assert list(at.dataframe[0].value["unbiased"].notna()) == [False, False, True, False]
    sound(at.segmented_control(key="worksheet-solution").select("shown").run())
    assert at.dataframe[0].value["variance"].notna().all()
    assert f"{wrong:.7g} is written, {float(sheet[:, 1].var()):.6g} is right." in finding(at)
