"""Run folders: what is written is what is read, in every state of a run."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
from store_kit import SMALL, read, told, write

from normlab.config import RunConfig
from normlab.identity import canonical, run_id
from normlab.record import Ended, EpochEnd, Event, Snapshot, Started, Status, StepEnd
from normlab.record_json import event_to_json
from normlab.settings import changed
from normlab.store import AlreadyFinished, FolderBox, Store
from normlab.store.layout import read_bytes

NAME = run_id(SMALL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def test_a_finished_run_is_read_as_it_was_told(store: Store) -> None:
    events = told()
    folder = write(store)
    run = read(store)
    assert run.status is Status.FINISHED
    assert run.config == SMALL
    assert [event_to_json(step) for step in run.steps] == [event_to_json(e) for e in events if isinstance(e, StepEnd)]
    ends = [event for event in events if isinstance(event, EpochEnd)]
    assert [event_to_json(end) for end in run.epochs] == [event_to_json(end) for end in ends]
    assert run.ended == Ended(Status.FINISHED)
    assert run.record is not None
    assert run.record.test_accuracy == pytest.approx(ends[-1].test.accuracy, rel=1e-5)
    assert run.record.validation_accuracy == pytest.approx(ends[-1].validation.accuracy, rel=1e-5)
    assert run.record.epochs == 3
    assert run.record.parameters == 9_958
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "events.jsonl",
        "record.json",
        "tensors.safetensors",
    ]


def test_snapshots_come_back_the_last_one_in_full_precision(store: Store) -> None:
    write(store)
    run = read(store)
    snapshots = [event for event in told() if isinstance(event, Snapshot)]
    assert run.snapshot_epochs() == tuple(snapshot.epoch for snapshot in snapshots)
    for snapshot in snapshots:
        back = run.snapshot(snapshot.epoch)
        assert list(back.weights) == sorted(snapshot.weights)
        tolerance = 0.0 if snapshot is snapshots[-1] else 1e-3
        for name, weight in snapshot.weights.items():
            assert back.weights[name].dtype == np.float32
            np.testing.assert_allclose(back.weights[name], weight, rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(back.predicted, snapshot.predicted)
        np.testing.assert_allclose(back.confidence, snapshot.confidence, atol=0.5 / 255 + 1e-6)
    with pytest.raises(KeyError, match="no snapshot of epoch 77"):
        run.snapshot(77)


def with_head(event: Event | Snapshot, *values: float) -> Event | Snapshot:
    """The event; a snapshot with these as the first weights of its head."""
    if not isinstance(event, Snapshot):
        return event
    head = event.weights["head.weight"].copy()
    head.flat[: len(values)] = values
    return replace(event, weights={**event.weights, "head.weight": head})


def test_weights_are_cut_to_what_their_precision_holds(store: Store) -> None:
    with store.begin(SMALL) as attempt:
        for event in told():
            attempt.append(with_head(event, 1e6, -1e6, np.inf, 1.0))
        attempt.commit(Ended(Status.DIVERGED, "The loss became NaN."))
    run = read(store)
    first, last = (run.snapshot(epoch).weights["head.weight"].flat[:4] for epoch in (0, 3))
    np.testing.assert_array_equal(first, np.array([65504, -65504, 65504, 1], dtype=np.float32))
    np.testing.assert_array_equal(last, np.array([1e6, -1e6, np.finfo(np.float32).max, 1], dtype=np.float32))


def test_a_weight_that_is_no_number_is_refused_before_it_is_kept(store: Store) -> None:
    with store.begin(SMALL) as attempt:
        for event in told():
            attempt.append(with_head(event, np.nan))
        with pytest.raises(ValueError, match=r"0/weights/head\.weight that is not finite"):
            attempt.commit(Ended(Status.FINISHED))
    assert store.status(NAME) is Status.INTERRUPTED


def test_a_diverged_run_has_a_record_and_its_reason(store: Store) -> None:
    write(store, status=Status.DIVERGED)
    run = read(store)
    assert store.status(NAME) is run.status is Status.DIVERGED
    assert run.ended == Ended(Status.DIVERGED, "The loss became NaN.")
    assert run.record is not None
    assert run.record.reason == "The loss became NaN."


def test_a_run_without_an_end_is_running_then_interrupted(store: Store) -> None:
    assert store.status(NAME) is None
    assert store.read(NAME) is None
    with store.begin(SMALL) as attempt:
        assert store.status(NAME) is Status.RUNNING
        for event in told(epochs=2):
            attempt.append(event)
        run = read(store)
        assert run.status is Status.RUNNING
        assert len(run.epochs) == 2
    assert store.status(NAME) is Status.INTERRUPTED
    run = read(store)
    assert (run.status, len(run.epochs), run.ended, run.record) == (Status.INTERRUPTED, 2, None, None)
    assert run.snapshot_epochs() == ()


def test_an_attempt_that_told_nothing_leaves_nothing(store: Store) -> None:
    with store.begin(SMALL):
        pass
    assert store.status(NAME) is None
    assert not (store.root / NAME).exists()


def test_the_last_attempt_wins_and_nothing_is_doubled(store: Store) -> None:
    write(store, status=Status.INTERRUPTED)
    assert len(read(store).epochs) == 2
    with store.begin(SMALL) as attempt:
        run = read(store)
        assert (run.status, run.steps, run.epochs) == (Status.RUNNING, (), ())
        for event in told(epochs=1):
            attempt.append(event)
        assert [end.epoch for end in read(store).epochs] == [1]
    write(store)
    run = read(store)
    assert [end.epoch for end in run.epochs] == [1, 2, 3]
    assert len(run.steps) == len({step.step for step in run.steps})
    attempts = {json.loads(line)["attempt"] for line in (store.root / NAME / "events.jsonl").read_text().splitlines()}
    assert run.record is not None
    assert attempts == {run.record.attempt}


def test_a_torn_last_line_is_not_read_and_does_not_hinder_the_next_attempt(store: Store) -> None:
    folder = write(store, status=Status.INTERRUPTED)
    with (folder / "events.jsonl").open("ab") as sink:
        sink.write(b'{"attempt":"x","event":"epo')
    assert len(read(store).epochs) == 2
    write(store)
    assert read(store).status is Status.FINISHED


def test_a_line_is_read_once_it_is_whole(store: Store) -> None:
    with store.begin(SMALL) as attempt:
        started, *_ = told()
        assert isinstance(started, Started)
        attempt.append(started)
        line = json.dumps({"attempt": attempt.id, **event_to_json(told(epochs=1)[-2])}).encode() + b"\n"
        path = attempt.folder / "events.jsonl"
        with path.open("ab", buffering=0) as sink:
            sink.write(line[:50])
            assert read(store).epochs == ()
            sink.write(line[50:])
        assert len(read(store).epochs) == 1


def test_a_poll_reads_only_what_is_new(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[object] = []

    def count(path: Path, *, offset: int) -> bytes:
        fresh = read_bytes(path, offset=offset)
        parsed.extend(fresh.splitlines())
        return fresh

    monkeypatch.setattr("normlab.store.events.read_bytes", count)
    with store.begin(SMALL) as attempt:
        events = [event for event in told() if not isinstance(event, Snapshot)]
        for event in events:
            attempt.append(event)
            read(store)
            read(store)
        assert len(parsed) == len(events)
        assert read(store) is read(store), "without news the same run"


def test_an_ended_run_is_verified_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    write(store)
    first = read(store)
    monkeypatch.setattr("normlab.store.verification.verify", lambda *a, **k: pytest.fail("read again"))
    assert read(store) is first


def test_an_ended_run_is_not_trained_again_unless_wanted_and_then_nothing_is_lost(store: Store) -> None:
    write(store)
    with pytest.raises(AlreadyFinished, match="has ended already"):
        store.begin(SMALL)
    assert store.status(NAME) is Status.FINISHED
    with store.begin(SMALL, again=True) as attempt:
        for event in told():
            attempt.append(event)
        record = attempt.commit(Ended(Status.FINISHED))
    now = read(store).record
    assert now is not None
    assert now.attempt == record.attempt
    (aside,) = store.set_aside()
    assert "earlier result" in aside.reason
    assert (Path(aside.folder) / "record.json").is_file()


def test_a_run_is_kept_in_its_canonical_form(store: Store) -> None:
    config = changed(SMALL, {"groups": 1, "train_size": 797})
    write(store, config)
    assert read(store, config).config == canonical(config) == SMALL


def test_commit_refuses_what_is_no_end(store: Store) -> None:
    with store.begin(SMALL) as attempt:
        with pytest.raises(ValueError, match="a start and a snapshot"):
            attempt.commit(Ended(Status.FINISHED))
        for event in told():
            attempt.append(event)
        with pytest.raises(ValueError, match="not as running"):
            attempt.commit(Ended(Status.RUNNING))
    assert store.status(NAME) is Status.INTERRUPTED


def test_runs_are_listed_each_once_the_stores_own_first(store: Store, tmp_path: Path) -> None:
    shelf = Store(tmp_path / "shipped")
    both, only_shipped, broken_off = SMALL, changed(SMALL, {"seed": 1}), changed(SMALL, {"seed": 2})
    for config in (both, only_shipped):
        write(shelf, config)
    write(store, both)
    write(store, broken_off, Status.INTERRUPTED)
    write(store, only_shipped, Status.INTERRUPTED)
    (store.root / "notes").mkdir()
    (store.root / "readme.txt").write_text("not ours")
    store = Store(store.root, shelf.root)
    found = {run.run_id: (run.status, run.shipped) for run in store.list()}
    assert found == {
        run_id(both): (Status.FINISHED, False),
        run_id(only_shipped): (Status.FINISHED, True),
        run_id(broken_off): (Status.INTERRUPTED, False),
    }
    assert all((run.record is not None) == (run.status is Status.FINISHED) for run in store.list())
    assert read(store, only_shipped).shipped
    assert not read(store, both).shipped


def test_listing_a_hundred_runs_is_fast(store: Store) -> None:
    folder = write(store)
    config = json.loads((folder / "config.json").read_text())
    record = json.loads((folder / "record.json").read_text())
    from normlab.store.layout import config_bytes, json_bytes, sha256

    for seed in range(1, 100):
        other = changed(SMALL, {"seed": seed})
        target = store.root / run_id(other)
        target.mkdir()
        content = config_bytes(other)
        (target / "config.json").write_bytes(content)
        files = {**record["files"], "config.json": sha256(content)}
        (target / "record.json").write_bytes(json_bytes({**record, "run_id": run_id(other), "files": files}))
    assert config["schema"] == 1
    start = time.process_time()
    assert len(store.list()) == 100
    first = time.process_time() - start
    start = time.process_time()
    assert len(store.list()) == 100
    again = time.process_time() - start
    assert first < 1.0
    assert again < 0.2


def test_the_size_law(store: Store, tmp_path: Path) -> None:
    from normlab.store import ship

    config = changed(RunConfig(), {"dataset": "mnist", "batch_size": 128, "epochs": 25})
    random = np.random.default_rng(0)
    with store.begin(config) as attempt:
        attempt.append(next(synthetic.events(config)))
        for epoch in range(26):
            if epoch:
                attempt.append(synthetic.epoch_end(config, epoch))
                for step in range(8):
                    loss = float(random.random())
                    point = StepEnd(epoch * 430 - 377 + step * 53, epoch, 0.0123456, loss, loss / 7, loss / 3, 98.7654)
                    attempt.append(point)
            if epoch in (0, 1, 5, 25):
                predicted = random.integers(0, 10, 10_000).astype(np.uint8)
                confidence = random.random(10_000).astype(np.float32)
                attempt.append(Snapshot(epoch, synthetic.weights(config, epoch), predicted, confidence))
        attempt.commit(Ended(Status.FINISHED))
    assert 200_000 < size(store.root / run_id(config)) <= 400_000
    slimmed = ship(FolderBox(store.root / run_id(config)), tmp_path / "shipped", history=False)
    assert 50_000 < size(slimmed) <= 80_000


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_a_stop_is_asked_for_until_it_is_cleared(store: Store) -> None:
    store.request_stop(NAME)
    assert store.stop_requested(NAME)
    assert store.status(NAME) is None
    assert store.list() == []
    store.clear_stop(NAME)
    store.clear_stop(NAME)
    assert not store.stop_requested(NAME)
