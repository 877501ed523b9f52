"""No folder breaks the app: whatever is in one, the run is read or set aside with a sentence. More: `store_fuzz.py`."""

import os
from pathlib import Path

import pytest
import store_fuzz
from store_kit import SMALL, told, write

from normlab import files
from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import EpochEnd, Snapshot, Started, Status
from normlab.settings import changed
from normlab.store import Store, StoreProblem, read_manifest
from normlab.store.layout import EVENTS, LIMITS

NAME = run_id(SMALL)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(Store(tmp_path_factory.mktemp("sound")))


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_an_unsound_folder_is_read_or_set_aside(sound: Path, tmp_path: Path, first: int) -> None:
    outcomes = [store_fuzz.survives(sound, tmp_path, seed) for seed in range(first, first + 40)]
    assert len(set(outcomes)) > 10, "the changes reach many checks"


@pytest.mark.parametrize("name", ["config.json", "events.jsonl", "tensors.safetensors", "record.json"])
@pytest.mark.parametrize("kind", ["pipe", "device", "sparse", "folder"])
def test_what_is_no_small_file_is_never_read(tmp_path: Path, name: str, kind: str) -> None:
    store = Store(tmp_path)
    path = write(store) / name
    path.unlink()
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "sparse":
            path.touch()
            os.truncate(path, 2_000_000_000)
    assert store.read(NAME) is None
    assert store.list() == []
    (aside,) = store.set_aside()
    assert aside.reason.startswith(name)
    write(store)
    assert store.status(NAME) is Status.FINISHED, "it can be trained anew"


def test_a_run_folder_that_is_a_link_is_moved_and_nothing_is_written_where_it_leads(tmp_path: Path) -> None:
    elsewhere = write(Store(tmp_path / "elsewhere"))
    before = sorted(path.name for path in elsewhere.iterdir())
    store = Store(tmp_path / "runs")
    store.root.mkdir()
    (store.root / NAME).symlink_to(elsewhere)
    assert store.read(NAME) is None
    assert "is a link" in store.set_aside()[0].reason
    write(store)
    store.make_room(0)
    assert sorted(path.name for path in elsewhere.iterdir()) == before


@pytest.mark.parametrize(
    "claim",
    [b"[" * 200_000, b'{"host":"x","pid":1' + b"0" * 30 + b',"attempt":"a"}', b'{"host":1,"pid":0,"attempt":[]}'],
)
def test_a_claim_that_is_none_holds_a_run_no_longer_than_a_stale_one(tmp_path: Path, claim: bytes) -> None:
    store = Store(tmp_path)
    folder = write(store, status=Status.INTERRUPTED)
    (folder / "claim-3").write_bytes(claim)
    os.utime(folder / "claim-3", (4e9, 4e9))
    os.mkfifo(folder / "claim-4")
    assert store.status(NAME) is Status.INTERRUPTED
    write(store)
    assert store.status(NAME) is Status.FINISHED


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "9" * 5_000])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"too large|no number|limit"):
        files.parse(f'{{"a": {number}}}')


def test_deep_json_is_refused() -> None:
    for depth in (20, 900, 200_000):
        with pytest.raises(ValueError, match="nested too deeply"):
            files.parse_object('{"a": ' + "[" * depth + "]" * depth + "}")


def test_a_file_that_grows_is_read_up_to_its_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert files.read(path, 10) == b"0123456789"
    assert files.read(path, 10, offset=4) == b"456789"
    with pytest.raises(files.Unreadable, match="has 10 bytes; at most 9"):
        files.read(path, 9)


@pytest.mark.parametrize(
    "content", ["[" * 200_000, '{"schema": 1, "runs": [{"run_id": "../x"}]}', '{"schema": 1, "runs": 7}']
)
def test_a_manifest_that_is_none_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(StoreProblem, match=r"manifest\.json"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").unlink()
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(StoreProblem, match="is no regular file"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\u202e", "x" * 5_000])
def test_what_no_reader_takes_is_not_written(tmp_path: Path, text: str) -> None:
    started = told()[0]
    assert isinstance(started, Started)
    with Store(tmp_path).begin(SMALL) as attempt:
        with pytest.raises(ValueError, match="no reader takes"):
            attempt.append(Started(**{**{name: getattr(started, name) for name in started.__slots__}, "machine": text}))
        attempt.append(started)
        with pytest.raises(ValueError, match="ends epoch 2"):
            attempt.append([event for event in told() if isinstance(event, EpochEnd)][1])


def test_the_longest_run_stays_far_below_what_is_read(tmp_path: Path) -> None:
    import synthetic

    config = changed(RunConfig(), {"norms": tuple(Norm), "widths": "even", "epochs": 200, "bn_modes": True})
    store = Store(tmp_path)
    with store.begin(config) as attempt:
        for event in synthetic.events(config, epochs=20):
            if not isinstance(event, Snapshot):
                attempt.append(event)
    assert 10 * (attempt.folder / EVENTS).stat().st_size < LIMITS[EVENTS] // 4


def test_attempts_that_broke_off_do_not_fill_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write(store, status=Status.INTERRUPTED)
    lines = (folder / EVENTS).read_bytes()
    (folder / EVENTS).write_bytes(lines * (LIMITS[EVENTS] // len(lines)))
    write(store)
    assert store.status(NAME) is Status.FINISHED
