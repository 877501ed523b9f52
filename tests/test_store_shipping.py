"""Runs that ship: slim, listed, verified like any other."""

import json
from pathlib import Path

import numpy as np
import pytest
from store_kit import SMALL, write

from normlab.identity import run_id
from normlab.settings import changed
from normlab.store import Damage, FolderBox, Store, StoreProblem, read_manifest, ship, write_manifest
from normlab.titles import title

NAME = run_id(SMALL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs", tmp_path / "shipped")


def test_a_slim_run_keeps_its_scores_and_its_last_state(store: Store, tmp_path: Path) -> None:
    folder = write(store)
    full = store.read(NAME)
    copy = ship(FolderBox(folder), tmp_path / "shipped", history=False)
    assert copy == tmp_path / "shipped" / NAME
    run = Store(tmp_path / "none", tmp_path / "shipped").read(NAME)
    assert run is not None
    assert full is not None
    assert run.shipped
    assert run.steps == ()
    assert [end.test for end in run.epochs] == [end.test for end in full.epochs]
    assert [bool(end.layers) for end in run.epochs] == [False, False, True]
    assert run.snapshot_epochs() == full.snapshot_epochs()[-1:]
    kept, was = run.snapshot(3), full.snapshot(3)
    for name, weight in was.weights.items():
        np.testing.assert_array_equal(kept.weights[name], weight)
    np.testing.assert_array_equal(kept.predicted, was.predicted)
    np.testing.assert_array_equal(kept.confidence, was.confidence)
    assert run.record is not None
    assert full.record is not None
    assert run.record.attempt == full.record.attempt
    assert sorted(path.name for path in (tmp_path / "shipped").iterdir()) == [NAME]


def test_with_its_history_a_run_ships_as_it_is(store: Store, tmp_path: Path) -> None:
    folder = write(store)
    copy = ship(FolderBox(folder), tmp_path / "shipped", history=True)
    for path in copy.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()
    run = Store(tmp_path / "none", tmp_path / "shipped").read(NAME)
    assert run is not None
    assert all(end.layers for end in run.epochs)


def test_slimming_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    first = ship(FolderBox(write(store)), tmp_path / "a", history=False)
    second = ship(FolderBox(first), tmp_path / "b", history=False)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()
    again = ship(FolderBox(store.root / NAME), tmp_path / "a", history=False)
    assert again == first


def test_a_damaged_run_is_not_slimmed(store: Store, tmp_path: Path) -> None:
    folder = write(store)
    (folder / "events.jsonl").write_text("")
    with pytest.raises(Damage):
        ship(FolderBox(folder), tmp_path / "shipped", history=False)
    assert not (tmp_path / "shipped").exists()


def test_the_manifest_lists_every_run_by_title(store: Store, tmp_path: Path) -> None:
    configs = [changed(SMALL, {"seed": seed}) for seed in (2, 0, 1)]
    for config in configs:
        ship(FolderBox(write(store, config)), tmp_path / "shipped", history=False)
    (tmp_path / "shipped" / "README").write_text("not a run")
    entries = write_manifest(tmp_path / "shipped")
    assert read_manifest(tmp_path / "shipped") == entries
    assert [entry.title for entry in entries] == sorted(title(config) for config in configs)
    assert {entry.run_id for entry in entries} == {run_id(config) for config in configs}
    assert all(len(entry.record_sha256) == 64 for entry in entries)


def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match=r"manifest\.json is missing"):
        read_manifest(tmp_path)
    for text in ("{", "[]", '{"schema": 2, "runs": []}', '{"schema": 1, "runs": [{}]}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(StoreProblem, match=r"manifest\.json cannot be read"):
            read_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": 1, "runs": []}))
    assert read_manifest(tmp_path) == []
