"""Who is served when, with a clock that the test turns."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from queue_kit import CONFIG, ONE, Clock, MakeQueue, ask, served

from normlab.engine.capacity import Capacity
from normlab.engine.queue import Queue


def test_one_session_is_served_in_its_order(queue: Queue) -> None:
    ask(queue, "a1 a2 a3")
    assert queue.waiting() == ["a1", "a2", "a3"]
    assert served(queue) == ["a1", "a2", "a3"]


def test_sessions_take_turns(queue: Queue) -> None:
    ask(queue, "a1 a2 a3 a4 b1 b2 c1")
    assert served(queue) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_a_newcomer_neither_waits_behind_a_list_nor_overtakes_the_next(queue: Queue) -> None:
    ask(queue, "a1 a2 a3 a4 b1 b2 b3")
    first = [queue.take() for _ in range(4)]
    assert [job.run_id for job in first if job] == ["a1", "b1", "a2", "b2"]
    ask(queue, "c1 c2")
    assert served(queue) == ["a3", "b3", "c1", "a4", "c2"]


def test_no_session_starves(queue: Queue) -> None:
    ask(queue, "z1")
    for number in range(30):
        ask(queue, f"a{number}")
    assert served(queue).index("z1") == 0
    ask(queue, " ".join(f"b{number}" for number in range(5)) + " y1")
    assert served(queue).index("y1") == 1


def test_a_job_carries_its_configuration(queue: Queue) -> None:
    queue.request("r", {"norms": ("bn", "gn"), "dropout": 0.05}, "a")
    job = queue.take()
    assert job is not None
    assert job.config == {"norms": ["bn", "gn"], "dropout": 0.05}
    assert queue.take() is None


def test_equal_requests_share_one_run_with_the_earlier_turn(make: MakeQueue) -> None:
    one, two = make(), make()
    ask(one, "a1 a2 a3")
    two.request("a3", CONFIG, "b")
    two.request("a3", CONFIG, "b")
    place = one.place("a3")
    assert place is not None
    assert place.requesters == 2
    assert two.waiting() == ["a1", "a3", "a2"]
    assert served(two) == ["a1", "a3", "a2"]
    assert served(one) == []


def test_two_processes_never_take_the_same_run(make: MakeQueue) -> None:
    one, two = make(), make()
    ask(one, "a1 a2")
    first, second = one.take(), two.take()
    assert first is not None
    assert second is not None
    assert {first.run_id, second.run_id} == {"a1", "a2"}


def test_positions_and_what_is_ahead(queue: Queue, clock: Clock) -> None:
    ask(queue, "a1 a2 a3")
    queue.take()
    queue.begun("a1")
    places = [queue.place(name) for name in ("a1", "a2", "a3", "a4")]
    assert [place and (place.state, place.position) for place in places] == [
        ("running", 0),
        ("waiting", 1),
        ("waiting", 2),
        None,
    ]
    last = places[2]
    assert last is not None
    assert [run.since is None for run in last.ahead] == [False, True]
    assert last.workers == 1


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_is_set_holds_no_postponed_run_back(queue: Queue, clock: Clock, years: int) -> None:
    clock.now = 1e9
    ask(queue, "a1")
    queue.take()
    queue.postpone("a1", 1.0)
    assert queue.take() is None
    clock.now += years * 365 * 86_400
    assert served(queue) == ["a1"]


def test_the_last_withdrawal_of_a_waiting_run_removes_it(queue: Queue) -> None:
    queue.request("r", CONFIG, "a")
    queue.request("r", CONFIG, "b")
    assert not queue.withdraw("r", "a")
    assert queue.waiting() == ["r"]
    assert not queue.withdraw("r", "b")
    assert queue.place("r") is None
    assert not queue.withdraw("r", "b"), "there is nothing to withdraw"


def test_the_last_withdrawal_of_a_running_run_asks_to_stop_it(queue: Queue) -> None:
    queue.request("r", CONFIG, "a")
    queue.request("r", CONFIG, "b")
    queue.take()
    queue.begun("r")
    assert not queue.withdraw("r", "a")
    assert queue.withdraw("r", "b")
    assert not queue.is_wanted("r")
    queue.stopped("r")
    assert queue.place("r") is None


def test_a_run_that_is_wanted_again_before_it_has_stopped_waits_anew(queue: Queue) -> None:
    queue.request("r", CONFIG, "a")
    queue.take()
    assert queue.withdraw("r", "a")
    queue.request("r", CONFIG, "a")
    queue.stopped("r")
    assert queue.waiting() == ["r"]


def test_who_is_gone_keeps_no_run_from_being_stopped(queue: Queue) -> None:
    queue.request("r", CONFIG, "gone")
    queue.request("r", CONFIG, "b")
    queue.take()
    queue.beat(lambda session: session != "gone")
    place = queue.place("r")
    assert place is not None
    assert place.requesters == 1
    assert queue.withdraw("r", "b")


def test_a_lone_run_has_all_cores_and_the_next_one_waits_for_them(tmp_path: Path, clock: Clock) -> None:
    queue = Queue(tmp_path / "two.sqlite", Capacity(workers=2, cores=2), clock=clock)
    ask(queue, "a1")
    lone = queue.take()
    assert lone is not None
    assert lone.threads == 2
    ask(queue, "b1 c1")
    assert queue.take() is None
    place = queue.place("b1")
    assert place is not None
    assert (place.state, place.has_cores) == ("waiting", False)
    queue.ended("a1")
    assert [job.threads for job in (queue.take(), queue.take()) if job] == [1, 1]
    queue._database.close()


@pytest.mark.parametrize("how", ["garbage", "empty", "another", "gone", "cut"])
def test_an_overwritten_file_costs_places_and_nothing_else(tmp_path: Path, how: str) -> None:
    path = tmp_path / "queue.sqlite"
    queue, other = (Queue(path, ONE) for _ in range(2))
    queue.request("one", {}, "session")
    with closing(sqlite3.connect(path)) as keeper:
        keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    match how:
        case "garbage":
            path.write_bytes(b"no database at all " * 5_000)
        case "empty":
            path.write_bytes(b"")
        case "another":
            path.unlink()
            with closing(sqlite3.connect(path)) as foreign:
                foreign.execute("CREATE TABLE foreign_one (a)")
        case "gone":
            path.unlink()
        case "cut":
            path.write_bytes(path.read_bytes()[:5_000])
    for each in (queue, other):
        each.place("one", "session")
        each.beat(lambda session: True)
    queue.request("two", {}, "session")
    assert "two" in other.waiting()
    queue.close()
    other.close()
