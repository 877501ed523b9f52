"""What the worksheet shows is in its address."""

import pytest
from app_store import sound
from worksheet_kit import choice, page

from normlab.app.worksheet.state import Choice, Source
from normlab.choices import Norm
from normlab.normmath import Cell


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"norm": "evil", "sheet": "layer_n"}, "norm=evil is not known; choose one of bn, ln, rms, gn, in"),
        ({"sheet": "evil"}, "sheet=evil is not known; choose one of layer_n"),
        ({"image": "0", "channel": "2"}, "image=0 must be a whole number from 1 to 9"),
        ({"channel": "-1"}, "channel=-1 must be"),
        ({"column": "x" * 500}, "column=xxx"),
        ({"groups": "two"}, "groups=two must be"),
        ({"gamma": "1e3"}, "gamma=1e3 must be a number from −100 to 100"),
        ({"beta": "nan"}, "beta=nan must be"),
        ({"shown": "z"}, "shown=z is not known; choose one of x, hat, y"),
        ({"images": "2"}, "images=2: there is no such setting; did you mean image?"),
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
    sound(at.text_input(key="worksheet-beta").set_value("0.0").run())
    query = {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}
    assert query == {"groups": "4", "sheet": "own", "image": "2", "shown": "hat", "gamma": "2.5"}


@pytest.mark.parametrize(
    "name", ["seed", "text", "paste", "fill", "solution", "restore", "image", "shown", "size-images"]
)
def test_no_control_that_comes_with_an_older_address_undoes_a_choice(name: str) -> None:
    at = page(**({} if name == "restore" else {"sheet": "own"}))
    sound(at.segmented_control(key="worksheet-norm").select(Norm.GN).run())
    sound(at.select_slider(key="worksheet-groups").set_value(4).run())
    sound(at.text_input(key="worksheet-value").set_value("7").run())
    at.query_params.clear()
    match name:
        case "seed":
            at.text_input(key="worksheet-seed").set_value("3")
        case "size-images":
            at.selectbox(key="worksheet-size-images").select(3)
        case "text":
            at.text_area(key="worksheet-text").set_value("1 2")
        case "solution":
            at.segmented_control(key="worksheet-solution").select("hidden")
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
    sound(at.text_input(key="worksheet-gamma").set_value("3.0").run())
    sound(at.segmented_control(key="worksheet-norm").select(Norm.GN).run())
    assert at.select_slider(key="worksheet-groups").value == 4
