"""Marked cells against those that a norm's values share."""

import numpy as np
import pytest

from normlab.choices import Norm
from normlab.normmath import Cell, Mask
from normlab.worksheet import Task, judge, praise, question
from normlab.worksheet.marking import where

SHAPE = (4, 4, 2, 2)
CELL = Cell(1, 2, 0, 1)
norms = pytest.mark.parametrize("norm", list(Norm))


def task(norm: Norm, groups: int = 2) -> Task:
    return Task(norm, groups, SHAPE, CELL)


def mask(images: object = slice(None), channels: object = slice(None), rows: object = slice(None)) -> Mask:
    result = np.zeros(SHAPE, dtype=bool)
    result[images, channels, rows] = True
    return result


@norms
def test_exactly_the_shared_cells_are_right_and_every_other_marking_is_not(norm: Norm) -> None:
    own = task(norm)
    assert judge(own, own.right) == ()
    for place in ((1, 2, 0, 1), (0, 0, 0, 0), (1, 0, 1, 1), (3, 2, 0, 0)):
        other = own.right.copy()
        other[place] ^= True
        told = " ".join(judge(own, other))
        assert ("Missing: 1 cell in" in told) == bool(own.right[place])
        assert ("Too much: 1 cell in" in told) == (not own.right[place])


@norms
def test_neither_the_question_nor_a_judgment_of_nothing_tells_the_answer(norm: Norm) -> None:
    words = [question(task(norm)), *judge(task(norm), mask(slice(0, 0)))]
    assert not any(char.isdigit() for char in " ".join(words).replace("2 groups", ""))
    assert norm.spec.covers not in " ".join(words)


@pytest.mark.parametrize(
    ("norm", "marked", "told"),
    [
        (Norm.BN, mask(1, 2), ("These are the cells of InstanceNorm", "Missing: channel 3 of images 1, 3 and 4.")),
        (
            Norm.BN,
            mask(1),
            (
                "These are the cells of LayerNorm",
                "Too much: channels 1, 2 and 4 of image 2.",
                "Missing: channel 3 of images 1, 3 and 4.",
            ),
        ),
        (Norm.BN, mask(slice(1, 4), 2), ("Missing: channel 3 of image 1.",)),
        (Norm.BN, mask(slice(None), 2, 0), ("A norm never splits a map", "Missing: 8 cells in channel 3.")),
        (Norm.LN, mask(), ("Too much: images 1, 3 and 4.",)),
        (Norm.IN, mask(1, slice(2, 4)), ("These are the cells of GroupNorm", "Too much: channel 4 of image 2.")),
        (
            Norm.GN,
            mask(1, slice(0, 2)),
            ("Too much: channels 1 and 2 of image 2.", "Missing: channels 3 and 4 of image 2."),
        ),
    ],
)  # fmt: skip
def test_what_is_missing_or_too_much_is_named(norm: Norm, marked: Mask, told: tuple[str, ...]) -> None:
    found = judge(task(norm), marked)
    assert len(found) == len(told)
    for sentence, start in zip(found, told, strict=True):
        assert sentence.startswith(start)


def test_cells_of_one_norm_are_right_for_another_that_shares_the_same() -> None:
    assert judge(task(Norm.RMS), task(Norm.LN).right) == ()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (mask(), "all cells"),
        (mask(slice(None), 0), "channel 1"),
        (mask(0), "image 1"),
        (mask(slice(None), slice(None), 0), "32 cells in images 1–4"),
        (mask(0) | mask(slice(None), 0), "28 cells in images 1–4"),
        (mask(2, 1), "channel 2 of image 3"),
    ],
)
def test_places_in_words(cells: Mask, words: str) -> None:
    assert where(cells) == words


def test_a_sheet_of_one_cell_is_right_once_it_is_marked() -> None:
    single = Task(Norm.BN, 1, (1, 1, 1, 1), Cell(0, 0, 0, 0))
    assert judge(single, single.mask([])) == ("Nothing is marked yet.",)
    assert judge(single, single.mask([(0, 0, 0, 0)])) == ()
    assert "shares with no other" in praise(single)


def test_places_outside_of_the_sheet_are_left_out() -> None:
    found = task(Norm.BN).mask([(0, 0, 0, 0), (9, 0, 0, 0), (0, 0, 0), (-1, 0, 0, 0)])
    assert found.sum() == 1
    assert found[0, 0, 0, 0]


@norms
def test_praise_counts_the_cells_and_says_what_the_norm_covers(norm: Norm) -> None:
    told = praise(task(norm))
    assert f"these {int(task(norm).right.sum())} cells" in told
    assert told.endswith(f"{norm.spec.name} covers {norm.spec.covers}.")
