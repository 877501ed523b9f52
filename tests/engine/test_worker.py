"""What a worker does with a job, and how it is stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import Ended, Event, Snapshot, Started, Status, StepEnd
from normlab.settings import changed, flat
from normlab.store import AlreadyFinished, Store
from normlab.training import execute as executing
from normlab.training.execute import execute
from normlab.training.job import Stopper, work

QUICK = changed(RunConfig(), {"epochs": 1, "train_size": 64})
NAME = run_id(QUICK)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def job(config: RunConfig) -> dict[str, object]:
    return {"job": run_id(config), "config": json.loads(json.dumps(flat(config))), "threads": 1}


def never() -> bool:
    return False


def test_a_run_is_trained_into_its_folder_and_every_event_is_heard(store: Store) -> None:
    heard: list[Event] = []
    record = execute(QUICK, store, stop=never, on_event=heard.append)
    assert record is not None
    run = store.read(NAME)
    assert run is not None
    assert (run.status, run.record and run.record.attempt) == (Status.FINISHED, record.attempt)
    assert isinstance(heard[0], Started)
    assert isinstance(heard[-1], Ended)
    assert not any(isinstance(event, Snapshot) for event in heard)
    assert len(heard) == 2 + len(run.steps) + len(run.epochs)


def test_a_stopped_run_is_left_with_its_points(store: Store) -> None:
    heard: list[Event] = []
    assert execute(QUICK, store, stop=lambda: len(heard) == 3, on_event=heard.append) is None
    run = store.read(NAME)
    assert run is not None
    assert (run.status, len(run.steps)) == (Status.INTERRUPTED, 2)


def test_a_run_that_has_ended_is_trained_anew_only_if_wanted(store: Store) -> None:
    first = execute(QUICK, store, stop=never)
    with pytest.raises(AlreadyFinished):
        execute(QUICK, store, stop=never)
    second = execute(QUICK, store, stop=never, again=True)
    assert first is not None
    assert second is not None
    assert first.attempt != second.attempt
    assert first.test_accuracy == second.test_accuracy


def test_a_diverged_run_is_kept_as_such(store: Store) -> None:
    wild = changed(QUICK, {"lr": 10.0, "schedule": "constant", "l2": 0.5, "epochs": 60})
    record = execute(wild, store, stop=never)
    assert record is not None
    assert record.status is Status.DIVERGED
    run = store.read(run_id(wild))
    assert run is not None
    assert run.status is Status.DIVERGED
    assert run.steps


def test_a_worker_says_how_a_job_ended(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    assert work(job(QUICK), store, begun.append) == {"done": NAME, "status": "finished"}
    assert begun == [NAME]
    assert work(job(QUICK), store, begun.append) == {"done": NAME, "status": "finished"}
    other = changed(QUICK, {"seed": 1})
    with store.begin(other):
        assert work(job(other), store, begun.append) == {"busy": run_id(other)}
    store.request_stop(run_id(other))
    assert work(job(other), store, begun.append) == {"stopped": run_id(other)}
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "nothing"))
    mnist = changed(QUICK, {"dataset": Dataset.MNIST})
    answer = work(job(mnist), store, begun.append)
    assert answer["failed"] == run_id(mnist)
    assert "normlab fetch mnist" in str(answer["message"])
    answer = work({"job": "x", "config": {"dropout": 7}, "threads": 1}, store, begun.append)
    assert answer == {"failed": "x", "message": "dropout=7 must be a number from 0 to 0.9."}


def test_equal_numbers_of_threads_give_equal_histories_whatever_the_worker_did_before(tmp_path: Path) -> None:
    histories = []
    for place, threads in (("a", 1), ("b", 2), ("c", 1), ("d", 2)):
        store = Store(tmp_path / place)
        work({**job(QUICK), "threads": threads}, store, lambda name: None)
        run = store.read(NAME)
        assert run is not None
        assert run.record is not None
        assert run.record.threads == threads
        histories.append([(point.data_loss, point.accuracy) for point in run.steps])
    assert histories[0] == histories[2]
    assert histories[1] == histories[3]


def test_a_breakdown_is_told_and_the_worker_lives_on(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(executing, "iter_events", lambda config, splits: 1 / 0)
        answer = work(job(QUICK), store, lambda name: None)
    assert answer == {"failed": NAME, "message": "The training broke down (ZeroDivisionError: division by zero)."}
    assert "Traceback" in capsys.readouterr().err
    assert work(job(QUICK), store, lambda name: None)["done"] == NAME


POINT = StepEnd(1, 1, 0.1, 1.0, 0.0, 0.5, 0.1)


@pytest.mark.alone
def test_a_training_is_stopped_between_its_events_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(config: RunConfig, splits: object) -> object:
        yield Started(2, 1, 9_958, 1, "here", {})
        yield POINT
        store.request_stop(NAME)
        for _ in range(1_000):
            time.sleep(0.01)
        yield POINT

    monkeypatch.setattr(executing, "iter_events", slow)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as a worker does
    start = time.monotonic()
    assert work(job(QUICK), store, lambda name: None) == {"stopped": NAME}
    assert time.monotonic() - start < 1.0
    assert store.status(NAME) is Status.INTERRUPTED
    run = store.read(NAME)
    assert run is not None
    assert len(run.steps) == 1
    time.sleep(0.3)  # nothing interrupts what comes later


def test_after_the_last_event_nothing_is_interrupted() -> None:
    stopper = Stopper(lambda: True, begun=lambda: None)
    stopper.hear(Ended(Status.FINISHED))
    time.sleep(0.3)
    stopper = Stopper(lambda: True, begun=lambda: None)
    stopper.hear(POINT)
    assert stopper.stop()
    time.sleep(0.3)


def test_stray_prints_do_not_disturb_the_protocol() -> None:
    code = (
        "import os; from normlab.training.worker import _speaker; say = _speaker()\n"
        "print('a library prints'); os.write(1, b'so does its C part\\n'); say({'done': 'r'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == '{"done": "r"}\n'
    assert "a library prints" in done.stderr
    assert "so does its C part" in done.stderr


@pytest.mark.slow
def test_a_worker_works_until_its_input_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "normlab.training.worker", "--store", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"ready": process.pid}
        if hasattr(os, "getpriority"):
            assert os.getpriority(os.PRIO_PROCESS, process.pid) == min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)
        process.stdin.write(json.dumps(job(QUICK)) + "\n")
        process.stdin.flush()
        told = [json.loads(process.stdout.readline())]
        while "done" not in told[-1]:
            told.append(json.loads(process.stdout.readline()))
        beats = [message.pop("beat") for message in told if "beat" in message]
        assert [message for message in told if message] == [{"running": NAME}, {"done": NAME, "status": "finished"}]
        assert beats == sorted(beats)
        process.stdin.close()
        assert process.wait(5) == 0
    assert Store(tmp_path).status(NAME) is Status.FINISHED


AUTOGROUP = Path("/proc/self/autogroup")


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="only Linux weighs sessions against each other")
def test_a_worker_steps_back_behind_other_sessions_too() -> None:
    code = (
        "import os; from pathlib import Path; from normlab.training.worker import step_back; step_back();"
        "print(os.nice(0), Path('/proc/self/autogroup').read_text())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, start_new_session=True
    ).stdout
    own, _, _, session = told.split()
    assert (int(own), int(session)) == (os.nice(0) + 10, 10)
