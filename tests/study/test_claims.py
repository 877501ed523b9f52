"""The study's claims are answered by the seeds that are there, and by nothing else."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import store_kit
import study_kit as kit

from normlab.compare import Share, estimate, unpaired
from normlab.compare.failures import GUESS
from normlab.record import Status
from normlab.store import Store
from normlab.study.claims.judging import NORM_CHANGES, PENALTY_CHANGES, carried, effects, family, judge
from normlab.study.claims.questions import MARGINS, Answer, contrast_of, together
from normlab.study.claims.statements import BY_KEY, CLAIMS
from normlab.study.plan.grids import Strengths
from normlab.study.results.measured import EVERY, Results, named_arm, of_store
from normlab.study.results.quantities import SWING, TEST_ACCURACY
from normlab.study.texts.contrasts import effect, judged

RECIPE = {
    "bn/none": kit.level(99.40, 0.02),
    "bn/l1": kit.swinging(80, 10),
    "bn/l2": kit.level(99.41, 0.02),
    "bn/l1+l2": kit.swinging(80, 10),
    "gn/none": kit.level(99.40, 0.02),
    "gn/l1": kit.level(92, 0.5),
    "gn/l1+l2": kit.level(92, 0.5),
    "gn/l2": kit.level(99.40, 0.02),
    "ln/none": kit.level(99.40, 0.3),
    "ln/l1": kit.level(91, 0.5),
    "ln/l2": kit.level(99.41, 0.02),
    "ln/l1+l2": kit.level(91, 0.5),
}


def at(place: Store) -> Results:
    return of_store(place.list(), place.read, place.root)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The study's recipe as one would expect it: L1 costs much, nothing else does anything. Eight seeds decide that."""
    place = Store(tmp_path_factory.mktemp("study"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EVERY, "study", replace(EVERY["study"], seeds=tuple(range(1, 9))))  # type: ignore[arg-type]
        for name, curve in RECIPE.items():
            anew = kit.level(94, 0.3) if name in ("bn/l1", "bn/l1+l2") else None
            kit.arm(place, "study", name, curve, anew)
        yield place


@pytest.fixture(scope="module")
def results(store: Store) -> Results:
    return at(store)


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("beats-bn", Answer.CONFIRMED),
        ("l1-hurts", Answer.CONFIRMED),
        ("ln-best", Answer.CONFIRMED),
        ("confounded", Answer.CONFIRMED),
        ("no-l2", Answer.CONFIRMED),
        ("small", Answer.CONTRADICTED),
        ("artefact", Answer.CONFIRMED),
    ],
)
def test_a_claim_is_judged_by_its_seeds(results: Results, key: str, answer: Answer) -> None:
    assert judge(BY_KEY[key], results).answer is answer


def test_the_evidence_is_the_rank_test_of_the_arms(results: Results) -> None:
    (first, _) = judge(BY_KEY["ln-best"], results).details
    assert first.seeds == 8
    assert first.finding is not None
    assert first.finding.estimate is not None
    assert first.finding.estimate == estimate(unpaired(*first.values))
    assert first.run is not None
    assert first.run.seed == 1


def test_without_runs_nothing_is_measured(tmp_path: Path) -> None:
    empty = at(Store(tmp_path))
    for claim in CLAIMS:
        for verdict in (judge(claim, empty), *carried(claim, empty)):
            assert verdict.answer is Answer.NOT_MEASURED
            assert all(one.finding is None for one in verdict.evidence)


def test_every_arm_that_a_claim_asks_for_is_in_its_part() -> None:
    for claim in CLAIMS:
        for part in ("study", *claim.elsewhere):
            names = {arm.name for arm in EVERY[part].arms()}
            assert {arm for question in claim.questions for arm in question.arms} <= names, (claim.key, part)


def test_one_contradiction_is_enough_and_nothing_may_be_missing() -> None:
    assert together([Answer.CONFIRMED, Answer.NOT_MEASURED, Answer.CONTRADICTED]) is Answer.CONTRADICTED
    assert together([Answer.CONFIRMED, Answer.NOT_RESOLVED, Answer.NOT_MEASURED]) is Answer.NOT_MEASURED
    assert together([Answer.CONFIRMED, Answer.NOT_RESOLVED]) is Answer.NOT_RESOLVED
    assert together([]) is Answer.NOT_MEASURED


def test_a_tuned_part_is_asked_with_the_lambda_that_was_chosen(tmp_path: Path) -> None:
    part, chosen = EVERY["digits"], Strengths(l1=1e-4)
    strengths = {arm.name: chosen if "l1" in arm.penalty else Strengths() for arm in part.arms()}
    kit.write_lambda(tmp_path, "digits", strengths)
    store = Store(tmp_path)
    for arm in part.arms():
        if arm.name in ("bn/none", "bn/l1", "gn/none", "gn/l1"):
            for seed in part.seeds:
                config = part.config(arm, strengths[arm.name], seed)
                kit.keep(store, config, kit.level({"bn/l1": 97, "bn/none": 98}.get(arm.name, 98), 0.2))
    verdict = next(one for one in carried(BY_KEY["interaction"], at(store)) if one.part == "digits")
    assert verdict.answer is Answer.CONFIRMED
    assert verdict.evidence[0].configs[1].penalty.l1 == 1e-4


def test_a_contrast_has_one_verdict_whoever_asks(results: Results) -> None:
    (change,) = effects([one for one in PENALTY_CHANGES if one.name == "L2 added to BN"], "study", results)
    (alone, *_) = judge(BY_KEY["no-l2"], results).details
    (among,) = [one for one in judge(BY_KEY["beats-bn"], results).evidence if one.question.arms[-1] == "bn/l2"]
    assert change is not None
    assert change is alone.finding is among.finding


def test_a_claim_about_all_norms_takes_their_seeds_together(results: Results) -> None:
    (accuracy, _) = judge(BY_KEY["l1-hurts"], results).evidence
    assert accuracy.finding is not None
    assert accuracy.finding.estimate is not None
    assert accuracy.finding.estimate.strata == 3
    assert len(accuracy.values) == 6


def test_a_margin_of_its_own_leaves_the_familys_verdicts_alone(results: Results) -> None:
    (wide, _) = judge(BY_KEY["confounded"], results).evidence
    assert wide.finding is not None
    assert wide.finding.margin == 1.0
    assert {one.margin for one in family("study", TEST_ACCURACY, results).values()} == {MARGINS["study"]}


def test_the_margin_is_no_smaller_than_an_image_and_what_their_choice_leaves_uncertain() -> None:
    for part, (images, correct) in {"digits": (800, 0.98), "mnist": (10_000, 0.99), "fashion": (10_000, 0.9)}.items():
        error = 100 * math.sqrt(correct * (1 - correct) / images)
        assert max(100 / images, error) <= MARGINS[part] <= error + 0.1
    assert set(MARGINS) <= set(EVERY)


def test_failed_seeds_stand_first_in_the_studys_contrasts_as_well(tmp_path: Path) -> None:
    """Seed 0 of no norm learns nothing; seed 1 of BN diverges, which counts as a failed seed and is not left out."""
    store, lesson = Store(tmp_path), EVERY["lesson"]
    kit.arm(store, "lesson", "none/none", lambda epoch, seed: 97.0 if seed else 10.0)
    for seed in lesson.seeds:
        config = lesson.config(named_arm("bn/none"), lesson.fixed_strengths()["bn/none"], seed)
        if seed == 1:
            store_kit.write(store, config, Status.DIVERGED)
        else:
            kit.keep(store, config, kit.level(98))
    results = at(store)
    (change,) = effects(NORM_CHANGES[:1], "lesson", results)
    assert change is not None
    assert change.contrast.failures == (Share(1, 3), Share(1, 3))
    assert effect(change).startswith("1 of 3 failed, against 1 of 3; ")
    assert judged(change).startswith("1 of 3 seeds failed, against 1 of 3. ")
    assert results.values("lesson", "bn/none", TEST_ACCURACY)[1] == GUESS


def test_a_claim_about_all_norms_counts_the_failed_seeds_of_all(store: Store) -> None:
    with_l1 = contrast_of((("bn/none", "bn/l1"), ("ln/none", "ln/l1")), TEST_ACCURACY, "study", at(store))
    assert with_l1.failed == ((Share(0, 8), Share(0, 8)),) * 2
    assert with_l1.failures == (Share(0, 16), Share(0, 16))
    swings = contrast_of((("gn/l1", "bn/l1"),), SWING, "study", at(store))
    assert swings.failures == (Share(0, 0), Share(0, 0)), "only accuracy says who failed"
