"""Where the store lies, and what it does when its disk is full or cannot be written."""

import os
from pathlib import Path

import pytest
from store_kit import SMALL, read, told, write

from normlab.identity import run_id
from normlab.record import Ended, EpochEnd, Status
from normlab.store import Store, StoreProblem, places

NAME = run_id(SMALL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


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
