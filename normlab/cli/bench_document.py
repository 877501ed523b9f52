"""What `normlab bench --document` does: write the tables of docs/performance.md from what was measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from normlab import files
from normlab.cli.common import Mistake, read_text, say
from normlab.templates import put, render

if TYPE_CHECKING:
    from normlab.training.bench.report import Report

NAME, REPORTS = "performance.md", "performance-*.json"
START = "<!-- measured: written by `normlab bench --document docs`, not by hand -->"
END = "<!-- end of what was measured -->"
_MOST_BYTES = 1_000_000


def write(folder: Path) -> None:
    """Write the section anew. Raises `Mistake` if there is no such document, or a report cannot be read."""
    path = folder / NAME
    path.write_text(text(folder), encoding="utf-8", newline="\n")
    say(f"Wrote {path}")


def text(folder: Path) -> str:
    """The document with the tables of all reports in the folder. Raises `Mistake`, as `write`."""
    path = folder / NAME
    try:
        return put(read_text(path), section(reports(folder)), START, END)
    except ValueError as error:
        raise Mistake(f"{path} cannot take the tables: {error}.") from None


def reports(folder: Path) -> list["Report"]:
    """What was measured, by the names of the files. Raises `Mistake` if one is no report."""
    from normlab.training.bench.report import read

    found = []
    for path in sorted(folder.glob(REPORTS)):
        try:
            found.append(read(files.read_object(path, _MOST_BYTES)))
        except files.Unreadable as problem:
            raise Mistake(f"{path} {problem}.") from None
        except ValueError as problem:
            raise Mistake(f"{path} is no report of `normlab bench --json` ({problem}).") from None
    return found


def section(measured: Sequence["Report"]) -> str:
    """A heading and all tables for each report, in the order in which they were measured."""
    from normlab.training.bench.tables import notes, place, tables

    reports = [{"place": place(one), "tables": tables(one), "notes": notes(one)} for one in measured]
    return render(__package__, "performance.md", reports=reports)
