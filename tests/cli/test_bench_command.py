"""What `normlab bench` prints, without measuring anything."""

import json
from pathlib import Path

import pytest
from scipy.stats import mannwhitneyu

from normlab.cli.bench_document import END, START
from normlab.cli.bench_equivalence import MARGIN, judge
from normlab.cli.commands import run as main
from normlab.training.bench import equivalence, measure
from normlab.training.bench.equivalence import Accuracies
from normlab.training.bench.report import Goal, Growth, Kind, Report, Row, read

THEIRS = [98.0, 98.02, 98.13, 98.05, 97.94, 98.07, 97.97, 98.09, 98.11, 97.9]


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    made = Report("Linux, 2 cores", "znver5", 2, {"torch": "2.13"}, "2026-01-01", 60_000)
    goal, note = Goal(4.0, 7.0), "Plain loop: 2 threads, 2 loading processes"
    made.rows.append(Row("epoch, BN", Kind.FASTER, [6.0, 7.0, 8.0], [40.0, 44.0, 42.0], "plain loop", goal, note))
    made.rows.append(Row("a command", Kind.SECONDS, [3.5, 3.0, 4.0], goal=Goal(3.0, 2.0)))
    made.growth.append(Growth("batch size", "32", [9.5]))
    monkeypatch.setattr(measure, "measure", lambda *, quick, tell: made)
    return made


def test_the_table_names_machine_versions_medians_extremes_values_and_verdicts(
    report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--quick"]) == 0
    shown = capsys.readouterr().out
    for part in (
        report.machine,
        "torch 2.13",
        "42.0 (40.0–44.0)",
        "7.00 (6.00–8.00)",
        "6.00× (5.25–6.67)",
        "batch size",
    ):
        assert part in shown
    epoch, command = (next(line for line in shown.splitlines() if line.startswith(row.name)) for row in report.rows)
    assert epoch.split()[-5:] == ["≥", "4×", "≥", "7×", "reached"]
    assert command.endswith("not reached")
    assert "Plain loop: 2 threads, 2 loading processes." in shown


def test_json_holds_every_measured_number(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"][0]["other"] == report.rows[0].other
    assert found["rows"][0]["value"] == 6.0
    assert read(found).plain() == report.plain()


def test_the_document_gets_the_tables_of_every_report(report: Report, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Speed\n\n{START}\nold\n{END}\n\nmore\n", encoding="utf-8")
    assert main(["bench", "--document", str(tmp_path)]) == 0
    assert "Not measured yet" in page.read_text(encoding="utf-8")
    for number in (1, 2):
        (tmp_path / f"performance-{number}.json").write_text(json.dumps(report.plain()), encoding="utf-8")
    assert main(["bench", "--document", str(tmp_path)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Speed\n")
    assert text.endswith("\n\nmore\n")
    assert "old" not in text
    assert text.count("| epoch, BN | plain loop | 42.0 (40.0–44.0) | 7.00 (6.00–8.00) | 6.00× (5.25–6.67) |") == 2
    assert text.count("- Plain loop: 2 threads, 2 loading processes.") == 2


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "performance.md cannot be read"),
        ({"performance.md": "# Speed\n"}, "performance.md cannot take the tables: it has no section between"),
        ({"performance.md": f"{START}\n{END}\n", "performance-1.json": "{}"}, "performance-1.json is no report of"),
        ({"performance.md": f"{START}\n{END}\n", "performance-1.json": "{"}, "performance-1.json is not valid JSON"),
    ],
)
def test_what_is_no_document_and_no_report_is_refused_and_stays(
    files: dict[str, str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(["bench", "--document", str(tmp_path)]) == 2
    assert sentence in capsys.readouterr().err
    assert all((tmp_path / name).read_text(encoding="utf-8") == text for name, text in files.items())


def test_equivalence_is_told_with_its_interval(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Accuracies("Linux", {}, "2026-01-01", 3, THEIRS, [value + 0.01 for value in THEIRS])
    monkeypatch.setattr(equivalence, "measured", lambda tell: made)
    assert main(["bench", "--equivalence"]) == 0
    told = capsys.readouterr().out
    assert "10 seeds of each: +0.010 points (90 % interval −0.050 to +0.070); " in told
    assert "no difference that matters (within ±0.15 points" in told
    assert main(["bench", "--equivalence", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["project"] == made.project
    assert found["p_within_margin"] < 0.05


def test_equivalence_is_two_exact_rank_sum_tests_at_the_margin() -> None:
    ours = [value + 0.0237 for value in THEIRS]  # equal to none of theirs, with the margin or without
    found = judge(Accuracies("", {}, "", 3, THEIRS, ours))
    below = mannwhitneyu(ours, [value + MARGIN for value in THEIRS], alternative="less", method="exact").pvalue
    above = mannwhitneyu(ours, [value - MARGIN for value in THEIRS], alternative="greater", method="exact").pvalue
    assert found.p_value == pytest.approx(max(below, above))
    assert found.is_equivalent
    assert -MARGIN < found.low < found.high < MARGIN, "the interval says the same"


def test_one_seed_that_failed_does_not_blow_the_interval_up_and_three_seeds_show_nothing() -> None:
    failed = judge(Accuracies("", {}, "", 3, THEIRS, [10.0, *THEIRS[1:]]))
    assert -1 < failed.low < failed.high < 1
    assert not judge(Accuracies("", {}, "", 3, THEIRS[:2], THEIRS[:2])).is_equivalent
    with pytest.raises(ValueError, match="two seeds"):
        judge(Accuracies("", {}, "", 3, [98.0], [98.0]))
