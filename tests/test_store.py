"""Run folders: what is written is what is read, in every state of a run."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import synthetic
from store_kit import SMALL, told, write

from normlab.config import RunConfig
from normlab.identity import canonical, run_id
from normlab.record import Ended, EpochEnd, Snapshot, Started, Status, StepEnd, event_from_json, event_to_json
from normlab.settings import changed
from normlab.store import AlreadyFinished, Run, Store, StoreProblem, places

NAME = run_id(SMALL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def read(store: Store, config: RunConfig = SMALL) -> Run:
    run = store.read(run_id(config))
    assert run is not None
    return run


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


def test_weights_beyond_half_precision_are_cut_and_not_numbers_stay_so(store: Store) -> None:
    with store.begin(SMALL) as attempt:
        for event in told():
            if isinstance(event, Snapshot):
                weights = {"w": np.array([1e6, -1e6, np.nan, 1.0], dtype=np.float32)}
                event = Snapshot(event.epoch, weights, event.predicted, event.confidence)
            attempt.append(event)
        attempt.commit(Ended(Status.DIVERGED, "The loss became NaN."))
    first = read(store).snapshot(0).weights["w"]
    np.testing.assert_array_equal(first, np.array([65504, -65504, np.nan, 1], dtype=np.float32))


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

    def count(data: object) -> object:
        parsed.append(data)
        return event_from_json(data)

    monkeypatch.setattr("normlab.store.events.event_from_json", count)
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
    start = time.perf_counter()
    assert len(store.list()) == 100
    first = time.perf_counter() - start
    start = time.perf_counter()
    assert len(store.list()) == 100
    again = time.perf_counter() - start
    assert first < 1.0
    assert again < 0.2


def test_the_size_law(store: Store, tmp_path: Path) -> None:
    from normlab.store import ship

    config = changed(RunConfig(), {"epochs": 25})
    random = np.random.default_rng(0)
    with store.begin(config) as attempt:
        attempt.append(told()[0])
        for epoch in range(26):
            if epoch:
                attempt.append(synthetic.epoch_end(config, epoch))
                for step in range(8):
                    loss = float(random.random())
                    point = StepEnd(epoch * 430 + step * 53, epoch, 0.0123456, loss, loss / 7, loss / 3, 98.7654)
                    attempt.append(point)
            if epoch in (0, 1, 5, 25):
                predicted = random.integers(0, 10, 10_000).astype(np.uint8)
                confidence = random.random(10_000).astype(np.float32)
                attempt.append(Snapshot(epoch, synthetic.weights(config, epoch), predicted, confidence))
        attempt.commit(Ended(Status.FINISHED))
    assert 200_000 < size(store.root / run_id(config)) <= 400_000
    slimmed = ship(store.root / run_id(config), tmp_path / "shipped", history=False)
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


def test_the_store_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "mine"))
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(shipped))
    store = Store.open()
    assert (store.root, store.shipped, store.notice) == (tmp_path / "mine", shipped, "")
    monkeypatch.setenv("NORMLAB_PRETRAINED", str(tmp_path / "nowhere"))
    assert Store.open().shipped is None
    monkeypatch.delenv("NORMLAB_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda *a, **k: tmp_path / "data" / "normlab")
    assert Store.open().root == tmp_path / "data" / "normlab" / "runs"


def test_the_repositorys_runs_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NORMLAB_PRETRAINED", raising=False)
    assert places.shipped_folder() == Path(__file__).parents[1] / "pretrained"


def test_without_a_writable_folder_a_temporary_one_is_used_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("NORMLAB_STORE", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = Store.open()
    assert store.root.parent == tmp_path
    assert str(blocked) in store.notice
    assert "may vanish" in store.notice
    write(store)
    assert read(store).status is Status.FINISHED


def test_a_disk_that_is_full_from_the_start_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "mine"))
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(StoreProblem, match=r"is full: free some space.*The temporary folder"):
        Store.open()
    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(StoreProblem, match=r"is full.*There is no temporary folder either"):
        Store.open()


def full_disk(sink: object, limit: int) -> object:
    """A file on which only `limit` more bytes find room."""

    class Full:
        room = limit

        def write(self, content: bytes) -> int:
            if not self.room:
                raise OSError(28, "No space left on device")
            part = content[: self.room]
            self.room -= len(part)
            return int(sink.write(part))  # type: ignore[attr-defined]

        def __getattr__(self, name: str) -> object:
            return getattr(sink, name)

    return Full()


def test_a_disk_that_fills_up_ends_the_attempt_in_a_sentence_and_leaves_it_interrupted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.begin(SMALL) as attempt:
        *events, last = told(epochs=2)[:-1]
        for event in events:
            attempt.append(event)
        monkeypatch.setattr(attempt, "_sink", full_disk(attempt._sink, 1_000))
        assert isinstance(last, EpochEnd)
        with pytest.raises(StoreProblem, match=r"The disk that holds .* is full: free some space"):
            attempt.append(last)
    run = read(store)
    assert run.status is Status.INTERRUPTED
    assert len(run.epochs) == 1
    content = (store.root / NAME / "events.jsonl").read_bytes()
    assert not content.endswith(b"\n"), "the last line is torn, and was not read"
    assert store.set_aside() == []
    write(store)
    assert read(store).status is Status.FINISHED


def test_a_disk_that_fills_up_at_the_commit_leaves_the_run_interrupted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with store.begin(SMALL) as attempt:
        for event in told():
            attempt.append(event)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(StoreProblem, match="is full"):
                attempt.commit(Ended(Status.FINISHED))
    assert store.status(NAME) is Status.INTERRUPTED
    assert len(read(store).epochs) == 3
    assert not list((store.root / NAME).glob("*.tmp"))


def test_a_store_that_cannot_be_written_refuses_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreProblem, match=r"cannot be written .*set NORMLAB_STORE"):
        Store(tmp_path / "file").begin(SMALL)
    with pytest.raises(StoreProblem, match="cannot be written"):
        Store(tmp_path / "file").request_stop(NAME)
