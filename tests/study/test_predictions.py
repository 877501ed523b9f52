"""What was predicted is held against what came out, in the words of docs/predictions.md."""

from pathlib import Path

import pytest
import study_kit as kit

from normlab.store import Store
from normlab.study.claims.expectations import Expectation, Outcome, about, accuracy, between, compare, tallies
from normlab.study.claims.expected import EXPECTATIONS
from normlab.study.claims.expected_mechanisms import EXPECTATIONS as OF_MECHANISMS
from normlab.study.plan.mechanisms import BY_NAME
from normlab.study.results import mechanisms
from normlab.study.results.measured import Results, of_store

TEXT = " ".join((Path(__file__).parents[2] / "docs" / "predictions.md").read_text(encoding="utf-8").split())
DEFICITS = {"base": 20.0, "no-penalty": 0.0, "momentum-0.01": 35.0, "momentum-0.3": 9.0, "projected": 18.0}


@pytest.fixture
def results(tmp_path: Path) -> Results:
    kit.write_mechanisms(tmp_path, DEFICITS)
    return of_store([], lambda name: None, tmp_path)


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda one: f"{one.subject}: {one.measures}")
def test_every_expectation_is_in_the_predictions_words(expectation: Expectation) -> None:
    assert expectation.quote in TEXT


def test_the_predictions_do_not_know_a_result(tmp_path: Path) -> None:
    nothing = of_store([], lambda name: None, tmp_path)
    assert {compare(one, nothing).outcome for one in EXPECTATIONS} == {Outcome.NOT_MEASURED}


def found(results: Results, measures: str) -> tuple[float | None, Outcome, int]:
    (one,) = [compare(item, results) for item in OF_MECHANISMS if item.measures == measures]
    return one.value, one.outcome, one.seeds


def test_a_prediction_is_met_missed_or_its_claim_falls(results: Results) -> None:
    value, outcome, seeds = found(results, "deficit at momentum 0.01")
    assert (value, outcome, seeds) == (pytest.approx(35.6), Outcome.MET, 3)
    assert found(results, "deficit at momentum 0.5") == (None, Outcome.NOT_MEASURED, 0)
    assert found(results, "share that the projection explains")[1] is Outcome.FALLS, "less than 30 %"
    assert found(results, "deficit without a penalty")[1] is Outcome.MISSED, "0.6 points"


def test_a_share_is_counted_seed_by_seed(results: Results) -> None:
    shares = mechanisms.removed(results, "momentum-0.3")
    assert shares == {seed: pytest.approx(1 - (9 + 0.3 * seed) / (20 + 0.3 * seed)) for seed in (1, 2, 3)}
    rows = {row.name: row for row in mechanisms.rows(results)}
    assert list(rows) == [name for name in BY_NAME if name in DEFICITS]
    found = rows["momentum-0.3"].removes
    assert found is not None
    assert (found.mean, found.low) == (pytest.approx(sum(shares.values()) / 3), min(shares.values()))
    assert rows["base"].removes is None
    assert rows["base"].deficit == pytest.approx(20.6)


def test_what_replacing_statistics_gives_back_is_a_share_of_the_deficit(results: Results) -> None:
    assert found(results, "share of the deficit that forward passes give back")[0] == pytest.approx(0.95)
    assert found(results, "share that batch statistics in channels of low variance give back")[0] == pytest.approx(0.1)
    best = [compare(one, results).value for one in OF_MECHANISMS if "best block" in one.measures]
    assert best == [pytest.approx(6 / 20)] * 2


def test_quick_trials_are_no_results(tmp_path: Path) -> None:
    kit.write_mechanisms(tmp_path, {"base": 20.0})
    for path in tmp_path.rglob("*.json"):
        path.write_text(path.read_text().replace('"is_quick": false', '"is_quick": true'))
    assert not mechanisms.rows(of_store([], lambda name: None, tmp_path))


def test_a_single_number_is_met_within_a_factor() -> None:
    near = accuracy(75)
    assert near.holds(67)
    assert near.holds(81)
    assert not near.holds(66)
    assert not near.holds(82)
    assert about(2, "points").holds(3)
    assert not about(2, "points").holds(3.1)
    assert between(-8, -5, "points").text == "−8 to −5 points"


def test_subjects_are_told_by_their_worst_outcome(results: Results) -> None:
    told = {one.subject: one for one in tallies([compare(one, results) for one in OF_MECHANISMS])}
    assert told["C: large steps"].outcome is Outcome.FALLS
    assert told["scope"].outcome is Outcome.NOT_MEASURED
    assert told["scope"].measured == 0


def test_a_resolved_prediction_needs_a_resolved_result(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kit.arm(store, "study", "bn/none", kit.level(99.4))
    kit.arm(store, "study", "bn/l1", kit.level(93.4, 4.0))
    seen = of_store(store.list(), store.read, None)
    (one,) = [
        compare(item, seen)
        for item in EXPECTATIONS
        if item.subject == "BN + L1 against BN" and item.quote.startswith("L1 costs")
    ]
    assert one.value == pytest.approx(-6)
    assert one.outcome is Outcome.MISSED, "of the expected size, but not resolved"
