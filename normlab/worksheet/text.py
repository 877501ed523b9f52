"""Sheets as text: a table as it is copied from a spreadsheet, and tables to go back into one.

The table is laid out as on the page: an image takes H lines, a channel takes W columns.
"""

import numpy as np
import pandas as pd

from normlab import numerals
from normlab.choices import Norm
from normlab.errors import BadInput
from normlab.normmath import Values, blocks, moments, normalized, scaled
from normlab.numerals import cut
from normlab.worksheet.sheet import MOST, shape_problem

LONGEST_TEXT = 20_000
"""Characters of a pasted table."""


class SheetProblem(BadInput, ValueError):
    """One sentence: what is wrong with a pasted table, and how to mend it."""


def read_grid(text: str, height: int, width: int) -> Values:
    """The (N, C, `height`, `width`) values of a table; columns are separated by tabs, semicolons, commas or spaces.

    A decimal comma is understood where commas do not separate columns; empty lines and columns are left out.

    Raises:
        SheetProblem: what is not a number, uneven lines, a size that does not fit.
    """
    if len(text) > LONGEST_TEXT:
        raise SheetProblem(f"The text is longer than {LONGEST_TEXT:,} characters: paste the cells of one sheet only.")
    table = _without_gaps(_split(text))
    if not table:
        raise SheetProblem("There is nothing to read: copy cells from a spreadsheet and paste them here.")
    for number, line in enumerate(table, start=1):
        if len(line) != len(table[0]):
            raise SheetProblem(
                f"Line {number} has {len(line)} and line 1 has {len(table[0])} values: give every line the same number."
            )
    numbers = np.array(
        [[_number(entry, row, place) for place, entry in enumerate(line, 1)] for row, line in enumerate(table, 1)]
    )
    return _as_images(numbers, height, width)


def _split(text: str) -> list[list[str]]:
    """Lines of entries. The first of tab, semicolon and comma that occurs separates; without one, spaces do."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = next((sign for sign in "\t;," if sign in text), None)
    entries = [line.split(separator) for line in lines if line.strip()]
    return [[_plain(entry) for entry in line] for line in entries]


def _plain(entry: str) -> str:
    return entry.strip().strip('"')


def _without_gaps(table: list[list[str]]) -> list[list[str]]:
    """Without lines and columns that are empty all through; a short line keeps its length."""
    lines = [line for line in table if any(line)]
    used = [place for place in range(max(map(len, lines), default=0)) if any(any(line[place:][:1]) for line in lines)]
    return [[line[place] for place in used if place < len(line)] for line in lines]


def _number(entry: str, row: int, place: int) -> float:
    where = f"Line {row}, column {place}"
    if not entry:
        raise SheetProblem(f"{where} is empty: fill it in, or leave out the whole line or column.")
    value = numerals.read(entry)
    if value is None:
        raise SheetProblem(f"{where} holds “{cut(entry)}”, which is not a number: copy the cells without headings.")
    if abs(value) > MOST:
        raise SheetProblem(f"{where} holds {cut(entry)}: use values between −{MOST:,.0f} and {MOST:,.0f}.")
    return value


def read_value(text: str) -> float:
    """One typed value, as `numerals.read` understands it.

    Raises:
        SheetProblem: what is not a number, or too large a one.
    """
    value = numerals.read(text)
    if value is None:
        raise SheetProblem(f"“{cut(text)}” is not a number: type one such as −2 or 0.5.")
    if abs(value) > MOST:
        raise SheetProblem(f"{cut(text)} is too large: use values between −{MOST:,.0f} and {MOST:,.0f}.")
    return value


def _as_images(table: Values, height: int, width: int) -> Values:
    lines, columns = table.shape
    for count, size, what, axis in ((lines, height, "lines", "height"), (columns, width, "columns", "width")):
        if count % size:
            raise SheetProblem(
                f"The table has {count} {what}, which {axis} {size} does not divide: change the {axis}, or paste other "
                f"{what}."
            )
    shape = (lines // height, columns // width, height, width)
    if problem := shape_problem(shape):
        raise SheetProblem(problem)
    return table.reshape(shape[0], height, shape[1], width).transpose(0, 2, 1, 3).copy()


def grid_csv(values: Values) -> str:
    """The table that `read_grid` reads back."""
    images, channels, height, width = values.shape
    table = values.transpose(0, 2, 1, 3).reshape(images * height, channels * width)
    return "".join(",".join(repr(value).removesuffix(".0") for value in line) + "\n" for line in table.tolist())


_CENTERED = {"mean": "mean", "variance": "variance", "unbiased_variance": "unbiased"}
_NOT_CENTERED = {"mean_square": "square"}
"""A table's columns, and what of a block's `Moments` they hold."""


def steps_csv(values: Values, norm: Norm, groups: int, gamma: float, beta: float) -> str:
    """A line a value: its place (from 1), x, the statistics of its block, x̂ and γ·x̂ + β; ε as in PyTorch."""
    names = _CENTERED if norm.spec.centers else _NOT_CENTERED
    statistics = {name: np.full_like(values, np.nan) for name in names}
    for block in blocks(norm, values.shape, groups):
        found, where = moments(block.cells(values)), block.mask(values.shape)
        for name, column in statistics.items():
            value: float | None = getattr(found, names[name])
            column[where] = np.nan if value is None else value
    frame = pd.DataFrame(np.indices(values.shape).reshape(4, -1).T + 1, columns=["image", "channel", "row", "column"])
    hat = normalized(values, norm, groups)
    columns = {"x": values, **statistics, "normalized": hat, "output": scaled(hat, norm, gamma, beta)}
    frame = frame.assign(**{name: column.ravel() for name, column in columns.items()})
    return str(frame.to_csv(index=False, float_format="%.10g", lineterminator="\n"))
