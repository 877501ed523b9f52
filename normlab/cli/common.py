"""What several commands share: bad input as an exception, JSON and tables, reading a file, finding a run."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from normlab import files, numerals
from normlab.errors import BadInput
from normlab.record import RunRecord
from normlab.store import RunSummary, Store
from normlab.toml import MOST_BYTES


class Mistake(BadInput):
    """Bad input: one sentence that says what and how to mend it."""


def add_json(options: argparse.ArgumentParser) -> None:
    options.add_argument("--json", action="store_true", help="print JSON on standard output, for scripts")


def whole(least: int, most: int) -> Callable[[str], int]:
    """What argparse reads a whole number with: as all numbers are read that people type."""

    def read(text: str) -> int:
        number = numerals.read_whole(text)
        if number is None or not least <= number <= most:
            allowed = f"a whole number from {least:,} to {most:,}"
            raise argparse.ArgumentTypeError(f"{numerals.cut(text)} must be {allowed}")
        return number

    return read


def print_json(data: object) -> None:
    """In ASCII: JSON's own escapes say every letter exactly, whatever the encoding."""
    print(json.dumps(data, indent=1))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, words to the left and numbers to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (
            cell.rjust(width) if cell[:1].isdigit() and "." in cell else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        )
        print("  ".join(cells).rstrip())


def say(line: str) -> None:
    """Progress goes to standard error, at once: standard output is for results."""
    print(line, file=sys.stderr, flush=True)


def read_text(path: Path) -> str:
    """The content of a file that was named. Raises `Mistake` if there is none, or it is no text file."""
    try:
        return files.read_text(path, MOST_BYTES)
    except FileNotFoundError:
        raise Mistake(f"{path} cannot be read (No such file or directory).") from None
    except files.Unreadable as problem:
        raise Mistake(f"{path} {problem}.") from None


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"


def scores(record: RunRecord | None) -> dict[str, float | None]:
    """The accuracies of an ended run, by name, each a share of 1."""
    names = ("train_accuracy", "validation_accuracy", "test_accuracy")
    return {name: getattr(record, name) if record else None for name in names}


def find(store: Store, word: str) -> RunSummary:
    """The run whose id starts with `word`. Raises `Mistake` unless it is exactly one."""
    found = [run for run in store.list() if word and run.run_id.startswith(word.lower())]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Mistake(f"There is no run whose id starts with {word!r}: `normlab list` shows them all.")
    ids = ", ".join(run.run_id for run in found[:4]) + (", …" if len(found) > 4 else "")
    raise Mistake(f"{len(found)} runs have ids that start with {word!r} ({ids}): say more of it.")
