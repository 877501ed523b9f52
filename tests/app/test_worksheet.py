"""The worksheet as Streamlit executes it."""

from collections.abc import Sequence

import pytest
from app_store import sound
from streamlit.testing.v1 import AppTest
from worksheet_kit import CAUSE, choice, enter, finding, formulas, mark, page, told, values

from normlab.app.worksheet import state
from normlab.app.worksheet.grid import exact, owners, short
from normlab.app.worksheet.state import Choice, Source
from normlab.app.worksheet.steps import lines, unbiased
from normlab.choices import Norm
from normlab.normmath import Cell, blocks, moments, steps
from normlab.worksheet import StudyLayer, study_values


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
    assert list(at.dataframe[0].value.filter(like="-written")) == [f"{name}-written" for name in norm.spec.statistics]
    assert bool([box for box in at.text_input if box.key == "worksheet-beta"]) == norm.spec.has_beta
    if norm.spec.centers:
        assert f"= {found.moments.mean:.6g}$" in formulas(at)
        assert f"= {found.moments.variance:.6g}$" in formulas(at)
        assert f"**{found.moments.unbiased:.6g}**" in told(at, "caption")
    else:
        assert f"= {found.moments.square:.6g}$" in formulas(at)
        assert "No mean is subtracted" in told(at, "caption")
    assert f"{found.output:.6g}$" in formulas(at)
    assert (CAUSE in finding(at)) == (norm is Norm.BN)


def test_select_boxes_choose_a_cell_and_a_box_changes_its_value() -> None:
    at = page()
    at.selectbox(key="worksheet-image").select(2)
    at.selectbox(key="worksheet-channel").select(3)
    sound(at.run())
    assert choice(at).cell == Cell(1, 2, 0, 0)
    assert float(at.text_input(key="worksheet-value").value) == study_values(StudyLayer.N)[1, 2, 0, 0]
    sound(at.text_input(key="worksheet-value").set_value("9.5").run())
    assert "No choice of images gives the published variance of channel 3" in finding(at)
    assert "variances of channels 1, 2 and 4 are those of images 2–4" in finding(at)
    sound(at.button(key="worksheet-restore").click().run())
    assert CAUSE in finding(at)
    assert not [button for button in at.button if button.key == "worksheet-restore"]


def test_as_an_exercise_the_page_leaves_the_numbers_to_be_found() -> None:
    at = mark(page(solution="hidden", shown="hat"), Norm.BN)
    assert "these 16 values share one mean and one variance" in told(at, "markdown")
    assert r"\mu = \frac{1}{m}\sum x" in formulas(at)
    assert "dfrac" not in formulas(at), "no step has its numbers"
    assert "Unbiased" not in told(at, "caption")
    assert "ε = 0.00001" in told(at, "caption")
    assert at.segmented_control(key="worksheet-shown").value == "x"
    assert len(at.segmented_control(key="worksheet-shown").options) == 1
    (csv,) = [one for one in at.get("download_button") if "Every step" in one.proto.label]
    assert csv.proto.disabled
    assert "the verdict updates" not in told(at, "caption")
    assert "Some of these published numbers may be wrong" in finding(at)
    assert CAUSE not in finding(at)
    frame = at.dataframe[0].value
    assert frame["variance-written"].notna().all()
    assert frame[["mean", "variance", "unbiased"]].isna().all(axis=None)
    assert (frame[["mean-mark", "variance-mark"]] == "").all(axis=None)
    sound(at.segmented_control(key="worksheet-solution").select("shown").run())
    assert CAUSE in finding(at)
    assert "dfrac" in formulas(at)
    assert at.segmented_control(key="worksheet-shown").value == "hat", "the choice was kept"


def test_gamma_and_beta_enter_the_fourth_step() -> None:
    at = page()
    at.text_input(key="worksheet-gamma").set_value("2.0")
    sound(at.text_input(key="worksheet-beta").set_value("-0.5").run())
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
    sound(at.selectbox(key="worksheet-size-channels").set_value(3).run())
    assert choice(at) == Choice(Norm.GN, 3, Source.OWN, Cell(3, 2, 0, 0))
    assert list(at.select_slider(key="worksheet-groups").options) == ["1", "3"]
    sound(at.selectbox(key="worksheet-size-channels").set_value(1).run())
    assert choice(at).groups == 1
    assert not at.select_slider, "one channel leaves no choice"


def test_what_was_written_is_checked_and_kept_for_its_norm() -> None:
    at = enter(page(), {0: {"variance-written": "3.2"}})
    assert "No choice of images gives the published variance of channel 1. 3.2 is written" in finding(at)
    sound(at.segmented_control(key="worksheet-norm").select(Norm.LN).run())
    assert "All 4 published variances agree" in finding(at)
    sound(at.segmented_control(key="worksheet-norm").select(Norm.BN).run())
    assert "3.2 is written" in finding(at)
    sound(at.button(key="worksheet-restore").click().run())
    assert CAUSE in finding(at)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("3,24609", "published variances of channels 2–4 are those of images 2–4"),
        ("−3.24609", "−3.24609 is written"),
        ("0x3", "“0x3” is not a number"),
        ("3.246.09", "“3.246.09” is not a number"),
        ("", "published variances of channels 2–4 are those of images 2–4"),
    ],
)
def test_an_answer_is_read_as_it_is_typed(typed: str, said: str) -> None:
    at = enter(page(), {0: {"variance-written": typed}})
    assert said in f"{finding(at)} {[error.value for error in at.error]}".replace("\\", "")
    assert bool(at.error) == ("not a number" in said)
    assert "channel 1 is" not in finding(at) or "is written" in said, "no diagnosis of what was never written"


@pytest.mark.parametrize(
    ("typed", "value"), [("2,5", 2.5), ("−0.5", -0.5), ("1e-3", 0.001), ("1-2", 2.0), ("1e9", 2.0)]
)
def test_the_box_of_a_value_is_read_as_its_cell(typed: str, value: float) -> None:
    at = page()
    sound(at.text_input(key="worksheet-value").set_value(typed).run())
    assert study_values(StudyLayer.N)[0, 0, 0, 0] == 2
    assert at.session_state["worksheet-values"][Source.N][0, 0, 0, 0] == value
    assert float(at.text_input(key="worksheet-value").value) == value
    assert bool(at.error) == (typed in ("1-2", "1e9"))


def test_a_factor_that_is_no_number_is_refused_and_the_last_one_stays() -> None:
    at = page(gamma="2")
    sound(at.text_input(key="worksheet-gamma").set_value("0,5x").run())
    assert "“0,5x” must be a number from −100 to 100; 2 stays" in at.error[0].value.replace("\\", "")
    assert (choice(at).gamma, at.text_input(key="worksheet-gamma").value) == (2.0, "0,5x")
    sound(at.text_input(key="worksheet-gamma").set_value("−0,5").run())
    assert (choice(at).gamma, at.text_input(key="worksheet-gamma").value, len(at.error)) == (-0.5, "-0.5", 0)


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
    mean = lines(Choice(), found, "#0072B2")[0].numbers
    assert mean.count(r"\cdots") == 2
    assert r"\textcolor{#0072B2}{\boldsymbol{" in mean


def test_the_unbiased_variance_has_its_role() -> None:
    found = moments(study_values(StudyLayer.N)[:, 0])
    assert "running variance is 0.9 · 1 + 0.1 · 3.4625 = 1.24625" in unbiased(Norm.BN, found)
    assert "LayerNorm does not use it" in unbiased(Norm.LN, found)
    assert "always 0" in unbiased(Norm.IN, moments(study_values(StudyLayer.N)[:1, :1, :1, :1]))
