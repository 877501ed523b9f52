"""The size of the store: what goes, what stays, and that nobody who reads is hurt."""

import os
import threading
import time
from pathlib import Path

import pytest
from store_kit import SMALL, write

from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Damage, Store, budget
from normlab.store.keeping import Keeping


def config(seed: int) -> RunConfig:
    return changed(SMALL, {"seed": seed})


def aged(folder: Path, hours: float) -> Path:
    """Everything in the folder was written so long ago."""
    when = time.time() - 3600 * hours
    for path in (*folder.iterdir(), folder):
        os.utime(path, (when, when))
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs", tmp_path / "shipped")


def test_below_its_size_nothing_goes(store: Store) -> None:
    folder = aged(write(store, config(0)), 10)
    assert store.make_room(1_000) == 0
    assert folder.exists()


def test_set_aside_folders_go_first_and_then_the_runs_of_longest_ago(store: Store) -> None:
    old, young = aged(write(store, config(0)), 10), aged(write(store, config(1)), 5)
    aged(write(store, config(2)), 1)
    store.retire(run_id(config(2)), "A test.")
    size = store.used_bytes()
    each = size // 3
    budget.make_room(store.root, Keeping(store.root), size - each // 2)
    assert not store.set_aside()
    assert old.exists()
    budget.make_room(store.root, Keeping(store.root), size - each - each // 2)
    assert not old.exists()
    assert young.exists()


def test_shipped_kept_young_and_running_runs_stay_however_small_the_size(store: Store) -> None:
    assert store.shipped is not None
    shipped = aged(write(Store(store.shipped), config(0)), 10)
    kept, young = aged(write(store, config(1)), 10), write(store, config(2))
    store.keep(run_id(config(1)), 100)
    with store.begin(config(3)) as attempt:
        running = aged(attempt.folder, 10)
        for path in running.glob("claim-*"):
            os.utime(path)
        store.make_room(0)
        assert all(folder.exists() for folder in (shipped, kept, young, running))


def test_an_interrupted_run_goes_like_any_other(store: Store) -> None:
    folder = aged(write(store, config(0), Status.INTERRUPTED), 10)
    assert store.make_room(0) > 0
    assert not folder.exists()
    assert store.status(run_id(config(0))) is None


def test_what_is_not_a_run_is_not_touched(store: Store) -> None:
    other = store.root / "rebuild" / "notes.txt"
    other.parent.mkdir(parents=True)
    other.write_text("mine", encoding="utf-8")
    aged(write(store, config(0)), 10)
    store.make_room(0)
    assert other.read_text(encoding="utf-8") == "mine"


def test_a_run_is_kept_until_the_latest_moment_that_anybody_said(tmp_path: Path) -> None:
    now = [1_000.0]
    one, other = Keeping(tmp_path, lambda: now[0]), Keeping(tmp_path, lambda: now[0])
    one.keep("run", 100)
    other.keep("run", 10)
    now[0] = 1_050.0
    assert other.is_kept("run")
    one.keep("run", 100)
    now[0] = 1_140.0
    assert other.is_kept("run")
    now[0] = 1_160.0
    assert not one.is_kept("run")
    one.forget()
    assert not list((tmp_path / "kept").iterdir())


def test_whoever_keeps_a_run_before_reading_it_finds_it_whole_or_not_at_all(store: Store) -> None:
    """A reader and a remover at once, many times."""
    stop, broken = threading.Event(), list[BaseException]()
    names = [run_id(config(seed)) for seed in range(4)]

    def remove() -> None:
        while not stop.is_set():
            budget.make_room(store.root, Keeping(store.root), 0)

    remover = threading.Thread(target=remove)
    remover.start()
    try:
        for turn in range(60):
            seed = turn % 4
            folder = store.root / names[seed]
            (store.root / "kept" / names[seed]).unlink(missing_ok=True)
            if not folder.exists():
                aged(write(Store(store.root / "made"), config(seed)), 10).rename(folder)
            reader = Store(store.root)
            reader.keep(names[seed], 100)
            if reader.status(names[seed]) is Status.FINISHED and (run := reader.read(names[seed])):
                try:
                    run.snapshot(run.snapshot_epochs()[-1])
                except Damage as damage:
                    broken.append(damage)
    finally:
        stop.set()
        remover.join()
    assert not broken
    assert not store.set_aside()
