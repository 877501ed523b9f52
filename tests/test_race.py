"""A race: what it sends is what its runs say, the same images on both sides, every word computed from the result."""

import base64
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic
from PIL import Image

from normlab import race
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.images import load, sample
from normlab.race import Lane, Race
from normlab.record import Ended, EpochEnd, Status
from normlab.settings import changed
from normlab.store import Store, write_manifest
from normlab.study.plan.grids import RACES

TEST = load(Dataset.DIGITS).test


def keep(store: Store, config: RunConfig, status: Status = Status.FINISHED, epochs: int | None = None) -> None:
    with store.begin(config) as attempt:
        for event in synthetic.events(config, epochs=epochs):
            attempt.append(event)
        attempt.commit(Ended(status, "" if status is Status.FINISHED else "The loss was not a number."))


def configs(step: float, seeds: Iterable[int] = (0,)) -> list[RunConfig]:
    part = RACES[step]
    return [part.config(arm, part.fixed_strengths()[arm.name], seed) for arm in part.arms() for seed in seeds]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Every arm with a seed, BatchNorm at one step with three, and one rival that diverged."""
    shelf = tmp_path_factory.mktemp("shelf")
    for step in RACES:
        for config in configs(step):
            stops = step == 1 and config.model.norms == ("ln",)
            keep(Store(shelf), config, *((Status.DIVERGED, 2) if stops else ()))
    for config in configs(0.3, (1, 2)):
        if config.model.norms == ("bn",):
            keep(Store(shelf), config)
    write_manifest(shelf)
    return Store(shelf / "own", shelf)


@pytest.fixture(scope="module")
def lanes(store: Store) -> list[Lane]:
    return race.lanes(store)


@pytest.fixture(scope="module")
def course(lanes: list[Lane]) -> dict[str, Any]:
    return json.loads(json.dumps(race.course(lanes, TEST)))


def test_the_sample_has_every_class_in_turn_and_is_drawn_once() -> None:
    index = sample(TEST.labels)
    assert len(index) == len(set(index)) == 60
    assert TEST.labels[index].tolist() == [*range(10)] * 6
    assert np.array_equal(index, sample(TEST.labels))
    few = np.array([0] * 9 + [1] * 2, dtype=np.uint8)
    assert few[sample(few)].tolist() == [0, 1, 0, 1]


def test_what_lights_up_is_what_the_run_answered_right(lanes: list[Lane], course: Mapping[str, Any]) -> None:
    index, checked = sample(TEST.labels), 0
    for lane in lanes:
        track = course["lanes"][lane.key]
        for epoch in lane.run.snapshot_epochs():
            right = lane.run.snapshot(epoch).predicted[index] == TEST.labels[index]
            lit = [answer == label for answer, label in zip(track["answers"][epoch], course["labels"], strict=True)]
            assert lit == right.tolist()
            checked += 1
    assert checked > 50


def test_both_sides_answer_the_same_images_and_the_curves_are_the_runs_own(
    lanes: list[Lane], course: Mapping[str, Any]
) -> None:
    for lane in lanes:
        track = course["lanes"][lane.key]
        assert {len(answers) for answers in track["answers"]} == {len(course["labels"])}
        assert track["values"][1:] == [round(100 * end.test.accuracy, 3) for end in lane.run.epochs]
        start = lane.run.snapshot(0).predicted
        assert track["values"][0] == pytest.approx(100 * (start == TEST.labels).mean(), abs=1e-3)
    sheet = Image.open(io.BytesIO(base64.b64decode(course["image"].partition(",")[2])))
    assert sheet.size == (280, 168)
    third = np.array(sheet)[:28, 56:84, 1]
    assert np.array_equal(third, TEST.images[sample(TEST.labels)[2]])


def test_a_whole_course_is_small(course: Mapping[str, Any]) -> None:
    assert len(course["lanes"]) == 5 * len(RACES)
    assert len(json.dumps(course)) < 100_000


def test_every_rival_can_be_raced_at_every_step_and_at_its_best(course: Mapping[str, Any]) -> None:
    raced = [(one["rival"], one["step"], one["lap"]) for one in course["races"]]
    assert len(set(raced)) == len(raced)
    for rival in ("none", "ln", "gn", "rms"):
        assert {step for name, step, lap in raced if (name, lap) == (rival, 1)} == {f"{step:g}" for step in RACES}
        assert [lap for name, _, lap in raced if name == rival].count(2) == 1
    for one in course["races"]:
        assert one["right"].startswith("bn ")
        assert set(one["verdicts"]) == set(one["bets"]) == {"left", "right", "same"}


def test_what_stands_for_an_arm_is_what_the_manifest_names(store: Store, lanes: list[Lane]) -> None:
    for lane in lanes:
        assert lane.run.config == store.representative(lane.run.config)
    assert [len(lane.finals) for lane in lanes if lane.key == "bn 0.3"] == [3]


def test_without_an_arms_run_its_races_are_not_offered(lanes: list[Lane]) -> None:
    without = [lane for lane in lanes if lane.key != "none 0.3"]
    assert not [one for one in race.races(without) if one.left.key == "none 0.3" and one.lap == 1]
    assert [one for one in race.races(without) if one.left.norm == "none" and one.lap == 2]
    assert race.course([], TEST)["races"] == []


def test_a_run_from_before_answers_were_kept_is_not_raced(tmp_path: Path) -> None:
    config = configs(0.3)[0]
    with Store(tmp_path).begin(config) as attempt:
        for event in synthetic.events(config):
            attempt.append(replace(event, answers="") if isinstance(event, EpochEnd) else event)
        attempt.commit(Ended(Status.FINISHED))
    assert race.lanes(Store(tmp_path)) == []


def test_a_run_that_diverged_stops_and_counts_as_one_that_guesses(lanes: list[Lane], course: Mapping[str, Any]) -> None:
    lane = next(lane for lane in lanes if lane.key == "ln 1")
    assert lane.has_stopped
    assert (lane.final, lane.validation) == (10.0, 10.0)
    track = course["lanes"]["ln 1"]
    assert track["stopped"]
    assert len(track["values"]) == 3
    told = next(one for one in course["races"] if (one["rival"], one["step"], one["lap"]) == ("ln", "1", 1))
    assert "LayerNorm diverged: its steps were too large." in told["closing"]


def lane(norm: str, step: float, *finals: float, validation: float = 50.0, status: Status = Status.FINISHED) -> Lane:
    """Seed 0 stands for it."""
    run = synthetic.run(changed(RunConfig(), {"norms": () if norm == "none" else (norm,), "lr": step}), status=status)
    return Lane(norm, step, run, dict(enumerate(finals)), validation)


def test_the_best_step_is_chosen_on_validation_and_of_equals_is_the_smaller() -> None:
    found = [
        lane("bn", 0.03, 99.0, validation=97.0),
        lane("bn", 0.3, 90.0, validation=98.0),
        lane("bn", 1.0, 99.9, validation=98.0),
        lane("ln", 0.1, 99.9, validation=99.0),
    ]
    chosen = race.best(found, "bn")
    assert chosen is not None
    assert chosen.step == 0.3
    assert race.best(found, "gn") is None


TAMED = lane("none", 0.03, 97.0, 96.0, 98.0)
STEADY = lane("bn", 0.03, 98.0, 97.0, 98.5)
DEAD, ALIVE = lane("none", 0.3, 10.0, 10.1, 10.0), lane("bn", 0.3, 98.2, 97.0, 98.5, 98.0, 98.1)
STOPPED = lane("ln", 0.3, 10.0, 10.0, status=Status.DIVERGED)
LEVEL, BEHIND = lane("gn", 0.3, 97.9, 98.6), lane("rms", 0.3, 90.0, 91.0, 91.5, 90.5, 89.0)
BARE = lane("none", 0.03, 96.0, 95.0, 94.0, 95.5, 96.5)
MANY, FEW = (lane("bn", 0.3, *range(90, 100)), lane("ln", 0.3, *range(82, 91), 93))
FOUND = [TAMED, STEADY, DEAD, ALIVE, STOPPED, LEVEL, BEHIND]


@pytest.mark.parametrize(
    ("raced", "winner", "closing"),
    [
        (Race(DEAD, ALIVE), "right", "BatchNorm 98 %. No norm 10 %: its steps were too large."),
        (Race(STOPPED, ALIVE), "right", "BatchNorm 98 %. LayerNorm diverged."),
        (Race(LEVEL, DEAD), "left", "GroupNorm 98 %. No norm 10 %: its steps were too large."),
        (Race(STOPPED, DEAD), "same", "Neither learned: LayerNorm diverged, no norm 10 %."),
        (Race(LEVEL, ALIVE), "same", "GroupNorm 97.9 %, BatchNorm 98.2 %. Seeds differ by more than that."),
        (Race(BEHIND, ALIVE), "right", "RMSNorm 90.0 %, BatchNorm 98.2 %. Every seed agrees."),
        (Race(FEW, MANY), "right", "LayerNorm 82.0 %, BatchNorm 90.0 %. Most seeds agree."),
        (
            Race(TAMED, ALIVE, 2),
            "same",
            "No norm 97.0 %, BatchNorm 98.2 %. The norm bought larger steps, not accuracy.",
        ),
        (
            Race(BARE, ALIVE, 2),
            "right",
            "No norm 96.0 %, BatchNorm 98.2 %. The norm bought larger steps, and a little accuracy.",
        ),
    ],
)
def test_what_is_said_at_the_end_is_computed(raced: Race, winner: str, closing: str) -> None:
    assert raced.winner == winner
    assert race.closing(raced, FOUND) == closing
    assert all(len(sentence.split()) <= 15 for sentence in closing.split(". "))


def test_tolerance_is_not_claimed_where_the_norm_tolerates_no_more() -> None:
    assert "tolerance" not in race.closing(Race(TAMED, STEADY, 2), [TAMED, STEADY])


def test_how_many_of_how_many_comes_with_every_race() -> None:
    assert race.seeds(Race(DEAD, ALIVE)).startswith("Seeds that learned: no norm 0 of 3, BatchNorm 5 of 5.")
