"""What the bench makes of what it measures: rows, shares, a step's parts, a report that can be read again."""

import json
from math import inf
from pathlib import Path

import pytest

from normlab.config import RunConfig
from normlab.settings import changed
from normlab.training import kernels, train

measure = pytest.importorskip("normlab.training.bench.measure")

from normlab.training.bench import cases, outside, report, shares, step, tables, timing  # noqa: E402
from normlab.training.bench.loops import Normlab, crews, steps_seconds  # noqa: E402
from normlab.training.bench.report import Goal, Kind, Report, Row  # noqa: E402

SMALL = changed(RunConfig(), {"train_size": 64, "epochs": 1})


def row(kind: Kind, *, own: list[float], other: list[float], goal: Goal | None = None) -> Row:
    return Row("what", kind, own, other, "the other", goal)


def test_a_value_is_that_of_the_medians_over_all_rounds() -> None:
    own, other = [2.0, 1.9, 9.0], [10.0, 30.0, 11.0]
    values = {kind: row(kind, own=own, other=other).value for kind in Kind}
    assert values == {
        Kind.FASTER: 5.5,
        Kind.LONGER: pytest.approx(2 / 11),
        Kind.SECONDS: 2.0,
        Kind.MORE: -9.0,
    }
    assert row(Kind.FASTER, own=own, other=other).values == pytest.approx((5.0, 30 / 1.9, 11 / 9))
    assert Row("what", Kind.SECONDS, own).value == 2.0


@pytest.mark.parametrize(
    ("kind", "own", "verdict"),
    [
        (Kind.FASTER, 1.0, "aim reached"),
        (Kind.FASTER, 1.5, "reached"),
        (Kind.FASTER, 3.0, "not reached"),
        (Kind.SECONDS, 5.0, "aim reached"),
        (Kind.SECONDS, 5.5, "reached"),
        (Kind.SECONDS, 7.0, "not reached"),
        (Kind.FASTER, inf, "not reached"),
        (Kind.SECONDS, inf, "not reached"),
    ],
)
def test_more_is_better_for_ratios_and_less_for_seconds(kind: Kind, own: float, verdict: str) -> None:
    goal = Goal(6.0, 8.0) if kind is Kind.FASTER else Goal(6.0, 5.0)
    assert row(kind, own=[own], other=[10.0], goal=goal).verdict == verdict
    assert row(kind, own=[own], other=[10.0]).verdict == ""


def test_every_goal_is_nearer_than_its_aim() -> None:
    for goal in (cases.PLAIN, cases.STRONG, cases.SWEEP_PLAIN, cases.SWEEP_STRONG, cases.ACCURACY):
        assert goal.least < goal.aim
    for goal in (cases.DIGITS, cases.COMMAND, cases.COLD, cases.BATCH, cases.MODES):
        assert goal.least > goal.aim


def test_sides_take_turns() -> None:
    order: list[str] = []

    def side(name: str) -> measure.Side:
        return lambda number: order.append(f"{name}{number}") or float(number)

    assert measure.alternating(3, side("a"), side("b")) == [[0.0, 1.0, 2.0]] * 2
    assert order == ["a0", "b0", "a1", "b1", "a2", "b2"]


def made() -> Report:
    found = Report("Linux, 2 cores", "znver5", 2, {"torch": "2.14"}, "2026-01-01", 60_000)
    found.rows.append(
        Row("epoch", Kind.FASTER, [2.0, 2.5], [10.0, 12.0], "plain loop", Goal(4.0, 6.0), "Plain loop: x")
    )
    found.rows.append(Row("never", Kind.FASTER, [inf], [inf], "plain loop"))
    found.shares.append(report.Shares("digits", 0.1, {"training steps": 0.75, "rest": 0.25}))
    found.steps.append(
        report.Step("digits", 1.5, 1.0, [report.Part("forward", 0.5, 110.0), report.Part("Python", 0.5)])
    )
    found.growth.append(report.Growth("batch size", "32", [9.5, 9.7]))
    found.matrix_gflops, found.peak_gflops = 90.0, 256.0
    return found


def test_a_report_can_be_read_again_from_strict_json() -> None:
    text = json.dumps(made().plain(), allow_nan=False)
    found = report.read(json.loads(text))
    assert found.plain() == made().plain()
    assert [row.value for row in found.rows] == pytest.approx([row.value for row in made().rows], nan_ok=True)
    assert json.loads(text)["rows"][0]["verdict"] == "reached"


@pytest.mark.parametrize("other", [{"rows": 3}, {"rows": [{"kind": "slower"}]}, {"cores": "many"}, {"versions": None}])
def test_what_is_no_report_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(other))):
        report.read({**made().plain(), **other})
    with pytest.raises(ValueError, match="machine"):
        report.read({})


def test_tables_hold_medians_ranges_values_and_verdicts() -> None:
    rows, *others = tables.tables(made())
    around = ["≥ 4×", "≥ 6×", "reached"]
    assert rows.rows[0] == ["epoch", "plain loop", "11.0 (10.0–12.0)", "2.25 (2.00–2.50)", "4.89× (4.80–5.00)", *around]
    assert rows.rows[1][3] == "∞"
    assert [len(table.head) for table in others] == [len(table.rows[0]) for table in others]
    assert others[0].rows == [["digits", "0.10", "75.0 %", "25.0 %"]]
    assert ["forward", "0.50", "110"] in others[1].rows
    assert others[2].rows == [["batch size", "32", "9.60 (9.50–9.70)"]]
    assert tables.notes(made()) == ["Plain loop: x."]


def test_the_shares_of_an_epoch_add_up_and_its_functions_are_as_before() -> None:
    evaluate, statistics = train.evaluate, train.layer_statistics  # type: ignore[attr-defined]
    found = shares.shares("digits", changed(SMALL, {"epochs": 2}))
    assert sum(found.parts.values()) == pytest.approx(1)
    assert all(share > 0 for share in found.parts.values())
    assert found.seconds > 0
    assert (train.evaluate, train.layer_statistics) == (evaluate, statistics)  # type: ignore[attr-defined]


def test_clocks_are_taken_away_after_an_error_too() -> None:
    before = train.evaluate  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="nothing"), shares.clocks([(train, "evaluate"), (train, "nothing")]):
        pass
    assert train.evaluate is before  # type: ignore[attr-defined]


def test_the_parts_of_a_step_are_all_of_it() -> None:
    run = kernels.run
    found = step.step("digits", SMALL)
    assert kernels.run is run
    around = [part.milliseconds for part in found.parts[len(step.KERNELS) :]]
    assert found.kernels + sum(around) == pytest.approx(found.milliseconds)
    assert all(part.milliseconds > 0 for part in found.parts)
    assert [bool(part.gflops) for part in found.parts[: len(step.KERNELS)]] == [True] * 3 + [False] * 3


def test_every_instruction_but_meeting_belongs_to_one_part() -> None:
    kinds = [kind for part in step.KERNELS.values() for kind in part]
    assert sorted(kinds) == sorted(set(range(step.op.SUM + 1)) - {step.op.WAIT})


@pytest.mark.slow
def test_a_crew_trains_in_processes_of_its_own_and_a_worker_as_for_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with crews([Normlab(threads=1)], SMALL, processes=2) as (crew,):
        assert crew.seconds([SMALL, SMALL, SMALL]) > 0
        assert crew.ask(steps_seconds, SMALL) < crew.ask(timing.run_seconds, SMALL)
        assert crew.ask(timing.epoch_seconds, SMALL) > 0
        assert crew.text == "one thread"
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path))  # there is no MNIST
    with outside.worker() as seconds:
        assert seconds(SMALL) > 0
        with pytest.raises(RuntimeError, match="The worker failed"):
            seconds(changed(SMALL, {"dataset": "mnist"}))
