"""What is said of a lesson's numbers: computed, and never more than the seeds show."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from evidence_kit import begun, evidence

from normlab import lessons
from normlab.lessons import Direction, judge
from normlab.lessons.evidence import file_of, keep, kept
from normlab.store import Store, StoreProblem, write_manifest

LOW, HIGH = (10.0, 11.0, 10.5, 9.0, 10.0), (97.0, 98.0, 97.5, 96.0, 98.5)


def test_a_direction_and_a_size_that_come_out_are_said_to() -> None:
    lesson = begun()
    verdict = judge(lesson, evidence(lesson, {"none": LOW, "bn": HIGH}))
    assert verdict.came_out
    expected = "BatchNorm at least 50 points higher than no norm"
    assert verdict.outcome == f"Our prediction, written before we measured: {expected}. It was right."
    assert verdict.sentence == "No norm: 10 of 100 test images right. BatchNorm: 98. Medians of 5 seeds each."
    assert verdict.certainty.startswith("Hardly chance: +87.5 points (95 % interval ")
    assert verdict.certainty.endswith(", p = 0.016.")


def test_seeds_that_failed_are_counted_where_not_all_did() -> None:
    verdict = judge(begun(), evidence(begun(), {"none": (90.0, *LOW[1:]), "bn": HIGH}))
    assert verdict.certainty.startswith("Networks below 54 %: no norm 4 of 5, BatchNorm 0 of 5. Hardly chance: ")


def test_what_was_changed_after_a_look_is_said_with_the_prediction() -> None:
    lesson = begun()
    changed = replace(lesson, contrast=replace(lesson.contrast, afterwards="Then more were taken."))
    verdict = judge(changed, evidence(changed, {"none": LOW, "bn": HIGH}))
    assert verdict.outcome.endswith("It was right. Then more were taken.")


def test_settings_that_lie_close_get_a_decimal() -> None:
    verdict = judge(begun(), evidence(begun(), {"none": [97.1] * 5, "bn": [98.4] * 5}))
    assert verdict.sentence.startswith("No norm: 97.1 of 100 test images right. BatchNorm: 98.4.")


def test_the_other_direction_is_said_to_have_come_out_otherwise() -> None:
    lesson = begun()
    verdict = judge(lesson, evidence(lesson, {"none": HIGH, "bn": LOW}))
    assert not verdict.came_out
    assert verdict.outcome.endswith("It was wrong.")


def test_a_smaller_effect_than_written_has_only_its_direction() -> None:
    lesson = begun()
    less = tuple(value - 5 for value in HIGH)
    verdict = judge(lesson, evidence(lesson, {"none": less, "bn": HIGH}))
    assert not verdict.came_out
    assert verdict.outcome.endswith("It was half right: the direction, not the size.")


def test_seeds_that_overlap_decide_nothing() -> None:
    lesson = begun()
    verdict = judge(lesson, evidence(lesson, {"none": (97.5, 96.0, 98.0, 97.0, 98.5), "bn": HIGH}))
    assert not verdict.came_out
    assert verdict.certainty.startswith("Seeds differ by more: ")
    assert "p =" not in verdict.certainty
    assert verdict.outcome.endswith("These seeds do not show it.")


def test_too_few_seeds_decide_nothing_and_say_so() -> None:
    verdict = judge(begun(), evidence(begun(), {"none": LOW[:1], "bn": HIGH[:1]}))
    assert verdict.sentence.endswith("1 seed each.")
    assert verdict.certainty == "Too few seeds to decide: +87.0 points (no interval)."
    assert verdict.outcome.endswith("Too few seeds to tell.")


def test_no_difference_that_matters_has_to_be_shown_too() -> None:
    lesson = begun(direction='"same"', size="1")
    near = (97.1, 97.2, 97.0, 97.1, 97.2)
    assert lesson.contrast.direction is Direction.SAME
    assert judge(lesson, evidence(lesson, {"none": near, "bn": near})).came_out
    assert not judge(lesson, evidence(lesson, {"none": LOW, "bn": HIGH})).came_out
    wide = (90.0, 99.0, 94.0, 97.0, 92.0)
    assert not judge(lesson, evidence(lesson, {"none": wide, "bn": wide[::-1]})).came_out


def test_the_measured_answers_come_from_the_numbers() -> None:
    shipped = {lesson.key: lesson for lesson in lessons.shipped()}
    noise = shipped["seed-noise"]
    values = {arm.key: [97.0, 98.5, *[98.0] * 8] for arm in noise.arms}
    found = judge(noise, evidence(noise, values))
    assert found.answer == pytest.approx(1.5)
    assert found.sentence.startswith("BatchNorm: 1.5 points from the worst to the best of 10 networks.")
    learns = shipped["who-learns"]
    counted = {"none": [90.0, 10.0, 51.0, 50.0, *[10.0] * 6], "bn": [98.0] * 10}
    found = judge(learns, evidence(learns, counted))
    assert found.answer == 2.0
    assert found.sentence == "No norm: 2 of 10 networks learned. BatchNorm: 10."
    assert found.certainty.startswith("No norm: 10 of 100 test images right. BatchNorm: 98.")


def test_an_option_that_is_not_what_was_measured_is_objected_to() -> None:
    lesson = next(one for one in lessons.shipped() if one.key == "scaled-weights")
    values = {arm.key: [98.0] * 5 for arm in lesson.arms}
    assert "nearest option 98" in judge(lesson, evidence(lesson, values)).objection


def test_what_was_measured_ships_and_is_of_these_runs_alone(tmp_path: Path) -> None:
    lesson, shelf = begun(), tmp_path / "shelf"
    shelf.mkdir()
    write_manifest(shelf)
    store = Store(tmp_path / "store", shelf)
    assert kept(lesson, store) is None
    found = evidence(lesson, {"none": LOW, "bn": HIGH})
    keep(lesson, found, shelf)
    assert kept(lesson, store) == found
    assert kept(lessons.with_seeds(lesson, 6), store) is None, "another number of seeds is asked for"
    told = json.loads(file_of(lesson, shelf).read_text(encoding="utf-8"))
    file_of(lesson, shelf).write_text(json.dumps({**told, "runs": {"0" * 16: "0" * 64}}), encoding="utf-8")
    assert kept(lesson, store) is None, "it is of other runs"
    file_of(lesson, shelf).write_text(json.dumps({**told, "numbers": {}}), encoding="utf-8")
    with pytest.raises(StoreProblem, match="holds no measurement"):
        kept(lesson, store)


def test_a_lesson_whose_runs_are_not_here_says_so(tmp_path: Path) -> None:
    lesson = begun()
    with pytest.raises(lessons.NotMeasured, match="10 runs of it are not trained here") as problem:
        lessons.verdict(lesson, Store(tmp_path))
    assert len(problem.value.configs) == 10


SHIPPED = Store(Path(__file__).parent / "none", Path(__file__).parents[2] / "pretrained")


@pytest.mark.parametrize("lesson", lessons.shipped(), ids=lambda lesson: lesson.key)
def test_what_a_shipped_lesson_is_decided_by_ships(lesson: lessons.Lesson) -> None:
    """Run `normlab rebuild --missing lessons` where it does not."""
    assert kept(lesson, SHIPPED) is not None
    verdict = lessons.verdict(lesson, SHIPPED)
    assert not verdict.objection
    assert {len(one.values) for one in verdict.numbers} == {lesson.contrast.seeds}
    if isinstance(lesson.question, lessons.Number):
        assert lesson.question.low <= verdict.answer <= lesson.question.high  # type: ignore[operator]


def test_most_of_what_was_written_before_came_out() -> None:
    """All of it would be too good, less would be no lessons."""
    came_out = [lessons.verdict(lesson, SHIPPED).came_out for lesson in lessons.shipped()]
    assert sum(came_out) >= 12


@pytest.mark.parametrize("key", ["memory", "decay", "forgetting"])
def test_what_ships_is_what_is_measured_now(key: str) -> None:
    lesson = lessons.with_seeds(next(one for one in lessons.shipped() if one.key == key), 1)
    shipped = {one.arm.key: one.values[0] for one in lessons.verdict(lessons.lesson(key) or lesson, SHIPPED).numbers}
    for one in lessons.measure(lesson, SHIPPED).numbers:
        assert one.values[0] == pytest.approx(shipped[one.arm.key], abs=1e-5)
