"""What becomes of requests whose session or process is gone, and of runs that failed."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from queue_kit import CONFIG, ONE, Clock, MakeQueue, ask, let_pass, served

from normlab.engine.queue import Queue


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


def test_what_a_silent_process_left_is_taken_over(make: MakeQueue, clock: Clock) -> None:
    one, two = make(), make()
    ask(one, "a1 a2 a3")
    one.take()
    let_pass(9, clock, two)
    assert two.waiting() == ["a2", "a3"]
    let_pass(3, clock, two)
    place = two.place("a1")
    assert place is not None
    assert place.message == (
        "The process of the page that trained this run ended. The run starts again from the beginning."
    )
    assert served(two) == ["a1", "a2", "a3"], "in their turn"


def test_what_a_dead_process_left_waits_ten_minutes_for_its_sessions(make: MakeQueue, clock: Clock) -> None:
    one, two = make(), make()
    ask(one, "a1 a2")
    let_pass(590, clock, two)
    assert two.waiting() == ["a1", "a2"]
    place = two.place("a1", "the same page, connected again")
    assert place is not None
    assert place.requesters == 1
    let_pass(20, clock, two)
    assert two.waiting() == ["a1"], "only what somebody came back for"


def test_what_was_left_long_ago_is_not_taken_up(make: MakeQueue, clock: Clock) -> None:
    one = make()
    ask(one, "a1")
    one.take()
    clock.now += 86_400
    two = make()
    let_pass(12, clock, two)
    assert two.place("a1") is None


def test_a_run_that_two_processes_died_of_is_given_up(make: MakeQueue, clock: Clock) -> None:
    living = make()
    ask(living, "a1")
    for _ in range(2):
        make().take()
        let_pass(12, clock, living)
    place = living.place("a1")
    assert place is not None
    assert (place.state, place.message) == ("failed", "The process of the page that trained this run ended.")


def test_a_clock_that_jumps_or_a_machine_that_slept_makes_nobody_gone(make: MakeQueue, clock: Clock) -> None:
    one, two = make(), make()
    ask(one, "a1 a2")
    one.take()
    for _ in range(3):
        clock.now += 3_600
        two.beat(lambda session: True)
        one.beat(lambda session: True)
    one.begun("a1")
    assert two.waiting() == ["a2"]
    place = two.place("a1")
    assert place is not None
    assert (place.state, place.message, place.requesters) == ("running", "", 1)


def test_a_process_that_was_only_held_up_has_its_sessions_back(make: MakeQueue, clock: Clock) -> None:
    one, two = make(), make()
    ask(one, "a1")
    let_pass(60, clock, two)
    let_pass(700, clock, one, two)
    assert two.waiting() == ["a1"]


def test_a_run_whose_worker_dies_while_it_is_to_stop_is_not_tried_again(queue: Queue) -> None:
    ask(queue, "a1")
    queue.take()
    assert queue.withdraw("a1", "a")
    queue.died("a1", "It did not stop.")
    assert queue.place("a1") is None


@pytest.mark.skipif(os.name != "posix", reason="process ids tell nothing there")
def test_what_a_killed_process_left_is_taken_over_at_once(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from normlab.engine.queue import Queue\n"
        "from normlab.engine.capacity import Capacity\n"
        "queue = Queue(Path(sys.argv[1]), Capacity.here(1))\n"
        "queue.request('r', {}, 's'); queue.request('later', {}, 's'); queue.take(); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "queue.sqlite")], check=False)
    assert done.returncode == 9
    queue = Queue(tmp_path / "queue.sqlite", ONE)
    assert served(queue) == ["r", "later"]
    queue.close()


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
