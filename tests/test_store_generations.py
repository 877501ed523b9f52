"""Runs of an older generation: a newer one is shown in their place, and training replaces them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_kit import SMALL, told

from normlab.config import RunConfig
from normlab.generation import GENERATION
from normlab.identity import run_id
from normlab.record import Ended, Started, Status
from normlab.store import AlreadyFinished, Attempt, FolderBox, Run, Store, ship

NAME = run_id(SMALL)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "shipped"


@pytest.fixture
def store(tmp_path: Path, shelf: Path) -> Store:
    return Store(tmp_path / "runs", shelf)


def append(attempt: Attempt, generation: int, config: RunConfig = SMALL) -> None:
    for event in told(config):
        attempt.append(replace(event, generation=generation) if isinstance(event, Started) else event)


def train(store: Store, generation: int) -> Path:
    with store.begin(SMALL) as attempt:
        append(attempt, generation)
        attempt.commit(Ended(Status.FINISHED))
    return store.root / NAME


def put_on(shelf: Path, generation: int) -> None:
    ship(FolderBox(train(Store(shelf.parent / f"workshop-{generation}"), generation)), shelf, history=True)


def shown(store: Store) -> tuple[int, bool]:
    """Generation of the run that is shown, and whether it ships: the same whoever is asked."""
    run, summary, (listed,) = store.read(NAME), store.ended(NAME), store.list()
    assert isinstance(run, Run)
    assert run.record is not None
    assert summary is not None
    assert summary == listed
    assert summary.record == run.record
    assert summary.shipped == run.shipped
    return run.record.generation, run.shipped


@pytest.mark.parametrize(
    ("own", "shipped", "expected"),
    [
        (0, GENERATION, (GENERATION, True)),
        (GENERATION, 0, (GENERATION, False)),
        (GENERATION, GENERATION, (GENERATION, False)),
        (0, 0, (0, False)),
    ],
)
def test_the_newer_generation_is_shown(
    store: Store, shelf: Path, own: int, shipped: int, expected: tuple[int, bool]
) -> None:
    train(store, own)
    put_on(shelf, shipped)
    assert shown(store) == expected
    assert store.is_done(NAME) == (GENERATION in (own, shipped))


def test_where_the_newer_one_is_damaged_the_older_one_is_shown(store: Store, shelf: Path) -> None:
    put_on(shelf, 0)
    folder = train(store, GENERATION)
    (folder / "events.jsonl").write_text("")
    run = store.read(NAME)
    assert run is not None
    assert run.shipped


def test_training_replaces_an_older_run_and_keeps_it_aside(store: Store) -> None:
    train(store, 0)
    train(store, GENERATION)
    assert shown(store) == (GENERATION, False)
    (aside,) = store.set_aside()
    assert aside.reason == "It was trained anew; this is the earlier result."
    with pytest.raises(AlreadyFinished):
        store.begin(SMALL)


@pytest.fixture
def retraining(store: Store, shelf: Path) -> Iterator[Attempt]:
    put_on(shelf, 0)
    with store.begin(SMALL) as attempt:
        append(attempt, GENERATION)
        yield attempt


def test_an_older_run_that_is_trained_again_is_shown_as_it_trains(store: Store, retraining: Attempt) -> None:
    assert store.status(NAME) is Status.RUNNING
    run = store.read(NAME)
    assert run is not None
    assert (run.status, run.shipped) == (Status.RUNNING, False)
    retraining.commit(Ended(Status.FINISHED))
    assert shown(store) == (GENERATION, False)


def test_where_that_training_is_interrupted_the_older_run_is_back(store: Store, shelf: Path) -> None:
    put_on(shelf, 0)
    with store.begin(SMALL) as attempt:
        append(attempt, GENERATION)
    assert store.status(NAME) is Status.FINISHED
    assert shown(store) == (0, True)
    assert not store.is_done(NAME)


def test_a_run_of_the_present_generation_stays_shown_while_it_is_trained_again(store: Store, shelf: Path) -> None:
    put_on(shelf, GENERATION)
    with store.begin(SMALL) as attempt:
        append(attempt, GENERATION)
        assert store.status(NAME) is Status.FINISHED
        assert shown(store) == (GENERATION, True)
