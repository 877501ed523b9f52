"""`normlab lessons`: check lesson files, measure what they ask, or begin one."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from normlab import lessons
from normlab.cli.common import Mistake, add_json, print_json, whole
from normlab.cli.sweep import tell_failures, watched
from normlab.lessons import Evidence, Lesson, Verdict
from normlab.numerals import duration
from normlab.store import Store, write_whole
from normlab.study.results.progress import known_pace, work

DESCRIPTION = (
    "`normlab lessons check` reads every lesson that ships, and a teacher's own in the folder that NORMLAB_LESSONS "
    "names; `check FILE ...` only these. It names each fault with its line and key, says which runs are missing and "
    "about how long they take, and what came out. With --run it trains every run again, in a folder of its own, "
    "measures again, and compares with what ships. `normlab lessons new FILE.toml` writes a lesson to start from, with "
    "comments. The exit code is 1 if a file has a fault, or a measurement came out otherwise. docs/lessons.md explains "
    "the files."
)
_NEAR = 2.0
"""Points by which a median may lie outside the seeds that ship, where another machine or fewer seeds gave it."""


@dataclass(slots=True)
class Report:
    """What is said of a file."""

    path: Path
    faults: Sequence[lessons.Fault] = ()
    missing: int = 0
    seconds: float = 0.0
    verdict: Verdict | None = None
    differs: list[str] = field(default_factory=list)
    ran: bool = False

    @property
    def is_good(self) -> bool:
        return not self.faults and not self.differs and not (self.verdict and self.verdict.objection)


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument("action", choices=("check", "new"), help="what to do")
    options.add_argument("files", nargs="*", type=Path, metavar="FILE.TOML", help="lesson files; all, without any")
    options.add_argument("--run", action="store_true", dest="again", help="train all runs again, measure, and compare")
    options.add_argument(
        "--seeds", type=whole(1, 100), metavar="N", help="with --run: only the first N seeds, for a quick look"
    )
    add_json(options)


def run(chosen: argparse.Namespace) -> int:
    if chosen.action == "new":
        return _new(chosen.files)
    if chosen.seeds is not None and not chosen.again:
        raise Mistake("--seeds goes with --run: it says how many are trained.")
    store = Store.open()
    paths = chosen.files or [*sorted(lessons.SHIPPED.glob("*.toml")), *lessons.own_files()]
    reports = [_check(path, store, again=chosen.again, seeds=chosen.seeds) for path in paths]
    if chosen.json:
        print_json([_as_json(report) for report in reports])
    else:
        for report in reports:
            print("\n".join(_lines(report)))
    return 0 if all(report.is_good for report in reports) else 1


def _new(files: Sequence[Path]) -> int:
    if len(files) != 1:
        raise Mistake("Name one file to write: `normlab lessons new my-lesson.toml`.")
    (path,) = files
    if path.exists():
        raise Mistake(f"{path} is there already: choose another name.")
    if problem := lessons.name_fault(path):
        raise Mistake(problem)
    try:
        write_whole(path, lessons.START.read_bytes())
    except OSError as error:
        raise Mistake(f"{path} cannot be written ({error.strerror}).") from None
    print(f"{path} holds a lesson to change. Check it with `normlab lessons check {path}`.")
    return 0


def _check(path: Path, store: Store, *, again: bool, seeds: int | None) -> Report:
    report = Report(path, lessons.problems(path))
    if report.faults:
        return report
    lesson = lessons.read(path)
    lacking = lessons.missing(lesson, store)
    report.missing = len(lacking)
    if lacking:
        report.seconds = known_pace(store) * sum(map(work, lacking))
    elif not again:
        report.verdict = lessons.verdict(lesson, store)
    if again:
        _again(report, lesson, store, seeds)
    return report


def _again(report: Report, lesson: Lesson, store: Store, seeds: int | None) -> None:
    """Train its runs in a store of their own and measure them; compare with what is here, if it is."""
    workshop = Store(store.root / "lessons")
    some = lessons.with_seeds(lesson, min(seeds or lesson.contrast.seeds, lesson.contrast.seeds))
    outcomes = list(watched(lessons.configs(some), workshop))
    tell_failures(outcomes)
    if any(outcome.status is None for outcome in outcomes):
        report.differs.append("Some of its runs could not be trained.")
        return
    found = lessons.measure(some, workshop)
    report.ran, report.verdict = True, lessons.judge(some, found)
    if report.missing == 0:
        before = lessons.verdict(lesson, store)
        report.differs += _differences(before, found)
        if some == lesson and before.came_out != report.verdict.came_out:
            report.differs.append(f"It came out otherwise: {' '.join(_told(report.verdict))}")


def _differences(before: Verdict, found: Evidence) -> list[str]:
    """Arms whose new median lies outside the seeds from before, by more than two points or a tenth of their size."""
    wrong = []
    for one in found.numbers:
        seen = list(before.of(one.arm.key).values.values())
        slack = _NEAR if before.lesson.contrast.measure.unit == "points" else max(map(abs, seen)) / 10
        if not min(seen) - slack <= one.middle <= max(seen) + slack:
            wrong.append(f"{one.arm.name}: {one.middle:.2f} now, from {min(seen):.2f} to {max(seen):.2f} before.")
    return wrong


def _lines(report: Report) -> list[str]:
    head = f"{report.path.name}: "
    if report.faults:
        return [f"{head}{len(report.faults)} faults", *(f"  {fault}" for fault in report.faults)]
    if report.verdict is None:
        how = f"about {duration(report.seconds)} on one core"
        return [f"{head}good; {report.missing} of its runs are not trained here: {how} (`--run` trains them)."]
    lines = [f"{head}good" if report.is_good else f"{head}not as it should be"]
    lines += [f"  {text}" for text in _told(report.verdict)]
    lines += [f"  {text}" for text in (report.verdict.objection, *report.differs) if text]
    return [*lines, "  Trained again: as before."] if report.ran and report.is_good else lines


def _told(verdict: Verdict) -> tuple[str, ...]:
    return verdict.sentence, verdict.certainty, verdict.outcome


def _as_json(report: Report) -> dict[str, Any]:
    verdict = report.verdict
    return {
        "file": str(report.path),
        "is_good": report.is_good,
        "faults": [{"line": fault.line, "key": fault.key, "text": fault.text} for fault in report.faults],
        "missing_runs": report.missing,
        "missing_seconds": round(report.seconds, 1),
        "trained_again": report.ran,
        "differs": report.differs,
        "verdict": None
        if verdict is None
        else {
            "sentence": verdict.sentence,
            "certainty": verdict.certainty,
            "outcome": verdict.outcome,
            "came_out": verdict.came_out,
            "answer": verdict.answer,
            "objection": verdict.objection,
            "numbers": {one.arm.key: dict(one.values) for one in verdict.numbers},
        },
    }
