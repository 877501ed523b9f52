"""What a reader has changed on the worksheet, as the browser's tab keeps it: sheets, and statistics written beside."""

from typing import Any

import numpy as np

from normlab.app.shell import tab
from normlab.app.worksheet import state
from normlab.app.worksheet.state import Choice, Source
from normlab.normmath import Values, blocks
from normlab.norms import divisors
from normlab.worksheet import MOST, shape_problem, statistics


def take_up() -> None:
    """Take over what the tab has kept, unless something was made in this session. What does not fit is left out."""
    kept = tab.take(tab.SHEETS)
    if not isinstance(kept, dict) or made() is not None:
        return
    sheets, answers = kept.get("sheets"), kept.get("written")
    for name, numbers in sheets.items() if isinstance(sheets, dict) else ():
        if (source := _source(name)) and (values := _values(source, numbers)) is not None:
            state.keep(source, values)
    for entry in answers if isinstance(answers, list) else ():
        if isinstance(entry, dict):
            _write(entry)


def hold() -> None:
    """Let the tab keep it: an element without size."""
    tab.hold(tab.SHEETS, made())


def made() -> dict[str, Any] | None:
    """What differs from the sheets as they were; None if nothing does."""
    sheets = {str(source): state.values(source).tolist() for source in Source if state.is_retyped(source)}
    answers = [
        {"sheet": str(choice.source), "norm": str(choice.norm), "groups": choice.groups, **_texts(written)}
        for choice, written in state.all_written()
        if written != state.as_published(choice)
    ]
    return {"sheets": sheets, "written": answers} if sheets or answers else None


def _texts(written: state.Written) -> dict[str, list[float | None]]:
    return {str(statistic): numbers for statistic, numbers in written.items()}


def _source(name: str) -> Source | None:
    return Source(name) if name in set(Source) else None


def _values(source: Source, numbers: Any) -> Values | None:
    """A sheet that the page could show; a sheet of the study has its own size."""
    try:
        values = np.array(numbers, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if values.ndim != 4 or shape_problem(values.shape) or not (np.abs(values) <= MOST).all():
        return None
    is_own = source is Source.OWN
    return values if is_own or values.shape == state.original(source).shape else None


def _write(entry: dict[str, Any]) -> None:
    """The statistics that were written for one choice, if they are as many as it has blocks."""
    name, text, groups = entry.get("sheet"), entry.get("norm"), entry.get("groups")
    source = _source(name) if isinstance(name, str) else None
    norm = next((known for known in state.NORM.options if known == text), None)
    if source is None or norm is None:
        return
    shape = state.values(source).shape
    if not isinstance(groups, int) or groups not in divisors(shape[1]):
        return
    choice = Choice(norm, groups, source)
    count = len(blocks(choice.norm, shape, choice.groups))
    columns = {statistic: entry.get(str(statistic)) for statistic in statistics(norm)}
    if all(isinstance(numbers, list) and len(numbers) == count for numbers in columns.values()):
        written = state.written(choice)
        for statistic, numbers in columns.items():
            written[statistic] = [_number(value) for value in numbers or ()]


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) <= _LARGEST else None


_LARGEST = 1e100
"""Of what somebody wrote as a statistic."""
