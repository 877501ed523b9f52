"""What was measured, as a table beside its goals."""

import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classroom import Measured
from students import Taught
from visitor import Rerun


@dataclass(frozen=True)
class Memory:
    """Peak resident memory in MB; a worker's is what it has over a bare `import torch`. None where it is not known."""

    page: float | None
    worker: float | None


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    found: str
    goal: str
    is_good: bool


def bare_torch_megabytes() -> float | None:
    """Peak resident memory of a process that has only imported torch."""
    code = "import torch; print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return _peak(done.stdout)


def memory(page: int, bare: float | None) -> Memory:
    """Of the page's process and of the largest of its workers."""
    workers = [peak for pid in _children(page) if (peak := _peak(_status(pid))) is not None]
    return Memory(_peak(_status(page)), max(workers) - bare if workers and bare is not None else None)


def rows(measured: Measured, found: Memory, *, log: str, with_class: bool) -> list[Row]:
    """Everything, in the order in which it matters."""
    reruns = [*measured.opened, *measured.clicked, *measured.changes, *measured.ticks]
    failed = [rerun.problem for rerun in reruns if rerun.problem]
    problems = [*failed, *measured.problems, *(["a traceback is in the log"] if "Traceback" in log else [])]
    return [
        Row("reruns", f"{len(reruns):,}", "", is_good=bool(reruns)),
        Row("failures", str(len(problems)) + (f" ({problems[0]})" if problems else ""), "0", is_good=not problems),
        *_times("change of a widget", measured.changes),
        *_times("tick of a live run", measured.ticks),
        *_times("opening the page, 20 a second", measured.opened, is_goal=False),
        *_times(
            f"{measured.equal_clicks} clicks on Train at once",
            [rerun for rerun in measured.clicked if not rerun.is_tick],
            is_goal=False,
        ),
        _below("first live point after Train, worst of 3", max(measured.first_points, default=9e9), 1.5, "s", 2),
        Row(
            f"runs behind {measured.equal_clicks} equal clicks on Train",
            str(measured.runs_of_equal_clicks),
            "1",
            is_good=measured.runs_of_equal_clicks == 1,
        ),
        Row("runs trained meanwhile", str(measured.trained), "", is_good=True),
        _below("page process, peak memory", found.page, 450 if with_class else 350, "MB"),
        _below("worker, peak memory over `import torch`", found.worker, 300, "MB"),
    ]


def of_class(taught: Taught) -> list[Row]:
    """The class on phones. Where the page was killed only what is left, and when the phones were back, has a goal."""
    count = f"{taught.students:,} students" + (", the page killed" if taught.back is not None else "")
    lines = [
        Row(f"{count}: joined", f"{taught.joined:,}", f"{taught.students:,}", is_good=taught.joined == taught.students),
        Row("answers kept, in two votes", f"{taught.answers:,}", f"{2 * taught.students:,}", is_good=True),
        Row("answers lost or counted twice", str(taught.wrong), "0", is_good=taught.wrong == 0),
        Row("refusals", str(len(taught.problems)), "0", is_good=not taught.problems),
    ]
    if taught.back is not None:
        return [*lines, _below("95 % of the phones back after", taught.back, 30, "s", 1)]
    return [
        *lines,
        _below("an answer acknowledged, p95", 1e3 * _late(taught.acknowledged), 300, "ms"),
        _below("a new state on a phone, p95", _late(taught.states), 2.5, "s", 2),
        _below("the wall's numbers, p95", _late(taught.walls), 1.0, "s", 2),
    ]


def _late(seconds: Sequence[float]) -> float:
    """The 95th percentile."""
    ordered = sorted(seconds) or [9e9]
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def print_rows(lines: Sequence[Row]) -> None:
    """As a table in Markdown."""
    print("| measured | | goal | |\n| --- | ---: | ---: | --- |")
    for line in lines:
        print(f"| {line.name} | {line.found} | {line.goal} | {'' if line.is_good else 'MISSED'} |")


def _times(name: str, reruns: Sequence[Rerun], *, is_goal: bool = True) -> list[Row]:
    seconds = [rerun.seconds for rerun in reruns] or [9e9]
    middle, late = statistics.median(seconds), _late(seconds)
    if not is_goal:
        return [Row(f"{name}: median, p95", f"{1e3 * middle:.0f}, {1e3 * late:.0f} ms", "", is_good=True)]
    return [
        _below(f"{name}, median of {len(seconds):,}", 1e3 * middle, 250, "ms"),
        _below(f"{name}, p95", 1e3 * late, 1_000, "ms"),
    ]


def _below(name: str, value: float | None, goal: float, unit: str, digits: int = 0) -> Row:
    if value is None:
        return Row(name, "not known here", f"≤ {goal:g} {unit}", is_good=True)
    return Row(name, f"{value:.{digits}f} {unit}", f"≤ {goal:g} {unit}", is_good=value <= goal)


def _children(pid: int) -> list[int]:
    """They belong to the thread that started them."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for file in files for word in file.read_text().split()]


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


def _peak(status: str) -> float | None:
    """VmHWM in MB."""
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0][1]) / 1024 if lines else None
