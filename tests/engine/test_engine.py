"""The engine with real worker processes on `digits`."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from engine_kit import LONG, SHORT, epochs, until
from store_kit import SMALL, write

from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.engine import Engine, EngineProblem, Ticket
from normlab.engine.engine import estimate
from normlab.engine.environment import megabytes_wanted, scheduler_wanted, workers_wanted
from normlab.engine.local import LocalPool
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Store]]:
    """An engine with one warm worker."""
    store = Store(tmp_path_factory.mktemp("runs"))
    engine = Engine(store, workers=1)
    yield engine, store
    engine.close()


@pytest.fixture
def engine(shared: tuple[Engine, Store]) -> Engine:
    return shared[0]


@pytest.fixture
def store(shared: tuple[Engine, Store]) -> Store:
    return shared[1]


def is_running(engine: Engine, name: str) -> bool:
    ticket = engine.ticket(name)
    return ticket is not None and ticket.state == "running"


@pytest.mark.slow
def test_a_requested_run_is_trained_into_the_store(engine: Engine, store: Store) -> None:
    name = engine.request(SHORT, "a")
    assert name == run_id(SHORT)
    first = engine.ticket(name, "a")
    assert isinstance(first, Ticket)
    assert first.state in ("waiting", "starting", "running")
    until(lambda: engine.ticket(name) is None)
    run = store.read(name)
    assert run is not None
    assert run.status is Status.FINISHED
    assert [end.epoch for end in run.epochs] == [1, 2]
    assert len(run.snapshot_epochs()) >= 2
    assert engine.request(SHORT, "b") == name
    assert engine.ticket(name) is None, "what has ended is not trained again"


@pytest.mark.slow
@pytest.mark.alone
def test_ten_seconds_after_a_first_start_a_run_begins_soon(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kernels"))
    with closing(Engine(store, workers=2)) as engine:
        time.sleep(10)
        cold, warm = (_wait(engine, store, changed(SHORT, {"seed": seed})) for seed in (21, 22))
    assert cold - warm <= 6


def _wait(engine: Engine, store: Store, config: RunConfig) -> float:
    """Seconds from the request to the first epoch."""
    name = engine.request(config, "a")
    return until(lambda: epochs(store, name))


@pytest.mark.slow
@pytest.mark.alone
def test_two_sessions_share_a_run_and_the_last_withdrawal_stops_it(engine: Engine, store: Store) -> None:
    name = engine.request(LONG, "a")
    assert engine.request(LONG, "b") == name
    until(lambda: len(epochs(store, name)) >= 1)
    ticket = engine.ticket(name, "a")
    assert ticket is not None
    assert (ticket.state, ticket.requesters, ticket.position) == ("running", 2, 0)
    engine.withdraw(name, "a")
    done = len(epochs(store, name))
    until(lambda: len(epochs(store, name)) > done)
    assert is_running(engine, name), "b still wants it"
    engine.withdraw(name, "b")
    assert until(lambda: store.status(name) is Status.INTERRUPTED) < 3
    until(lambda: engine.ticket(name) is None)
    assert len(epochs(store, name)) >= 1
    lines = (store.root / name / "events.jsonl").read_text().splitlines()
    attempts = {json.loads(line)["attempt"] for line in lines}
    assert len(attempts) == 1


@pytest.mark.slow
def test_stop_stops_a_run_where_nothing_can_be_written_unless_others_want_it(engine: Engine, store: Store) -> None:
    name = engine.request(changed(LONG, {"seed": 8}), "a")
    engine.request(changed(LONG, {"seed": 8}), "b")
    until(lambda: len(epochs(store, name)) >= 1)
    with read_only(engine), pytest.raises(EngineProblem, match="cannot be written"):
        engine.withdraw(name, "a")
    engine.withdraw(name, "b")
    with read_only(engine):
        engine.withdraw(name, "a")
        assert until(lambda: store.status(name) is Status.INTERRUPTED) < 10
        assert not store.stop_requested(name), "the worker was told past the store"
    until(lambda: engine.ticket(name) is None)
    assert store.status(name) is Status.INTERRUPTED, "it does not start again when there is space"


@pytest.mark.slow
def test_a_clock_that_is_set_makes_no_estimate_absurd(
    engine: Engine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, changed(SHORT, {"seed": 20}))
    config = changed(LONG, {"batch_size": 32})  # as the known run, whose pace is taken: small batches are slower
    first, second = (engine.request(changed(config, {"seed": seed}), "a") for seed in (21, 22))
    until(lambda: is_running(engine, first))
    whole = engine.estimate(config)
    assert whole is not None
    for years in (-10, 10):
        monkeypatch.setattr(engine._queue, "clock", lambda years=years: time.time() + years * 365 * 86_400)
        ticket = engine.ticket(second, "a")
        assert ticket is not None
        assert ticket.wait_seconds is not None
        assert 0 <= ticket.wait_seconds <= whole
    monkeypatch.undo()
    for name in (second, first):
        engine.withdraw(name, "a")
        until(lambda name=name: engine.ticket(name) is None)


@contextmanager
def read_only(engine: Engine) -> Iterator[None]:
    """The queue, as it is where the store's disk has become read-only."""
    connection = engine._queue._database._connection
    connection.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        connection.execute("PRAGMA query_only = OFF")


@pytest.mark.slow
def test_waiting_runs_have_positions_and_can_be_withdrawn(engine: Engine, store: Store) -> None:
    running = engine.request(changed(LONG, {"seed": 1}), "a")
    until(lambda: is_running(engine, running))
    second = engine.request(changed(SHORT, {"seed": 2}), "a")
    third = engine.request(changed(SHORT, {"seed": 3}), "a")
    tickets = [engine.ticket(name) for name in (second, third)]
    assert [ticket and (ticket.state, ticket.position) for ticket in tickets] == [("waiting", 1), ("waiting", 2)]
    engine.withdraw(second, "a")
    assert engine.ticket(second) is None
    assert store.status(second) is None
    moved_up = engine.ticket(third)
    assert moved_up is not None
    assert moved_up.position == 1
    engine.withdraw(running, "a")
    until(lambda: store.status(third) is Status.FINISHED)


@pytest.mark.slow
def test_an_interrupted_run_starts_from_the_beginning(engine: Engine, store: Store) -> None:
    config = changed(LONG, {"seed": 4})
    name = engine.request(config, "a")
    until(lambda: len(epochs(store, name)) >= 2)
    engine.withdraw(name, "a")
    until(lambda: engine.ticket(name) is None)
    engine.request(config, "a")
    until(lambda: is_running(engine, name))
    until(lambda: len(epochs(store, name)) >= 1)
    run = store.read(name)
    assert run is not None
    assert run.epochs[0].epoch == 1
    assert [point.step for point in run.steps] == sorted({point.step for point in run.steps}), "no point twice"
    engine.withdraw(name, "a")
    until(lambda: engine.ticket(name) is None)


@pytest.mark.slow
def test_a_missing_data_set_fails_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "nothing"))
    store = Store(tmp_path / "runs")
    engine = Engine(store, workers=1)
    try:
        name = engine.request(changed(SHORT, {"dataset": Dataset.MNIST, "train_size": 500}), "a")
        until(lambda: (ticket := engine.ticket(name)) is not None and ticket.state == "failed")
        ticket = engine.ticket(name)
        assert ticket is not None
        assert "normlab fetch mnist" in ticket.message
        assert store.status(name) is None
    finally:
        engine.close()


@pytest.mark.slow
def test_two_page_processes_on_one_store_train_a_run_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    one, two = Engine(store, workers=1), Engine(store, workers=1)
    try:
        name = one.request(changed(SHORT, {"epochs": 40}), "a")
        assert two.request(changed(SHORT, {"epochs": 40}), "b") == name
        until(lambda: is_running(two, name))
        ticket = one.ticket(name)
        assert ticket is not None
        assert ticket.requesters == 2
        one.withdraw(name, "a")
        until(lambda: store.status(name) is Status.FINISHED)
        until(lambda: two.ticket(name) is None)
        assert [end.epoch for end in epochs(store, name)] == list(range(1, 41))
    finally:
        one.close()
        two.close()


@pytest.mark.slow
def test_closing_ends_the_workers(tmp_path: Path) -> None:
    engine = Engine(Store(tmp_path), workers=2)
    until(lambda: len(engine.worker_pids()) == 2)
    engine.close()
    engine.close()
    assert engine.worker_pids() == []


def test_workers_that_cannot_start_fail_the_waiting_runs_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("normlab.engine.slot._PAUSE_SECONDS", 0.01)
    made: list[LocalPool] = []

    def broken(root: Path, *, workers: int) -> LocalPool:
        pool = LocalPool(root, workers=workers)
        for slot in pool._slots:
            slot._command[:] = [sys.executable, "-c", "raise SystemExit('torch does not fit')"]
        made.append(pool)
        return pool

    monkeypatch.setattr("normlab.engine.engine.LocalPool", broken)
    engine = Engine(Store(tmp_path), workers=1)
    try:
        name = engine.request(SHORT, "a")
        until(lambda: (ticket := engine.ticket(name)) is not None and ticket.state == "failed", 20)
        ticket = engine.ticket(name)
        assert ticket is not None
        assert ticket.message.startswith("No training process can be started")
        assert "torch does not fit" in ticket.message
    finally:
        engine.close()


def test_without_workers_nothing_is_trained(tmp_path: Path) -> None:
    engine = Engine(Store(tmp_path), workers=0)
    with pytest.raises(EngineProblem, match=r"Live training is turned off here"):
        engine.request(SHORT, "a")
    assert engine.ticket(run_id(SHORT), "a") is None
    engine.withdraw(run_id(SHORT), "a")
    assert engine.worker_pids() == []
    assert list(tmp_path.iterdir()) == []
    engine.close()


@pytest.mark.parametrize("text", ["0.5", "99", "-1", "much", "٣٣٣", "9" * 40])
def test_a_memory_limit_is_a_number_of_megabytes(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_WORKER_MB", text)
    with pytest.raises(EngineProblem, match=f"NORMLAB_WORKER_MB={text} must be a whole number from 100"):
        Engine(Store(tmp_path), workers=1)
    monkeypatch.setenv("NORMLAB_WORKER_MB", " 400 ")
    assert megabytes_wanted() == 400


@pytest.mark.parametrize("text", ["localhost", "http://a:1", "tcp://a", "tcp://a:b"])
def test_a_scheduler_has_an_address(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_SCHEDULER", text)
    with pytest.raises(EngineProblem, match="must be an address like"):
        Engine(Store(tmp_path), workers=1)
    monkeypatch.setenv("NORMLAB_SCHEDULER", " tcp://10.0.0.1:8786 ")
    assert scheduler_wanted() == "tcp://10.0.0.1:8786"


def test_the_number_of_workers_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NORMLAB_WORKERS", raising=False)
    assert workers_wanted() == 1
    for text, number in (("0", 0), (" 3 ", 3), ("", 1), ("３", 3)):
        monkeypatch.setenv("NORMLAB_WORKERS", text)
        assert workers_wanted() == number
    for text in ("-1", "two", "1.5", "65"):
        monkeypatch.setenv("NORMLAB_WORKERS", text)
        with pytest.raises(EngineProblem, match=f"NORMLAB_WORKERS={text} must be a whole number from 0 to 64"):
            workers_wanted()


def test_a_queue_that_cannot_be_kept_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(EngineProblem, match="cannot be written"):
        Engine(Store(tmp_path / "file"), workers=1)


def test_durations_are_in_proportion_to_finished_runs_of_this_machine(tmp_path: Path) -> None:
    shelf = Store(tmp_path / "shipped")
    write(shelf, changed(SMALL, {"seed": 8}))
    store = Store(tmp_path / "runs", shelf.root)
    assert estimate(SMALL, []) is None
    shipped = store.list()
    (record,) = (run.record for run in shipped)
    assert record is not None
    assert estimate(changed(SMALL, {"epochs": 6}), shipped) == pytest.approx(2 * record.seconds)
    write(store, changed(SMALL, {"train_size": 100}))
    work = {size: size + (size + 800 + 200) / 3 for size in (797, 100)}  # and the test and the validation images
    own = estimate(SMALL, store.list())
    assert own == pytest.approx(record.seconds * work[797] / work[100]), "what ships was made on another machine"
    assert estimate(changed(RunConfig(), {"dataset": "mnist"}), store.list()) is None


@pytest.mark.slow
def test_a_download_tells_its_progress_or_why_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_DATA", str(tmp_path / "data"))
    engine = Engine(Store(tmp_path / "runs"), workers=0)
    assert engine.fetch_status(Dataset.DIGITS) is None
    engine.fetch(Dataset.DIGITS)
    until(lambda: (status := engine.fetch_status(Dataset.DIGITS)) is not None and status.state == "done")
    monkeypatch.setenv("NORMLAB_DATA", "/dev/null/nowhere")
    engine.fetch(Dataset.MNIST)
    engine.fetch(Dataset.MNIST)
    until(lambda: (status := engine.fetch_status(Dataset.MNIST)) is not None and status.state == "failed")
    status = engine.fetch_status(Dataset.MNIST)
    assert status is not None
    assert "/dev/null/nowhere" in status.message
    engine.close()
