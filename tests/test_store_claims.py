"""One process trains a run; when it is gone, another may."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_kit import SMALL, told, write

from normlab.identity import run_id
from normlab.record import Started, Status, StepEnd
from normlab.store import AlreadyClaimed, Store, StoreProblem
from normlab.store import claim as claims

NAME = run_id(SMALL)
TESTS = Path(__file__).parent
HOLD = f"""
import sys, time
sys.path.insert(0, {str(TESTS)!r})
from store_kit import SMALL, told
from normlab.store import Store
from pathlib import Path
attempt = Store(Path(sys.argv[1])).begin(SMALL)
for event in told(epochs=1):
    attempt.append(event)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def holder(store: Store) -> Iterator["subprocess.Popen[str]"]:
    """Another process in the middle of the run."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(store.root)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def age(store: Store, seconds: float) -> None:
    (path,) = (store.root / NAME).glob("claim-*")
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_run_has_one_attempt_at_a_time(store: Store) -> None:
    with store.begin(SMALL) as attempt:
        attempt.append(told()[0])
        with pytest.raises(AlreadyClaimed, match="being trained by another process"):
            store.begin(SMALL)
    with store.begin(SMALL):
        pass


@pytest.mark.slow
def test_another_process_holds_the_run_until_it_is_killed(store: Store, holder: "subprocess.Popen[str]") -> None:
    assert store.status(NAME) is Status.RUNNING
    with pytest.raises(AlreadyClaimed):
        store.begin(SMALL)
    run = store.read(NAME)
    assert run is not None
    assert run.status is Status.RUNNING
    holder.kill()
    holder.wait()
    assert store.status(NAME) is Status.INTERRUPTED
    run = store.read(NAME)
    assert run is not None
    assert (run.status, len(run.epochs)) == (Status.INTERRUPTED, 1)
    write(store)
    assert store.status(NAME) is Status.FINISHED
    assert sorted(path.name for path in (store.root / NAME).glob("claim*")) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="stops a process by signal")
def test_a_process_that_no_longer_beats_has_lost_the_run(
    store: Store, holder: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    holder.send_signal(signal.SIGSTOP)
    age(store, 9.0)
    assert store.status(NAME) is Status.RUNNING
    age(store, 11.0)
    assert store.status(NAME) is Status.INTERRUPTED
    with store.begin(SMALL) as attempt:
        attempt.append(told()[0])
        assert store.status(NAME) is Status.RUNNING


def test_the_heart_beats(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT_SECONDS", 0.02)
    with store.begin(SMALL) as attempt:
        attempt.append(told()[0])
        age(store, 100.0)
        end = time.monotonic() + 2
        while store.status(NAME) is not Status.RUNNING and time.monotonic() < end:
            time.sleep(0.01)
        assert store.status(NAME) is Status.RUNNING


def test_a_store_that_was_deleted_is_called_deleted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT_SECONDS", 0.05)
    with store.begin(SMALL) as attempt:
        attempt.append(told()[0])
        shutil.rmtree(store.root)
        attempt._claim._thread.join(timeout=20)
        with pytest.raises(StoreProblem, match="was deleted while its run was trained"):
            attempt.append(next(event for event in told() if isinstance(event, StepEnd)))


def test_whoever_lost_the_run_writes_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT_SECONDS", 0.05)
    with store.begin(SMALL) as first:
        first.append(told()[0])
        monkeypatch.setattr(claims, "STALE_SECONDS", -1.0)
        with store.begin(SMALL) as second:
            monkeypatch.setattr(claims, "STALE_SECONDS", 10.0)
            end = time.monotonic() + 2
            while not first._claim.lost and time.monotonic() < end:
                time.sleep(0.01)
            with pytest.raises(StoreProblem, match="Another process has taken over"):
                first.append(told()[0])
            second.append(told()[0])
            assert store.status(NAME) is Status.RUNNING
    assert store.status(NAME) is Status.INTERRUPTED


def test_of_many_who_want_a_stale_run_one_gets_it(store: Store) -> None:
    folder = store.root / NAME
    folder.mkdir(parents=True)
    for _ in range(10):
        (folder / "claim-7").write_text('{"host": "elsewhere", "pid": 1, "attempt": "old"}')
        then = time.time() - 100
        os.utime(folder / "claim-7", (then, then))
        won: list[object] = []
        start = threading.Barrier(8)

        def want(start: threading.Barrier = start, won: list[object] = won) -> None:
            start.wait()
            try:
                won.append(claims.Claim(folder, "new"))
            except AlreadyClaimed:
                return

        threads = [threading.Thread(target=want) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        (winner,) = won
        assert isinstance(winner, claims.Claim)
        winner.release()
        assert list(folder.iterdir()) == []


def test_a_claim_that_is_just_being_written_counts(store: Store) -> None:
    folder = store.root / NAME
    folder.mkdir(parents=True)
    (folder / "claim-1").touch()
    assert store.status(NAME) is Status.RUNNING
    with pytest.raises(AlreadyClaimed):
        store.begin(SMALL)
    age(store, 11.0)
    with store.begin(SMALL) as attempt:
        assert isinstance(told()[0], Started)
        attempt.append(told()[0])


def test_a_claim_of_another_machine_lives_by_its_age(store: Store) -> None:
    folder = store.root / NAME
    folder.mkdir(parents=True)
    (folder / "claim-1").write_text('{"host": "elsewhere", "pid": 999999999, "attempt": "a"}')
    assert store.status(NAME) is Status.RUNNING
    age(store, 11.0)
    assert store.status(NAME) is None
