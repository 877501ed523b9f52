"""Sheets come out of spreadsheets and go back into them; what cannot be read is said in a sentence."""

import io
import re

import numpy as np
import pandas as pd
import pytest

from normlab.choices import Norm
from normlab.normmath import Cell, steps
from normlab.worksheet import (
    LIMITS,
    SheetProblem,
    StudyLayer,
    filled,
    grid_csv,
    read_grid,
    read_value,
    resized,
    shape_problem,
    steps_csv,
    study_values,
)

TABLE = [["1", "2", "3", "4"], ["5", "6", "7", "8.5"]]
GAPS = "1,2,,3,4\n,,,,\n5,6,,7,8.5\n"


@pytest.mark.parametrize("shape", [(4, 4, 2, 2), (1, 1, 1, 1), (6, 8, 4, 4), (2, 3, 1, 4)])
def test_what_goes_out_comes_back(shape: tuple[int, int, int, int]) -> None:
    values = filled(shape, seed=2) / 4
    np.testing.assert_array_equal(read_grid(grid_csv(values), *shape[2:]), values)


def test_an_image_takes_lines_and_a_channel_takes_columns() -> None:
    assert grid_csv(study_values(StudyLayer.N)).splitlines()[:3] == [
        "2,-2,0,0,3,-2,-3,-3",
        "0,-3,-1,2,-1,1,-2,1",
        "0,3,3,-2,2,-3,0,-3",
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("\n".join(sign.join(line) for line in TABLE) for sign in ("\t", ";", ",", " ")),
        "\r\n".join("\t".join(line).replace(".", ",") for line in TABLE) + "\r\n",
        ";".join(TABLE[0]) + "\n" + ";".join(TABLE[1]).replace(".", ","),
        GAPS,
        "\n\n" + '"1","2","3","4"\n5,6,7,8.5\n\n',
    ],
)
def test_every_usual_separator_is_understood(text: str) -> None:
    values = read_grid(text, 2, 2)
    assert values.shape == (1, 2, 2, 2)
    np.testing.assert_array_equal(values[0, 1], [[3, 4], [7, 8.5]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is nothing to read"),
        (" \n,,\n", "There is nothing to read"),
        ("1,2\n3,x", "Line 2, column 2 holds “x”, which is not a number"),
        ("1,2\n3,=A1", "“=A1”"),
        ("1,2\n3,nan", "not a number"),
        ("1,2\n3,inf", "not a number"),
        ("1,2\n3,1e9", "use values between −10,000 and 10,000"),
        ("1,2\n3,1e999", "use values between"),
        ("1,2\n3,", "Line 2, column 2 is empty"),
        ("1,2\n3", "Line 2 has 1 and line 1 has 2 values"),
        ("1,2\n3,4\n5,6", "3 lines, which height 2 does not divide"),
        ("1,2,3\n3,4,5", "3 columns, which width 2 does not divide"),
        ("1,2\n" * 14, "7 images do not fit: a sheet has 1 to 6 images"),
        ("1," * 17 + "1\n" + "1," * 17 + "1", "9 channels do not fit"),
        ("1" * 20_001, "longer than 20,000 characters"),
        ("1,2\n3," + "y" * 500, "y…”"),
    ],
)
def test_a_bad_table_is_answered_with_one_sentence(text: str, message: str) -> None:
    with pytest.raises(SheetProblem) as caught:
        read_grid(text, 2, 2)
    told = str(caught.value)
    assert message in told
    assert len(told) < 160
    assert "\n" not in told
    assert len(re.findall(r"[.?!](\s|$)", told)) == 1


@pytest.mark.parametrize(("text", "value"), [("2", 2.0), (" −1,5 ", -1.5), ("+.5", 0.5), ("1e3", 1000.0)])
def test_a_typed_value_is_read(text: str, value: float) -> None:
    assert read_value(text) == value


@pytest.mark.parametrize("text", ["", "abc", "1 2", "nan", "20000", "٣"])
def test_a_typed_value_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SheetProblem, match=r"not a number|too large"):
        read_value(text)


@pytest.mark.parametrize("norm", Norm)
def test_the_table_of_steps_holds_every_step_of_every_value(norm: Norm) -> None:
    values = study_values(StudyLayer.N_PLUS_1)
    frame = pd.read_csv(io.StringIO(steps_csv(values, norm, 2, 1.5, 0.5)))
    assert len(frame) == values.size
    for row in frame.sample(10, random_state=0).itertuples():
        found = steps(values, norm, 2, Cell(row.image - 1, row.channel - 1, row.row - 1, row.column - 1), 1.5, 0.5)
        assert row.x == found.value
        assert [row.normalized, row.output] == pytest.approx([found.normalized, found.output])
        if norm.spec.centers:
            assert [row.mean, row.variance, row.unbiased_variance] == pytest.approx(
                [found.moments.mean, found.moments.variance, found.moments.unbiased]
            )
        else:
            assert row.mean_square == pytest.approx(found.moments.square)


def test_random_sheets_repeat_and_look_like_the_studys() -> None:
    np.testing.assert_array_equal(filled((4, 4, 2, 2), 3), filled((4, 4, 2, 2), 3))
    assert (filled((4, 4, 2, 2), 3) != filled((4, 4, 2, 2), 4)).any()
    assert set(np.unique(filled((6, 8, 4, 4), 0))) == {-3, -2, -1, 0, 1, 2, 3}


def test_a_sheet_that_grows_keeps_its_values() -> None:
    values = study_values(StudyLayer.N)
    np.testing.assert_array_equal(resized(values, (6, 4, 3, 2), 0)[:4, :, :2], values)
    np.testing.assert_array_equal(resized(values, (2, 4, 2, 1), 0), values[:2, :, :, :1])


def test_sizes_have_limits() -> None:
    assert shape_problem((4, 4, 2, 2)) == ""
    for axis, (_, most) in enumerate(LIMITS.values()):
        shape = [1, 1, 1, 1]
        shape[axis] = most + 1
        assert "do not fit" in shape_problem(tuple(shape))
