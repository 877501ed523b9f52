"""What `normlab bench` prints, without measuring anything."""

import json

import pytest
from scipy.stats import mannwhitneyu

from normlab.cli.bench_equivalence import MARGIN, judge
from normlab.cli.commands import run as main
from normlab.training.bench import equivalence, measure
from normlab.training.bench.equivalence import Accuracies
from normlab.training.bench.measure import Line, Report

THEIRS = [98.0, 98.02, 98.13, 98.05, 97.94, 98.07, 97.97, 98.09, 98.11, 97.9]


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Report:
    line = Line(
        "epoch, BN", [40.0, 44.0, 42.0], [6.0, 7.0, 8.0], least=4.0, aim=6.0, note="reference: 2 loading processes"
    )
    made = Report("Linux, 2 cores", {"torch": "2.13"}, "2026-01-01", 60_000, [line], [2.0, 2.5, 3.0], 0.04, 0.1)
    made.growth.append(("batch size", "32", 9.5))
    monkeypatch.setattr(measure, "measure", lambda *, quick, tell: made)
    return made


def test_the_table_names_machine_versions_medians_extremes_and_ratios(
    report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--quick"]) == 0
    shown = capsys.readouterr().out
    for part in (report.machine, "torch 2.13", "42.00 (40.00–44.00)", "7.00 (6.00–8.00)", "6.0×", "4.0%", "batch size"):
        assert part in shown


def test_json_holds_every_measured_number(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lines"][0]["reference"] == report.lines[0].reference
    assert found["lines"][0]["ratio"] == 6.0
    assert found["growth"] == [["batch size", "32", 9.5]]


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
