"""A report in tables, for a terminal and for docs/performance.md. Needs no torch."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from normlab.numerals import number
from normlab.training.bench.report import Growth, Kind, Report, Row, Shares, Step

_ROWS = ("what", "against", "its seconds", "normlab's seconds", "value", "must be", "aim", "")


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(report: Report) -> list[Table]:
    """All that have rows."""
    title = f"Seconds and values: medians over all rounds (least–most). MNIST has {report.images:,} training images"
    found = [
        Table(title, _ROWS, [_row(row) for row in report.rows]),
        _shares(report.shares),
        *(_step(step, report) for step in report.steps),
        _growth(report.growth),
    ]
    return [table for table in found if table.rows]


def place(report: Report) -> str:
    """Where and when it was measured, with what."""
    libraries = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return f"{report.date}: {report.machine} ({report.processor}; {report.cores} to use); {libraries}."


def notes(report: Report) -> list[str]:
    """How it was run, each said once."""
    return list(dict.fromkeys(f"{row.note}." for row in report.rows if row.note))


def _row(row: Row) -> list[str]:
    sign = "≥" if row.kind is Kind.FASTER else "≤"
    goals = (row.goal.least, row.goal.aim) if row.goal else ()
    wanted = [f"{sign} {goal:.3g}{row.kind.unit}" for goal in goals] or ["", ""]
    value = _spread(row.value, row.values, row.kind.unit)
    return [row.name, row.against, _spread_of(row.other), _spread_of(row.own), value, *wanted, row.verdict]


def _shares(shares: Sequence[Shares]) -> Table:
    parts = shares[0].parts if shares else {}
    rows = [
        [one.name, number(one.seconds), *(f"{100 * share:.1f} %" for share in one.parts.values())] for one in shares
    ]
    return Table("Where an epoch's time goes", ["an epoch", "seconds", *parts], rows)


def _step(step: Step, report: Report) -> Table:
    rows = [[part.name, number(part.milliseconds), f"{part.gflops:.0f}" if part.gflops else ""] for part in step.parts]
    whole = [
        ["all kernels, in one call", number(step.kernels), ""],
        ["the whole step", number(step.milliseconds), ""],
        ["(torch's product of large matrices)", "", f"{report.matrix_gflops:.0f}"],
        ["(nothing but multiplying and adding)", "", f"{report.peak_gflops:.0f}"],
    ]
    return Table(f"Where a step's time goes, in one thread: {step.name}", ["part", "ms", "GFLOP/s"], [*rows, *whole])


def _growth(growth: Sequence[Growth]) -> Table:
    rows = [[one.what, one.value, _spread_of(one.seconds)] for one in growth]
    return Table(
        "How the cost grows: an epoch of 20,000 images, but for what is named", ["what", "value", "seconds"], rows
    )


def _spread_of(seconds: Sequence[float]) -> str:
    return _spread(statistics.median(seconds), seconds) if seconds else ""


def _spread(middle: float, values: Sequence[float], unit: str = "") -> str:
    """ "5.61× (5.40–5.73)"."""
    around = f" ({_short(min(values))}–{_short(max(values))})" if len(values) > 1 else ""
    return f"{_short(middle)}{unit}{around}"


def _short(value: float) -> str:
    """With about three digits."""
    return number(value, 2 if value < 10 else 1 if value < 100 else 0)
