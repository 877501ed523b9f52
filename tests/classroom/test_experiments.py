"""The class' own experiment: whose is which run, what is trained when, and that the verdict comes once."""

import csv
import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from classroom_kit import CHOICE, EXPERIMENT, Clock
from engine_kit import SHORT, until

from normlab.classroom import (
    MOST_RUNS,
    SEEDS,
    SESSION,
    BadAnswer,
    Classes,
    ClassOver,
    Conductor,
    NotNow,
    NotYours,
    Outcome,
    Phase,
    Place,
    Step,
)
from normlab.classroom.verdict import Side, judge
from normlab.compare import read_arm
from normlab.engine import Engine
from normlab.identity import run_id
from normlab.store import Store

CONFIGS = [read_arm(arm["settings"])[0] for arm in EXPERIMENT.public["arms"]]


class Room:
    """A class with one experiment, and a question after it."""

    def __init__(self, folder: Path, clock: Any = None) -> None:
        self.clock = clock or Clock()
        self.classes = Classes(folder, clock=self.clock)
        mine = self.classes.open([EXPERIMENT, CHOICE])
        self.code, self.secret = mine.code, mine.secret

    def do(self, step: Step, runs: int = 0) -> None:
        view = self.classes.projector(self.code)
        seen = Place(view["position"], Phase(view["phase"]), view["round"])
        self.classes.step(self.code, self.secret, step, seen, runs)

    def join(self, count: int) -> list[str]:
        return [self.classes.join(self.code).token for _ in range(count)]

    def own(self, token: str, *, train: bool = False) -> int:
        return self.classes.own(self.code, token, 0, train=train)

    def predict(self, token: str, raw: object, sequence: int = 1) -> object:
        return self.classes.answer(self.code, token, 0, 1, raw, sequence)

    def here(self, *tokens: str) -> None:
        self.classes.pulse({self.classes.who(self.code, token): self.clock() for token in tokens})

    @property
    def runs(self) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.classes.runs(self.code)["runs"]
        return runs

    @property
    def wall(self) -> dict[str, Any]:
        return self.classes.projector(self.code)

    def end_all(self, accuracy: float = 97.0, *, but: int = 0) -> None:
        for one in self.classes.due()[but:]:
            self.classes.ended(one.key, Outcome.FINISHED, accuracy)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.classes.close()


def test_every_student_owns_one_run_and_both_settings_have_as_many(room: Room) -> None:
    room.do(Step.OPEN, runs=20)
    arms = [run["arm"] for run in room.runs]
    assert Counter(arms) == {0: 10, 1: 10}
    seeds = [run["seed"] for run in room.runs]
    assert len(set(seeds)) == 20
    assert all(seed in SEEDS for seed in seeds)
    owned = Counter[int]()
    places = set()
    for token in room.join(20):
        place = room.own(token)
        assert room.own(token) == place
        places.add(place)
        owned[arms[place]] += 1
        assert abs(owned[0] - owned[1]) <= 1
    assert len(places) == 20
    teams = [room.own(token) for token in room.join(25)]
    sizes = [run["owners"] for run in room.runs]
    assert sorted(sizes) == [2] * 15 + [3] * 5
    assert len(set(teams[:20])) == 20


def test_the_order_of_settings_and_the_seeds_are_no_ones_to_foresee(tmp_path: Path) -> None:
    found = set()
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        room = Room(tmp_path / str(number))
        room.do(Step.OPEN, runs=MOST_RUNS)
        found.add(tuple(run["arm"] for run in room.runs))
        found.add(tuple(run["seed"] for run in room.runs))
        room.classes.close()
    assert len(found) == 6


def test_who_leaves_gives_the_run_back_and_who_stays_keeps_it(room: Room) -> None:
    room.do(Step.OPEN, runs=8)
    tokens = room.join(8)
    places = [room.own(token) for token in tokens]
    for token in tokens:
        room.predict(token, 90)
    room.clock.now += 61
    room.here(*tokens[1:])
    (newcomer,) = room.join(1)
    assert room.own(newcomer) == places[0]
    assert room.wall["answered"] == 7  # what the absent one had predicted was predicted of that run
    with pytest.raises(NotNow, match="somebody else"):
        room.predict(tokens[0], 50, 2)
    assert room.own(tokens[0]) in places  # who comes back shares one
    assert [room.own(token) for token in tokens[1:]] == places[1:]


def test_the_absent_run_without_owner_from_the_start(room: Room) -> None:
    room.do(Step.OPEN, runs=8)
    tokens = room.join(2)
    places = [room.own(token) for token in tokens]
    room.clock.now += 61
    room.here(tokens[1])
    room.do(Step.START)
    assert len(room.classes.due()) == 7
    assert places[1] not in [one.key.place for one in room.classes.due()]
    assert room.wall["experiment"]["owned"] == 1


def test_all_start_together_and_what_owners_start_goes_first(room: Room) -> None:
    room.do(Step.OPEN, runs=8)
    one, other, asleep = room.join(3)
    places = [room.own(token) for token in (one, other, asleep)]
    with pytest.raises(NotNow, match="together"):
        room.own(one, train=True)
    assert not room.classes.due()
    room.do(Step.START)
    assert [room.runs[place]["state"] for place in places] == ["ready"] * 3
    room.clock.now += 1
    room.own(other, train=True)
    room.clock.now += 1
    room.own(one, train=True)
    turn = [due.key.place for due in room.classes.due()]
    assert turn[:2] == [places[1], places[0]]
    assert len(turn) == 7
    assert places[2] not in turn
    assert [room.runs[place].get("ahead") for place in places[:2]] == [1, 0]
    assert room.runs[turn[-1]]["seconds"] == 6 * EXPERIMENT.public["seconds"]
    room.clock.now += 30
    assert [due.key.place for due in room.classes.due()][2] == places[2]
    room.clock.now -= 3_600  # the clock is set back: nothing waits for an hour
    assert len(room.classes.due()) == 8


def test_the_verdict_comes_with_the_last_run_and_never_changes(room: Room) -> None:
    room.do(Step.OPEN, runs=8)
    (token,) = room.join(1)
    room.own(token)
    room.predict(token, 40)
    room.do(Step.START)
    with pytest.raises(NotNow, match="being trained"):
        room.classes.go(room.code, room.secret, 1, Place(0, Phase.RUNNING, 1))
    room.clock.now += 31
    last = room.classes.due()[-1]
    for one in room.classes.due()[:-1]:
        room.classes.ended(one.key, Outcome.FINISHED, 12.5 if room.runs[one.key.place]["arm"] == 0 else 97.0)
        assert room.wall["phase"] == Phase.RUNNING
        assert "reveal" not in room.wall
        assert "experiment" not in room.classes.student(room.code)
        assert "bets" not in room.wall["experiment"]
    room.classes.ended(last.key, Outcome.DIVERGED)
    view = room.wall
    assert view["phase"] == Phase.REVEALED
    arm = room.runs[last.key.place]["arm"]
    learned = "0 of 4" if arm == 0 else "3 of 4"
    assert learned in view["reveal"]["sentence"]
    assert sum(len(bets) for bets in view["experiment"]["bets"]) == 1
    assert [arm, None] in view["experiment"]["dots"]
    room.classes.ended(last.key, Outcome.FINISHED, 99.0)
    with pytest.raises(NotNow):
        room.do(Step.FINISH)
    assert room.wall == view
    assert room.classes.student(room.code)["reveal"] == view["reveal"]


def test_a_teacher_may_close_before_all_are_in_and_it_is_said(room: Room) -> None:
    room.do(Step.OPEN, runs=10)
    room.do(Step.START)
    room.end_all(but=1)
    late = room.classes.due()[0]
    room.do(Step.FINISH)
    sentence = room.wall["reveal"]["sentence"]
    assert "9 of 10 runs are in." in sentence
    room.classes.ended(late.key, Outcome.FINISHED, 10.0)
    assert room.wall["reveal"]["sentence"] == sentence
    assert not room.classes.due()
    (token,) = room.join(1)
    with pytest.raises(NotNow, match="over"):
        room.own(token)


def test_the_verdict_counts_who_learned_and_tests_exactly() -> None:
    none = Side("no norm", [10.0] * 6 + [None] + [95.0])
    bn = Side("BatchNorm", [97.0, 97.5, 98.0, 98.25, 98.5, 98.75, 99.0, 96.5])
    told = judge(none, bn, 16)
    assert told.sentence.startswith("Learned: no norm 1 of 8, BatchNorm 8 of 8. BatchNorm is ")
    assert told.sentence.endswith("points higher than no norm.")
    assert told.detail.endswith("no norm 0 to 53 %, BatchNorm 63 to 100 %. Difference: exact test, p < 0.001.")
    close = judge(Side("LayerNorm", bn.values[::-1]), bn, 20)
    assert "seeds differ by more" in close.sentence
    assert close.sentence.endswith("16 of 20 runs are in.")
    assert "p " not in close.detail
    assert judge(Side("a", []), bn, 8).sentence == "No verdict: no run of a is in."


def test_the_table_has_every_run_with_who_predicted_it(room: Room) -> None:
    room.do(Step.OPEN, runs=8)
    tokens = room.join(9)
    places = [room.own(token) for token in tokens]
    for token in tokens[1:]:
        room.predict(token, 90)
    room.do(Step.START)
    for token in tokens:
        room.own(token, train=True)
    room.end_all(97.5)
    rows = list(csv.DictReader(io.StringIO(room.classes.table(room.code, room.secret))))
    assert len(rows) == 8 + (places[8] != places[0])  # two may share one; who predicted nothing has no line
    assert {row["seed"] for row in rows} == {str(run["seed"]) for run in room.runs}
    for row in rows:
        run = next(run for run in room.runs if str(run["seed"]) == row["seed"])
        assert row["setting"] == EXPERIMENT.public["arms"][run["arm"]]["name"]
        assert row["accuracy"] == "97.5"
        if row["student"]:
            assert places[int(row["student"]) - 1] == run["place"]
            assert row["answer"] == "90.0"


def test_without_any_run_there_is_no_verdict(room: Room) -> None:
    room.do(Step.OPEN, runs=8)
    room.do(Step.START)
    room.do(Step.FINISH)
    assert room.wall["reveal"]["sentence"].startswith("No verdict")


def test_a_run_that_is_lost_is_trained_again_but_not_for_ever(room: Room) -> None:
    room.do(Step.OPEN, runs=8)
    room.do(Step.START)
    one = room.classes.due()[0]
    for _ in range(2):
        room.classes.ended(one.key, Outcome.LOST)
        assert one in room.classes.due()
    room.classes.ended(one.key, Outcome.LOST)
    assert one not in room.classes.due()
    room.end_all()
    assert "7 of 8 runs are in." in room.wall["reveal"]["sentence"]
    assert room.wall["experiment"]["lost"] == 1


def test_what_cannot_be_done_is_refused(room: Room) -> None:
    for count in (7, 6, 42, 0):
        with pytest.raises(NotNow, match="even number"):
            room.do(Step.OPEN, runs=count)
    token, idle = room.join(2)
    with pytest.raises(NotNow, match="not open"):
        room.own(token)
    room.do(Step.OPEN, runs=8)
    with pytest.raises(NotYours):
        room.own("forged")
    with pytest.raises(BadAnswer, match="no such experiment"):
        room.classes.own(room.code, token, 1)
    room.own(token)
    with pytest.raises(NotNow, match="somebody else"):  # who owns no run predicts nothing
        room.predict(idle, 90)
    for raw in (101, -1, "a", None, True, [50]):
        with pytest.raises(BadAnswer):
            room.predict(token, raw)
    room.do(Step.START)
    with pytest.raises(NotNow, match="too late"):
        room.predict(token, 97)
    for step in (Step.OPEN, Step.CLOSE, Step.REVEAL, Step.REOPEN, Step.AGAIN):
        with pytest.raises(NotNow):
            room.do(step, runs=8)
    room.classes.end(room.code, room.secret)
    assert not room.classes.due()
    with pytest.raises(ClassOver):
        room.own(token, train=True)


def test_an_experiment_is_added_to_a_class_that_is_open(room: Room) -> None:
    position = room.classes.add(room.code, room.secret, replace(EXPERIMENT, title="Another"))
    view = room.classes.console(room.code, room.secret)
    assert view["questions"][position]["title"] == "Another"
    with pytest.raises(NotYours):
        room.classes.add(room.code, "guessed", EXPERIMENT)


def test_runs_are_trained_also_after_the_process_was_lost(tmp_path: Path) -> None:
    """One conductor begins and is gone without a word; the next one, in another engine, ends what is due."""
    room, store = Room(tmp_path, time.time), Store(tmp_path)
    room.do(Step.OPEN, runs=8)
    (token,) = room.join(1)
    place = room.own(token)
    room.do(Step.START)
    room.own(token, train=True)
    engine = Engine(store, workers=1, threads=1)
    conductor = Conductor(room.classes, engine, store)
    until(lambda: room.wall["experiment"]["ended"] > 1)
    assert room.runs[place]["state"] == "finished"  # its owner's goes first
    assert len(room.runs[place]["curve"]) == 2
    assert len(engine._queue.waiting()) <= 2  # the lab's visitors find the queue all but empty
    conductor.close()
    engine.close()
    before = room.wall["experiment"]["dots"]
    assert room.wall["phase"] == Phase.RUNNING
    engine = Engine(store, workers=1, threads=1, is_here=lambda session: session.startswith(SESSION))
    conductor = Conductor(room.classes, engine, store)
    until(lambda: room.wall["phase"] == Phase.REVEALED)
    conductor.close()
    engine.close()
    assert all(dot in room.wall["experiment"]["dots"] for dot in before)
    assert len(room.wall["experiment"]["dots"]) == 8
    for run in room.runs:
        config = replace(CONFIGS[run["arm"]], seed=run["seed"])
        summary = store.ended(run_id(config))
        assert summary is not None
        assert summary.record is not None
        assert summary.record.test_accuracy is not None
        assert run["accuracy"] == pytest.approx(100 * summary.record.test_accuracy, abs=1e-3)
    room.classes.close()


def test_the_labs_visitors_keep_their_turns_and_a_finished_class_trains_nothing(tmp_path: Path) -> None:
    room, store = Room(tmp_path, time.time), Store(tmp_path)
    engine = Engine(store, workers=1, threads=1)
    conductor = Conductor(room.classes, engine, store)
    room.do(Step.OPEN, runs=40)
    room.do(Step.START)
    until(lambda: engine._queue.waiting())
    visitor = engine.request(SHORT, "visitor")
    assert engine._queue.waiting().index(visitor) <= 1  # forty runs wait, and the lab's visitor behind one of them
    room.do(Step.FINISH)
    until(lambda: engine._queue.waiting() in ([], [visitor]))
    assert not conductor.problem
    conductor.close()
    engine.close()
    room.classes.close()
