"""The engine on a Dask cluster: a scheduler and two workers of their own on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_kit import LONG, SHORT, epochs, message, state, until

from normlab.engine import Engine
from normlab.engine.cluster import cluster_size
from normlab.engine.sweep import carry_out
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="kills by signal and reads /proc"),
]


class Cluster:
    """Processes that the test starts, and ends by their ids."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._folder = folder
        self.scheduler = self.start_scheduler()
        self.workers = [self.start_worker() for _ in range(2)]

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        with (self._folder / "dask.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    def start_scheduler(self) -> "subprocess.Popen[bytes]":
        where = ("--host", "127.0.0.1", "--port", str(self.port))
        return self._start("scheduler", *where, "--no-dashboard")

    def start_worker(self) -> "subprocess.Popen[bytes]":
        limits = ("--nthreads", "1", "--memory-limit", "0", "--death-timeout", "60")
        limits += ("--local-directory", str(self._folder))
        return self._start("worker", self.address, "--host", "127.0.0.1", *limits, "--no-dashboard")

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.terminate()
        for process in (*self.workers, self.scheduler):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The module's, with two workers: a test may have killed some."""
    monkeypatch.setenv("NORMLAB_SCHEDULER", shared_cluster.address)
    two = (True, f"2 at a time on the Dask cluster at {shared_cluster.address}")
    until(lambda: cluster_size(shared_cluster.address) == two)
    return shared_cluster


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.fixture
def engine(cluster: Cluster, store: Store) -> Iterator[Engine]:
    engine = Engine(store)
    yield engine
    engine.close()


def trainer(store: Store, name: str) -> int:
    """The process that holds the run's claim."""
    claim = max((store.root / name).glob("claim-*"))
    until(claim.read_text)  # it is there a moment before its content
    return int(json.loads(claim.read_text())["pid"])


def test_runs_are_placed_on_the_workers_watched_and_stopped(engine: Engine, store: Store) -> None:
    until(lambda: engine.size() == 2)
    short = [engine.request(changed(SHORT, {"seed": seed}), "a") for seed in range(3)]
    until(lambda: all(store.status(name) is Status.FINISHED for name in short))
    until(lambda: not any(state(engine, name) for name in short))
    one, two = (engine.request(changed(LONG, {"seed": seed}), "a") for seed in (7, 8))
    until(lambda: state(engine, one) == state(engine, two) == "running")
    until(lambda: epochs(store, one) and epochs(store, two))
    assert trainer(store, one) != trainer(store, two)
    assert len({trainer(store, one), trainer(store, two), os.getpid()}) == 3
    run = store.read(one)
    assert run is not None
    assert run.started is not None
    assert run.started.threads == 1
    engine.withdraw(one, "a")
    until(lambda: not state(engine, one))
    assert store.status(one) is Status.INTERRUPTED
    assert state(engine, two) == "running"
    engine.withdraw(two, "a")
    until(lambda: not state(engine, two))


def test_a_sweep_uses_the_cluster_and_the_doctor_sees_it(cluster: Cluster, store: Store) -> None:
    assert cluster_size(cluster.address) == (True, f"2 at a time on the Dask cluster at {cluster.address}")
    outcomes = list(carry_out([changed(SHORT, {"seed": seed}) for seed in range(3)], store))
    assert [outcome.status for outcome in outcomes] == [Status.FINISHED] * 3
    assert not any(outcome.is_reused for outcome in outcomes)


def test_a_run_whose_worker_dies_starts_again_and_shows_no_point_twice(engine: Engine, store: Store) -> None:
    config = changed(LONG, {"epochs": 12, "batch_size": 8})
    name = engine.request(config, "a")
    until(lambda: len(epochs(store, name)) >= 2)
    os.kill(trainer(store, name), signal.SIGKILL)
    until(lambda: store.status(name) is Status.FINISHED)
    run = store.read(name)
    assert run is not None
    assert [end.epoch for end in run.epochs] == list(range(1, 13))
    assert [point.step for point in run.steps] == sorted({point.step for point in run.steps})


def test_a_run_that_ends_its_worker_twice_is_given_up(engine: Engine, store: Store) -> None:
    name = engine.request(LONG, "a")
    until(lambda: epochs(store, name))
    first = trainer(store, name)
    os.kill(first, signal.SIGKILL)
    until(lambda: epochs(store, name) and trainer(store, name) != first)
    os.kill(trainer(store, name), signal.SIGKILL)
    until(lambda: state(engine, name) == "failed")
    assert "given up" in message(engine, name)
    other = engine.request(SHORT, "b")
    until(lambda: store.status(other) is Status.FINISHED)


@pytest.mark.alone
def test_a_lost_scheduler_is_said_and_its_runs_go_on_when_it_is_back(
    cluster: Cluster, engine: Engine, store: Store
) -> None:
    name = engine.request(LONG, "a")
    until(lambda: epochs(store, name))
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    assert until(lambda: engine.problem()) < 5
    waiting = engine.request(SHORT, "b")
    assert "does not answer" in message(engine, waiting)
    until(lambda: state(engine, name) in ("waiting", "running"))
    engine.withdraw(name, "a")
    until(lambda: not state(engine, name), 30)
    for worker in cluster.workers:  # Dask's workers end with their scheduler
        worker.terminate()
        worker.wait(30)
    cluster.scheduler = cluster.start_scheduler()
    cluster.workers = [cluster.start_worker() for _ in range(2)]
    until(lambda: store.status(waiting) is Status.FINISHED)
    assert not engine.problem()


def test_a_cluster_that_does_not_share_the_store_is_told_in_a_sentence(tmp_path: Path) -> None:
    from normlab.training.job import work_elsewhere

    answer = work_elsewhere({"job": run_id(SHORT), "config": {}, "threads": 1}, tmp_path / "elsewhere")
    assert answer["failed"] == run_id(SHORT)
    assert "mount the same folder there" in str(answer["message"])


def test_without_a_scheduler_the_page_says_so_and_does_not_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORMLAB_SCHEDULER", "tcp://127.0.0.1:9")
    engine = Engine(Store(tmp_path))
    try:
        name = engine.request(SHORT, "a")
        until(lambda: "does not answer" in message(engine, name), 10)
    finally:
        engine.close()
