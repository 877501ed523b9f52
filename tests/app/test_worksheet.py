"""The worksheet as Streamlit executes it."""

import re
from collections.abc import Sequence

import pytest
from app_store import sound
from streamlit.testing.v1 import AppTest

from normlab.app.worksheet import state
from normlab.app.worksheet.grid import exact, owners, short
from normlab.app.worksheet.state import Choice, Source
from normlab.app.worksheet.steps import lines, unbiased
from normlab.charts.theme import NORM_COLORS
from normlab.choices import Norm
from normlab.normmath import Cell, blocks, moments, steps
from normlab.worksheet import StudyLayer, grid_csv, study_values

CAUSE = "variances of channels 1–4 are those of images 2–4 alone: image 1 was left out"


def draw() -> None:  # its source is executed elsewhere
    import streamlit as st

    from normlab.app.pages import worksheet
    from normlab.app.worksheet import grid

    if "told" in st.session_state:
        grid.take(st.session_state.pop("told"))
    worksheet.show()


def page(**query: str) -> AppTest:
    at = AppTest.from_function(draw, default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    return sound(at.run())


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


def enter(at: AppTest, edits: dict[int, dict[str, float | None]]) -> AppTest:
    """What the table's widget holds after these edits, and its callback."""
    at.session_state[table(at)] = {"edited_rows": edits, "added_rows": [], "deleted_rows": []}
    return sound(at.run())


def values(at: AppTest, source: Source = Source.OWN) -> Sequence[object]:
    kept = at.session_state["worksheet-values"][source]
    return list(kept.shape)


def test_the_page_opens_with_the_studys_sheet_and_its_error() -> None:
    at = page()
    assert CAUSE in finding(at)
    assert "All 4 published means agree" in finding(at)
    assert "these 16 values share one mean and one variance" in told(at, "markdown")
    assert r"\dfrac{-9}{16} = -0.5625" in formulas(at)
    assert "askmuhsin/cnn_regularizations" in told(at, "caption")


@pytest.mark.parametrize("layer", list(StudyLayer))
@pytest.mark.parametrize("norm", list(Norm))
def test_every_norm_over_every_sheet(norm: Norm, layer: StudyLayer) -> None:
    at = page(norm=norm, sheet=layer, image="3", channel="2", row="2", column="1")
    found = steps(study_values(layer), norm, 2, Cell(2, 1, 1, 0))
    assert choice(at) == Choice(norm, 2, Source(layer), Cell(2, 1, 1, 0))
    assert f"these {len(found.values)} values" in told(at, "markdown")
    assert f"= {found.moments.mean:.6g}$" in formulas(at)
    assert f"= {found.moments.variance:.6g}$" in formulas(at)
    assert f"**{found.moments.unbiased:.6g}**" in told(at, "caption")
    assert (CAUSE in finding(at)) == (norm is Norm.BN)


def test_select_boxes_choose_a_cell_and_a_box_changes_its_value() -> None:
    at = page()
    at.selectbox(key="worksheet-image").select(2)
    at.selectbox(key="worksheet-channel").select(3)
    sound(at.run())
    assert choice(at).cell == Cell(1, 2, 0, 0)
    assert at.number_input(key="worksheet-value").value == study_values(StudyLayer.N)[1, 2, 0, 0]
    sound(at.number_input(key="worksheet-value").set_value(9.5).run())
    assert "No choice of images gives the published variance of channel 3" in finding(at)
    assert "variances of channels 1, 2 and 4 are those of images 2–4" in finding(at)
    sound(at.button(key="worksheet-restore").click().run())
    assert CAUSE in finding(at)
    assert not [button for button in at.button if button.key == "worksheet-restore"]


def test_gamma_and_beta_enter_the_fourth_step() -> None:
    at = page()
    at.number_input(key="worksheet-gamma").set_value(2.0)
    sound(at.number_input(key="worksheet-beta").set_value(-0.5).run())
    found = steps(study_values(StudyLayer.N), Norm.BN, 2, Cell(0, 0, 0, 0), 2.0, -0.5)
    assert rf"y = 2 \cdot {found.normalized:.6g} - 0.5 = {found.output:.6g}$" in formulas(at)


def test_groups_are_the_channels_divisors() -> None:
    at = page(norm="gn", groups="4")
    slider = at.select_slider(key="worksheet-groups")
    assert list(slider.options) == ["1", "2", "4"]
    assert "these 4 values" in told(at, "markdown")
    assert "Your answers" in told(at, "subheader"), "the study published nothing for four groups"
    sound(slider.set_value(2).run())
    assert "All 8 published means agree" in finding(at)


def test_fewer_channels_bring_fewer_groups_and_a_cell_that_is_there() -> None:
    at = page(norm="gn", groups="4", image="4", channel="4")
    sound(at.number_input(key="worksheet-size-channels").set_value(3).run())
    assert choice(at) == Choice(Norm.GN, 3, Source.OWN, Cell(3, 2, 0, 0))
    assert list(at.select_slider(key="worksheet-groups").options) == ["1", "3"]
    sound(at.number_input(key="worksheet-size-channels").set_value(1).run())
    assert choice(at).groups == 1
    assert not at.select_slider, "one channel leaves no choice"


@pytest.mark.parametrize("norm", list(Norm))
@pytest.mark.parametrize("size", [1, None], ids=["smallest", "largest"])
def test_the_smallest_and_the_largest_sheet(norm: Norm, size: int | None) -> None:
    at = page(norm=norm)
    for axis in ("images", "channels", "rows", "columns"):
        box = at.number_input(key=f"worksheet-size-{axis}")
        sound(box.set_value(size or int(box.max)).run())
    assert values(at) == ([1, 1, 1, 1] if size else [6, 8, 4, 4])
    assert "Work out the means" in finding(at)


def test_random_values_repeat_with_their_seed() -> None:
    at = page()
    sound(at.number_input(key="worksheet-seed").set_value(5).run())
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


def test_what_was_written_is_checked_and_kept_for_its_norm() -> None:
    at = enter(page(), {0: {"variance-written": 3.2}})
    assert "No choice of images gives the published variance of channel 1. 3.2 is written" in finding(at)
    sound(at.segmented_control(key="worksheet-norm").select(Norm.LN).run())
    assert "All 4 published variances agree" in finding(at)
    sound(at.segmented_control(key="worksheet-norm").select(Norm.BN).run())
    assert "3.2 is written" in finding(at)
    sound(at.button(key="worksheet-restore").click().run())
    assert CAUSE in finding(at)


def test_answers_of_ones_own_are_checked_before_the_right_ones_are_shown() -> None:
    at = page(sheet="own")
    frame = at.dataframe[0].value
    assert frame["variance"].isna().all()
    sheet = state.original(Source.OWN)
    at = enter(at, {1: {"variance-written": round(float(sheet[1:, 1].var()), 5)}})
    assert "The entered variance of channel 2 is that of images 2–4 alone" in finding(at)
    assert at.dataframe[0].value["variance"].notna().sum() == 1
    sound(at.toggle(key="worksheet-right").set_value(True).run())
    assert at.dataframe[0].value["variance"].notna().all()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"norm": "evil", "sheet": "layer_n"}, "norm=evil is not known; choose one of bn, ln, gn, in"),
        ({"sheet": "evil"}, "sheet=evil is not known; choose one of layer_n"),
        ({"image": "0", "channel": "2"}, "image=0 must be a whole number from 1 to 9"),
        ({"channel": "-1"}, "channel=-1 must be"),
        ({"column": "x" * 500}, "column=xxx"),
        ({"groups": "two"}, "groups=two must be"),
        ({"gamma": "1e3"}, "gamma=1e3 must be a number from −100 to 100"),
        ({"beta": "nan"}, "beta=nan must be"),
        ({"shown": "z"}, "shown=z is not known; choose one of x, hat, y"),
        ({"panel": "layers"}, "panel=layers: the Worksheet page has no such setting"),
    ],
)
def test_what_an_address_asks_for_in_vain_is_named(query: dict[str, str], sentence: str) -> None:
    at = page(**query)
    assert sentence in at.warning[0].value.replace("\\", "")
    assert choice(at) == Choice(cell=Cell(0, int(query.get("channel", "1") == "2"), 0, 0))
    sound(at.run())
    assert sentence in at.warning[0].value.replace("\\", ""), "until something else is looked at"
    sound(at.selectbox(key="worksheet-image").select(3).run())
    assert not [warning for warning in at.warning if "cannot be used" in warning.value]


@pytest.mark.parametrize("query", [{"image": "9", "row": "9"}, {"norm": "gn", "groups": "3"}])
def test_an_address_beyond_the_sheet_shows_the_nearest(query: dict[str, str]) -> None:
    shown = choice(page(**query))
    assert shown.cell in (Cell(3, 0, 1, 0), Cell(0, 0, 0, 0))
    assert shown.groups == 2


def test_the_address_holds_what_differs_from_the_first_look() -> None:
    at = page(norm="gn", groups="4", sheet="own", image="2", shown="hat", gamma="2.5", beta="-1")
    assert choice(at) == Choice(Norm.GN, 4, Source.OWN, Cell(1, 0, 0, 0), 2.5, -1.0)
    assert at.segmented_control(key="worksheet-shown").value == "hat"
    sound(at.segmented_control(key="worksheet-norm").select(Norm.BN).run())
    sound(at.number_input(key="worksheet-beta").set_value(0.0).run())
    query = {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}
    assert query == {"groups": "4", "sheet": "own", "image": "2", "shown": "hat", "gamma": "2.5"}


@pytest.mark.parametrize("name", ["seed", "text", "paste", "fill", "right", "restore", "image", "shown", "size-images"])
def test_no_control_that_comes_with_an_older_address_undoes_a_choice(name: str) -> None:
    at = page(**({} if name == "restore" else {"sheet": "own"}))
    sound(at.segmented_control(key="worksheet-norm").select(Norm.GN).run())
    sound(at.select_slider(key="worksheet-groups").set_value(4).run())
    sound(at.number_input(key="worksheet-value").set_value(7).run())
    at.query_params.clear()
    match name:
        case "seed" | "size-images":
            at.number_input(key=f"worksheet-{name}").set_value(3)
        case "text":
            at.text_area(key="worksheet-text").set_value("1 2")
        case "right":
            at.toggle(key="worksheet-right").set_value(True)
        case "image":
            at.selectbox(key="worksheet-image").select(2)
        case "shown":
            at.segmented_control(key="worksheet-shown").select("y")
        case _:
            at.button(key=f"worksheet-{name}").click()
    sound(at.run())
    assert (choice(at).norm, choice(at).groups) == (Norm.GN, 4)


def test_groups_are_kept_while_another_norm_is_looked_at() -> None:
    at = page(norm="gn")
    sound(at.select_slider(key="worksheet-groups").set_value(4).run())
    sound(at.segmented_control(key="worksheet-norm").select(Norm.BN).run())
    sound(at.number_input(key="worksheet-gamma").set_value(3.0).run())
    sound(at.segmented_control(key="worksheet-norm").select(Norm.GN).run())
    assert at.select_slider(key="worksheet-groups").value == 4


def message(
    serial: int, chosen: Sequence[int], *edits: tuple[Sequence[int], str], pasted: str = ""
) -> dict[str, object]:
    told = [{"place": list(place), "text": text} for place, text in edits]
    return {"serial": serial, "chosen": list(chosen), "edits": told, "pasted": pasted}


def tell(at: AppTest, what: dict[str, object]) -> AppTest:
    """Hands the page a message of the sheet, as the browser would."""
    at.session_state["told"] = what
    return sound(at.run())


def test_a_cell_that_is_chosen_with_an_older_address_is_no_link() -> None:
    at = tell(page(norm="ln"), message(1, (1, 2, 0, 1)))
    at.query_params.clear()
    at = tell(at, message(2, (3, 0, 1, 0)))
    assert choice(at) == Choice(Norm.LN, cell=Cell(3, 0, 1, 0))


def test_the_sheet_tells_what_was_chosen_and_typed() -> None:
    at = tell(page(), message(1, (1, 2, 0, 1), ((1, 1, 0, 0), "9"), ((0, 0, 0, 0), "−1,5")))
    assert choice(at).cell == Cell(1, 2, 0, 1)
    kept = at.session_state["worksheet-values"][Source.N]
    assert kept[1, 1, 0, 0] == 9
    assert kept[0, 0, 0, 0] == -1.5
    assert "No choice of images gives the published variance of channel 2" in finding(at)


def test_a_message_that_comes_twice_is_taken_once() -> None:
    at = tell(page(), message(3, (1, 0, 0, 0)))
    at = tell(at, message(3, (2, 0, 0, 0)))
    assert choice(at).cell.image == 1


def test_what_cannot_be_read_is_said_and_leaves_the_value() -> None:
    at = tell(page(), message(1, (0, 0, 0, 0), ((0, 0, 0, 0), "two"), ((9, 9, 9, 9), "1")))
    assert "“two” is not a number" in at.error[0].value
    assert (at.session_state["worksheet-values"][Source.N] == study_values(StudyLayer.N)).all()


def test_a_table_pasted_on_the_sheet_replaces_it() -> None:
    at = tell(page(), message(1, (0, 0, 0, 0), pasted="1;2\n3;4"))
    assert values(at) == [1, 1, 2, 2]
    assert choice(at).source is Source.OWN


def test_owners_are_the_blocks() -> None:
    sheet = study_values(StudyLayer.N)
    for norm in Norm:
        found = owners(Choice(norm), sheet)
        for index, block in enumerate(blocks(norm, sheet.shape, 2)):
            assert ((found == index)[:, :, None, None] == block.mask(sheet.shape)[:, :, :1, :1]).all()


@pytest.mark.parametrize(
    ("value", "narrow", "full"),
    [
        (2.0, "2", "2"),
        (-0.5625, "−0.56", "−0.5625"),
        (-0.001, "0", "−0.001"),
        (100.0, "100", "100"),
        (0.1, "0.1", "0.1"),
    ],
)
def test_numbers_of_a_cell(value: float, narrow: str, full: str) -> None:
    assert short(value) == narrow
    assert exact(value) == full


def test_a_long_sum_shows_its_ends_and_the_chosen_term() -> None:
    sheet = state.original(Source.OWN).repeat(2, axis=2)
    found = steps(sheet, Norm.BN, 1, Cell(2, 0, 1, 0))
    mean = lines(Choice(), found, NORM_COLORS[False][Norm.BN])[0].numbers
    assert mean.count(r"\cdots") == 2
    assert r"\textcolor{#0072B2}{\boldsymbol{" in mean


def test_the_unbiased_variance_has_its_role() -> None:
    found = moments(study_values(StudyLayer.N)[:, 0])
    assert "running variance is 0.9 · 1 + 0.1 · 3.4625 = 1.24625" in unbiased(Norm.BN, found)
    assert "LayerNorm does not use it" in unbiased(Norm.LN, found)
    assert "always 0" in unbiased(Norm.IN, moments(study_values(StudyLayer.N)[:1, :1, :1, :1]))
