"""What happens when something dies or is full: real processes are killed, real limits are reached."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from engine_kit import LONG, SHORT, epochs, is_alive, message, state, until

from normlab.engine import Engine, EngineProblem
from normlab.engine.local import LocalPool
from normlab.engine.silence import Deadlines
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform != "linux", reason="kills by signal, reads /proc, sets limits"),
]

KILLER, HOARDER = 666, 667
"""The seeds that hurt a faulty worker."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.fixture
def start(store: Store) -> Iterator[Callable[..., Engine]]:
    """Makes engines that are closed after the test."""
    engines: list[Engine] = []

    def make(**options: int) -> Engine:
        engines.append(Engine(store, **{"workers": 1, **options}))  # type: ignore[arg-type]
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that some seeds hurt."""

    def pool(root: Path, *, workers: int) -> LocalPool:
        made = LocalPool(root, workers=workers)
        made._slots[0]._command[1:3] = [str(Path(__file__).with_name("faulty_worker.py"))]  # all slots share it
        return made

    monkeypatch.setattr("normlab.engine.engine.LocalPool", pool)


def attempts(store: Store, name: str) -> int:
    """How many have told something."""
    lines = (store.root / name / "events.jsonl").read_text().splitlines()
    return len({json.loads(line)["attempt"] for line in lines})


def assert_told_once(store: Store, name: str, number: int) -> None:
    run = store.read(name)
    assert run is not None
    assert run.status is Status.FINISHED
    assert [end.epoch for end in run.epochs] == list(range(1, number + 1))
    assert [point.step for point in run.steps] == sorted({point.step for point in run.steps}), "no point twice"


@pytest.mark.alone
def test_a_killed_worker_is_noticed_and_its_run_starts_again_once(start: Callable[..., Engine], store: Store) -> None:
    engine = start()
    name = engine.request(changed(LONG, {"epochs": 12, "batch_size": 8}), "a")
    until(lambda: len(epochs(store, name)) >= 2)
    (pid,) = engine.worker_pids()
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: state(engine, name) != "running") < 1
    assert "ended unexpectedly (SIGKILL)" in message(engine, name)
    assert "starts again" in message(engine, name)
    until(lambda: store.status(name) is Status.FINISHED)
    assert_told_once(store, name, 12)
    later = engine.request(SHORT, "a")
    until(lambda: store.status(later) is Status.FINISHED)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that get little time."""
    deadlines = Deadlines(beat=10.0, stop=5.0)
    monkeypatch.setattr("normlab.engine.engine.LocalPool", partial(LocalPool, deadlines=deadlines))


def test_a_worker_that_hangs_is_killed_and_its_run_starts_again(
    start: Callable[..., Engine], store: Store, impatient: None
) -> None:
    engine = start()
    name = engine.request(changed(LONG, {"epochs": 12, "batch_size": 8}), "a")
    until(lambda: epochs(store, name))
    (pid,) = engine.worker_pids()
    os.kill(pid, signal.SIGSTOP)
    until(lambda: not is_alive(pid))
    until(lambda: "did not answer for 10 seconds and was ended." in message(engine, name))
    assert "starts again" in message(engine, name)
    until(lambda: store.status(name) is Status.FINISHED)
    assert_told_once(store, name, 12)


def test_a_worker_that_hangs_twice_over_a_run_gives_it_up_and_serves_the_next(
    start: Callable[..., Engine], store: Store, impatient: None
) -> None:
    engine = start()
    name = engine.request(LONG, "a")
    later = engine.request(SHORT, "b")
    killed: set[int] = set()
    for _ in range(2):
        until(lambda: state(engine, name) == "running" and set(engine.worker_pids()) - killed)
        (pid,) = engine.worker_pids()
        os.kill(pid, signal.SIGSTOP)
        killed.add(pid)
        until(lambda: not is_alive(max(killed)) and state(engine, name) != "running")
    until(lambda: state(engine, name) == "failed")
    assert message(engine, name) == "The training process did not answer for 10 seconds and was ended."
    until(lambda: store.status(later) is Status.FINISHED)


def test_stop_ends_a_worker_that_hangs_and_the_next_visitor_is_served(
    start: Callable[..., Engine], store: Store, impatient: None
) -> None:
    engine = start()
    name = engine.request(LONG, "a")
    until(lambda: epochs(store, name))
    (pid,) = engine.worker_pids()
    os.kill(pid, signal.SIGSTOP)
    engine.withdraw(name, "a")
    later = engine.request(SHORT, "b")
    until(lambda: not state(engine, name))
    assert not is_alive(pid)
    until(lambda: store.status(later) is Status.FINISHED)
    assert store.status(name) is Status.INTERRUPTED


def test_a_run_given_to_a_worker_that_hangs_is_given_to_the_next(
    start: Callable[..., Engine], store: Store, impatient: None
) -> None:
    engine = start()
    until(lambda: engine._pool.idle())
    (pid,) = engine.worker_pids()
    os.kill(pid, signal.SIGSTOP)
    name = engine.request(SHORT, "a")
    until(lambda: store.status(name) is Status.FINISHED)
    assert not is_alive(pid)


def test_a_run_that_kills_its_worker_every_time_is_given_up_and_others_are_undisturbed(
    start: Callable[..., Engine], store: Store, faulty: None
) -> None:
    engine = start(workers=2, threads=1)
    other = engine.request(changed(LONG, {"epochs": 12, "batch_size": 8}), "a")
    until(lambda: epochs(store, other))
    killer = engine.request(changed(SHORT, {"seed": KILLER}), "b")
    until(lambda: state(engine, killer) == "failed")
    assert "ended unexpectedly (SIGKILL)" in message(engine, killer)
    assert attempts(store, killer) == 2
    assert store.status(killer) is Status.INTERRUPTED
    until(lambda: store.status(other) is Status.FINISHED)
    assert_told_once(store, other, 12)
    assert attempts(store, other) == 1
    later = engine.request(SHORT, "b")
    until(lambda: store.status(later) is Status.FINISHED)


def test_a_worker_over_its_memory_limit_ends_and_says_why(
    start: Callable[..., Engine], store: Store, faulty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORMLAB_WORKER_MB", "500")
    engine = start()
    name = engine.request(changed(LONG, {"seed": HOARDER, "train_size": 500}), "a")
    until(lambda: state(engine, name) == "failed")
    assert message(engine, name) == (
        "The training took more memory than a worker may: 500 MB beyond what PyTorch itself takes (NORMLAB_WORKER_MB)."
    )
    later = engine.request(SHORT, "a")
    until(lambda: store.status(later) is Status.FINISHED)


def test_a_write_that_fails_ends_the_run_in_a_sentence(start: Callable[..., Engine], store: Store) -> None:
    import resource

    engine = start()
    name = engine.request(LONG, "a")
    until(lambda: epochs(store, name))
    (pid,) = engine.worker_pids()
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, before[1]))  # no file of the worker grows beyond 100 bytes
    until(lambda: state(engine, name) == "failed")
    assert f"{store.root} cannot be written (File too large)" in message(engine, name)
    assert store.status(name) is Status.INTERRUPTED
    assert epochs(store, name), "what was told stays"
    assert engine.worker_pids() == [pid]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    later = engine.request(SHORT, "a")
    until(lambda: store.status(later) is Status.FINISHED)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_said_and_training_goes_on_when_there_is_space(small_disk: Path) -> None:
    store = Store(small_disk / "runs")
    engine = Engine(store, workers=1)
    try:
        name = engine.request(LONG, "a")
        until(lambda: epochs(store, name))
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as sink:
            block = 65_536
            while block:
                try:
                    sink.write(b"x" * block)
                except OSError:
                    block //= 2
        until(lambda: "full" in message(engine, name))
        until(lambda: store.status(name) is Status.INTERRUPTED)
        done = len(epochs(store, name))
        assert done >= 1
        with pytest.raises(EngineProblem, match="cannot be written"):
            engine.request(SHORT, "a")
        filler.unlink()
        until(lambda: state(engine, name) == "failed")
        assert "The disk that holds" in message(engine, name)
        assert "is full" in message(engine, name)
        assert len(epochs(store, name)) == done
        later = engine.request(SHORT, "a")
        until(lambda: store.status(later) is Status.FINISHED)
    finally:
        engine.close()


PAGE = """
import sys, time
from pathlib import Path
from normlab.config import RunConfig
from normlab.engine import Engine
from normlab.settings import changed
from normlab.store import Store
store = Store(Path(sys.argv[1]))
engine = Engine(store, workers=1)
short = engine.request(changed(RunConfig(), {"epochs": 2, "train_size": 100}), "page")
while engine.ticket(short):
    time.sleep(0.05)
name = engine.request(changed(RunConfig(), {"epochs": 200, "batch_size": 2}), "page")
while not ((run := store.read(name)) and run.epochs):
    time.sleep(0.05)
print(engine.worker_pids()[0], "torch" in sys.modules, flush=True)
time.sleep(60)
"""


@pytest.fixture
def other_page(store: Store) -> Iterator["subprocess.Popen[str]"]:
    """Another page process, which has trained SHORT and now trains LONG."""
    command = [sys.executable, "-c", PAGE, str(store.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        yield process
        process.kill()


def its_worker(page: "subprocess.Popen[str]") -> int:
    assert page.stdout is not None
    worker, has_torch = page.stdout.readline().split()
    assert has_torch == "False", "the page process must not import torch"
    assert is_alive(int(worker))
    return int(worker)


@pytest.mark.alone
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_the_page_process_however_it_ends(
    other_page: "subprocess.Popen[str]", store: Store, start: Callable[..., Engine], how: signal.Signals
) -> None:
    worker = its_worker(other_page)
    other_page.send_signal(how)
    other_page.wait(10)
    assert until(lambda: not is_alive(worker), 10) < 2
    name = run_id(LONG)
    until(lambda: store.status(name) is Status.INTERRUPTED, 12)
    finished = store.read(run_id(SHORT))
    assert finished is not None
    assert finished.status is Status.FINISHED
    engine = start()
    until(lambda: state(engine, name) == "running")
    assert "The process of the page that trained this run ended." in message(engine, name)
    engine.withdraw(name, "its visitor, who has come back")
    until(lambda: not state(engine, name))


WAITING = """
import os, signal, sys
from pathlib import Path
from normlab.config import RunConfig
from normlab.engine import Engine
from normlab.settings import changed
from normlab.store import Store
engine = Engine(Store(Path(sys.argv[1])), workers=1)
for seed in range(3):
    print(engine.request(changed(RunConfig(), {"epochs": 1, "train_size": 64, "seed": seed}), str(seed)))
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_waited_for_a_killed_page_process_is_trained_by_the_next(
    start: Callable[..., Engine], store: Store
) -> None:
    command = [sys.executable, "-c", WAITING, str(store.root)]
    page = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    names = page.stdout.split()
    assert (page.returncode, len(names)) == (-signal.SIGKILL, 3)
    engine = start()
    until(lambda: all(store.status(name) is Status.FINISHED for name in names))
    until(lambda: not any(state(engine, name) for name in names))


def test_another_page_process_watches_from_the_start_and_takes_over_when_the_first_is_killed(
    other_page: "subprocess.Popen[str]", store: Store, start: Callable[..., Engine]
) -> None:
    worker = its_worker(other_page)
    engine = start()
    name = engine.request(LONG, "late")
    assert state(engine, name) == "running"
    run = store.read(name)
    assert run is not None
    assert run.steps[0].step == 1, "who comes late sees it from the start"
    told = len(run.epochs)
    until(lambda: len(epochs(store, name)) > told)
    assert len(list((store.root / name).glob("claim-*"))) == 1
    other_page.kill()
    other_page.wait(10)
    until(lambda: not is_alive(worker), 10)
    until(lambda: state(engine, name) == "running" and epochs(store, name))
    run = store.read(name)
    assert run is not None
    assert run.steps[0].step == 1
    assert [point.step for point in run.steps] == sorted({point.step for point in run.steps})
    engine.withdraw(name, "late")
    until(lambda: not state(engine, name))
