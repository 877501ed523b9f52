"""What `normlab bench` prints, without measuring anything."""

import json

import pytest

from normlab.cli.commands import run as main
from normlab.training.bench import equivalence, measure
from normlab.training.bench.equivalence import Equivalence
from normlab.training.bench.measure import Line, Report


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
    made = Equivalence("Linux", {}, "2026-01-01", 3, [98.0, 98.2, 98.1], [98.1, 98.2, 98.3])
    monkeypatch.setattr(equivalence, "equivalence", lambda tell: made)
    assert main(["bench", "--equivalence"]) == 0
    assert "+0.100 points, 90 % interval" in capsys.readouterr().out
