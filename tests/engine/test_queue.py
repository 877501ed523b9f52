"""Who is served when, with a clock that the test turns."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from normlab.engine.capacity import Capacity
from normlab.engine.queue import Queue

CONFIG = {"seed": 1}
ONE = Capacity(workers=1, cores=2, threads=1)
MakeQueue = Callable[[], Queue]


class Clock:
    """Seconds that pass when the test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        self.now += 0.001  # two moments are never the same
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[MakeQueue]:
    """Opens the one queue as another process would."""
    queues: list[Queue] = []

    def open_queue() -> Queue:
        queues.append(Queue(tmp_path / "queue.sqlite", ONE, clock=clock))
        return queues[-1]

    yield open_queue
    for queue in queues:
        queue._database.close()


@pytest.fixture
def queue(make: MakeQueue) -> Queue:
    return make()


def ask(queue: Queue, text: str) -> None:
    """ "a1 a2 b1": session a asks for run a1, then a2, then session b for b1."""
    for run in text.split():
        queue.request(run, CONFIG, run[0])


def served(queue: Queue) -> list[str]:
    order = []
    while job := queue.take():
        order.append(job.run_id)
        queue.ended(job.run_id)
    return order


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


def test_a_waiting_run_leaves_the_queue_when_no_session_has_been_there_for_it_for_a_while(
    queue: Queue, clock: Clock
) -> None:
    ask(queue, "a1 a2")
    queue.request("a2", CONFIG, "b")
    queue.beat(lambda session: session != "a")
    clock.now += 15
    queue.beat(lambda session: session != "a")
    assert queue.waiting() == ["a1", "a2"], "a reloaded page or a broken connection has time to come back"
    clock.now += 6
    queue.beat(lambda session: session != "a")
    assert queue.waiting() == ["a2"], "b still shows it"


def test_a_session_that_comes_back_in_time_keeps_its_run(queue: Queue, clock: Clock) -> None:
    ask(queue, "a1")
    for _ in range(3):
        queue.beat(lambda session: False)
        clock.now += 15
        queue.beat(lambda session: True)
        clock.now += 15
    assert queue.waiting() == ["a1"]


def test_a_disconnect_never_ends_a_running_run(queue: Queue, clock: Clock) -> None:
    ask(queue, "a1")
    queue.take()
    queue.begun("a1")
    for _ in range(5):
        clock.now += 30
        queue.beat(lambda session: False)
    place = queue.place("a1")
    assert place is not None
    assert place.state == "running"
    assert queue.is_wanted("a1")


def test_a_reloaded_page_takes_over_its_request(queue: Queue) -> None:
    queue.request("r", CONFIG, "before")
    queue.take()
    queue.beat(lambda session: session != "before")
    place = queue.place("r", "after")
    assert place is not None
    assert place.requesters == 1
    assert queue.withdraw("r", "after")


def test_who_only_watches_is_no_requester_and_who_left_does_not_come_back_by_watching(queue: Queue) -> None:
    for session in ("a", "b"):
        queue.request("r", CONFIG, session)
    queue.take()
    queue.place("r", "watcher")
    queue.withdraw("r", "b")
    queue.beat(lambda session: session != "a")
    queue.place("r", "b")
    place = queue.place("r")
    assert place is not None
    assert place.requesters == 0
    assert queue.withdraw("r", "watcher")


def test_a_run_whose_worker_dies_is_tried_once_more(queue: Queue) -> None:
    ask(queue, "a1 a2")
    queue.take()
    queue.died("a1", "It ended.")
    assert queue.waiting() == ["a1", "a2"], "it does not lose its turn"
    again = queue.place("a1")
    assert again is not None
    assert again.message == "It ended. The run starts again from the beginning."
    queue.take()
    queue.died("a1", "It ended again.")
    place = queue.place("a1")
    assert place is not None
    assert (place.state, place.message) == ("failed", "It ended again.")
    assert queue.waiting() == ["a2"]


def test_a_failed_run_can_be_asked_for_again(queue: Queue) -> None:
    queue.request("r", CONFIG, "a")
    queue.take()
    queue.failed("r", "No data.")
    assert queue.take() is None
    queue.request("r", CONFIG, "a")
    place = queue.place("r")
    assert place is not None
    assert (place.state, place.message) == ("waiting", "")


def test_a_failure_is_forgotten_after_an_hour(queue: Queue, clock: Clock) -> None:
    queue.request("r", CONFIG, "a")
    queue.take()
    queue.failed("r", "No data.")
    clock.now += 3_000
    queue.beat(lambda session: True)
    assert queue.place("r") is not None
    clock.now += 1_000
    queue.beat(lambda session: True)
    assert queue.place("r") is None


def test_a_postponed_run_lets_others_pass(queue: Queue, clock: Clock) -> None:
    ask(queue, "a1 a2")
    queue.take()
    queue.postpone("a1", 5.0)
    job = queue.take()
    assert job is not None
    assert job.run_id == "a2"
    assert queue.take() is None
    clock.now += 6
    job = queue.take()
    assert job is not None
    assert job.run_id == "a1"


def test_a_process_that_leaves_takes_its_requests_along_and_hands_back_what_others_want(make: MakeQueue) -> None:
    one, two = make(), make()
    ask(one, "a1 a2")
    two.request("a1", CONFIG, "b")
    one.take()
    one.close()
    assert two.waiting() == ["a1"]
    assert two.place("a2") is None


def test_a_process_that_says_nothing_for_long_counts_as_gone(make: MakeQueue, clock: Clock) -> None:
    one, two = make(), make()
    ask(one, "a1 a2")
    two.request("a1", CONFIG, "b")
    one.take()
    clock.now += 9
    two.beat(lambda session: True)
    assert two.waiting() == ["a2"]
    clock.now += 2
    two.beat(lambda session: True)
    assert two.waiting() == ["a1"]
    assert two.place("a2") is None


@pytest.mark.skipif(os.name != "posix", reason="process ids tell nothing there")
def test_a_killed_process_is_cleared_up_after_at_once(tmp_path: Path, make: MakeQueue) -> None:
    code = (
        "import os, sys; from pathlib import Path; from normlab.engine.queue import Queue\n"
        "from normlab.engine.capacity import Capacity\n"
        "queue = Queue(Path(sys.argv[1]), Capacity.here(1))\n"
        "queue.request('r', {}, 's'); queue.take(); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "queue.sqlite")], check=False)
    assert done.returncode == 9
    assert make().place("r") is None


def test_a_damaged_queue_is_started_anew_and_kept_aside(tmp_path: Path, make: MakeQueue) -> None:
    (tmp_path / "queue.sqlite").write_bytes(b"no database" * 1_000)
    queue = make()
    ask(queue, "a1")
    assert queue.waiting() == ["a1"]
    assert (tmp_path / "queue.damaged").is_file()


def test_a_queue_from_another_version_is_started_anew(tmp_path: Path, make: MakeQueue) -> None:
    connection = sqlite3.connect(tmp_path / "queue.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()
    ask(make(), "a1")


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
