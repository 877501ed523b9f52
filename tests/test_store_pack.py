"""Packs: runs in one file, read like run folders, believed only as far as they can be checked."""

import io
import random
import stat
import struct
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from store_kit import SMALL, write

from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import (
    Damage,
    FolderBox,
    Run,
    Shelf,
    Store,
    layout,
    pack,
    put_into_packs,
    read_manifest,
    ship,
    write_manifest,
)
from normlab.store.layout import FILES, LIMITS
from normlab.store.pack import Pack, pack_bytes, write_pack

CONFIGS = [changed(SMALL, {"seed": seed}) for seed in range(3)]
NAMES = [run_id(config) for config in CONFIGS]
NAME = NAMES[0]
RECORD = f"{NAME}/record.json"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Three runs that ship, as folders."""
    store = Store(tmp_path / "workshop")
    for config in CONFIGS:
        ship(FolderBox(write(store, config)), tmp_path / "shelf", history=True)
    write_manifest(tmp_path / "shelf")
    return tmp_path / "shelf"


def opened(shelf: Path) -> Store:
    return Store(shelf / "none", shelf)


def read(shelf: Path, name: str = NAME) -> Run:
    run = opened(shelf).read(name)
    assert run is not None
    return run


def contents(shelf: Path, names: list[str]) -> dict[str, dict[str, bytes]]:
    return {name: {file: (shelf / name / file).read_bytes() for file in FILES} for name in names}


def test_a_run_in_a_pack_is_the_run_that_was_in_the_folder(shelf: Path) -> None:
    before = {name: read(shelf, name) for name in NAMES}
    last = {name: run.snapshot(3).predicted for name, run in before.items()}
    listed = {summary.run_id: summary for summary in opened(shelf).list()}
    assert put_into_packs(shelf, {"page": NAMES[:2], "lesson": NAMES}) == ["page.zip", "lesson.zip"]
    assert sorted(path.name for path in shelf.iterdir()) == ["lesson.zip", "manifest.json", "page.zip"]
    store = opened(shelf)
    assert {summary.run_id: summary for summary in store.list()} == listed
    for name, run in before.items():
        found = store.read(name)
        assert found is not None
        assert (found.steps, found.record) == (run.steps, run.record)
        assert [end.test for end in found.epochs] == [end.test for end in run.epochs]
        assert store.status(name) is Status.FINISHED
        assert found.snapshot_epochs() == run.snapshot_epochs()
        assert (found.snapshot(3).predicted == last[name]).all()
    assert store.where(NAME) == str(shelf / "page.zip" / NAME)
    assert store.notice == ""


def test_the_manifest_is_the_same_but_for_the_packs(shelf: Path) -> None:
    before = read_manifest(shelf)
    put_into_packs(shelf, {"page": NAMES})
    assert write_manifest(shelf) == before == read_manifest(shelf)


def test_equal_runs_make_equal_bytes(shelf: Path) -> None:
    runs = contents(shelf, NAMES)
    backwards = {name: dict(reversed(files.items())) for name, files in reversed(runs.items())}
    assert pack_bytes(runs) == pack_bytes(backwards)
    assert write_pack(shelf / "a.zip", runs)
    assert not write_pack(shelf / "a.zip", backwards)


def test_packing_again_writes_nothing_and_drops_what_no_part_names(shelf: Path) -> None:
    put_into_packs(shelf, {"page": NAMES})
    assert put_into_packs(shelf, {"page": NAMES, "lesson": []}) == []
    assert put_into_packs(shelf, {"page": NAMES[1:]}) == ["page.zip"]
    assert sorted(Shelf(shelf).names()) == sorted(NAMES[1:])
    assert put_into_packs(shelf, {"page": []}) == []
    assert sorted(Shelf(shelf).names()) == sorted(NAMES[1:]), "a part without runs stays as it is"


def test_a_run_that_moves_to_another_part_is_not_lost(shelf: Path) -> None:
    put_into_packs(shelf, {"page": NAMES, "lesson": NAMES})
    assert put_into_packs(shelf, {"page": NAMES[1:], "lesson": NAMES}) == ["page.zip", "lesson.zip"]
    assert sorted(Shelf(shelf).names()) == sorted(NAMES)


@pytest.mark.parametrize("left", [b"", b"version https://git-lfs.github.com/spec/v1"])
def test_nobody_writes_where_a_pack_cannot_be_read(shelf: Path, left: bytes) -> None:
    put_into_packs(shelf, {"page": NAMES[:1], "lesson": NAMES[1:]})
    write_manifest(shelf)
    before = (shelf / "manifest.json").read_bytes()
    (shelf / "lesson.zip").write_bytes(left)
    for write_it in (write_manifest, lambda place: put_into_packs(place, {"page": NAMES, "lesson": NAMES})):
        with pytest.raises(Damage, match=r"lesson\.zip"):
            write_it(shelf)
    (shelf / "lesson.zip").unlink()
    with pytest.raises(Damage, match=r"lesson\.zip is missing"):
        write_manifest(shelf)
    assert (shelf / "manifest.json").read_bytes() == before


def test_what_is_left_of_a_folder_hides_no_packed_run(shelf: Path) -> None:
    put_into_packs(shelf, {"page": NAMES})
    (shelf / NAME).mkdir()
    (shelf / NAME / "events.jsonl").write_text("")
    assert read(shelf).status is Status.FINISHED
    assert sorted(Shelf(shelf).names()) == sorted(NAMES)


def test_a_damaged_run_is_not_packed(shelf: Path) -> None:
    (shelf / NAME / "events.jsonl").write_text("")
    with pytest.raises(Damage):
        put_into_packs(shelf, {"page": NAMES})
    assert not (shelf / "page.zip").exists()
    assert (shelf / NAME).is_dir()


def test_a_run_folder_comes_before_a_pack_and_goes_into_it(shelf: Path, tmp_path: Path) -> None:
    put_into_packs(shelf, {"page": NAMES})
    ship(FolderBox(tmp_path / "workshop" / NAME), shelf, history=False)
    assert read(shelf).steps == ()
    assert put_into_packs(shelf, {"page": NAMES}) == ["page.zip"]
    assert read(shelf).steps == ()
    assert not (shelf / NAME).exists()


def test_a_pack_that_is_missing_or_a_pointer_is_told_in_a_sentence(shelf: Path) -> None:
    put_into_packs(shelf, {"page": NAMES[:1], "lesson": NAMES[1:]})
    write_manifest(shelf)
    assert opened(shelf).notice == ""
    (shelf / "lesson.zip").unlink()
    assert opened(shelf).notice == "Runs that ship cannot be shown: lesson.zip is missing."
    (shelf / "lesson.zip").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    told = "Runs that ship cannot be shown: lesson.zip is only a pointer of Git LFS: run `git lfs pull`."
    assert opened(shelf).notice == told
    assert [run.run_id for run in opened(shelf).list()] == NAMES[:1], "the other part is shown"


def test_a_pack_is_found_as_soon_as_it_is_there(shelf: Path) -> None:
    whole = pack_bytes(contents(shelf, NAMES))
    put_into_packs(shelf, {"page": NAMES[:1]})
    store = opened(shelf)
    assert store.read(NAMES[1]) is not None
    for name in NAMES[1:]:
        for path in (shelf / name).iterdir():
            path.unlink()
        (shelf / name).rmdir()
    assert store.read(NAMES[1]) is None
    (shelf / "page.zip").write_bytes(whole)
    assert store.read(NAMES[1]) is not None


Entry = tuple[zipfile.ZipInfo, bytes]


def info(name: str, *, kind: int = stat.S_IFREG, method: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr, entry.compress_type, entry.create_system = (kind | 0o644) << 16, method, 3
    return entry


def archive(*entries: Entry) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as sink:
        for one, content in entries:
            sink.writestr(one, content)
    return target.getvalue()


def directory_says(content: bytes, at: int, layout: str, value: int) -> bytes:
    """The pack with another number in its directory's first entry."""
    place = content.index(b"PK\x01\x02") + at
    size = struct.calcsize(layout)
    return content[:place] + struct.pack(layout, value) + content[place + size :]


ONE = archive((info(RECORD), b"{}"))
HOSTILE = {
    "nothing": b"",
    "garbage": b"no zip file at all" * 50,
    "half": ONE[: len(ONE) // 2],
    "a way out": archive((info("../record.json"), b"{}")),
    "an absolute path": archive((info(f"/{RECORD}"), b"{}")),
    "another file": archive((info(f"{NAME}/notes.txt"), b"hello")),
    "a folder": archive((info(f"{NAME}/"), b"")),
    "a link": archive((info(RECORD, kind=stat.S_IFLNK), b"/etc/passwd")),
    "a bomb": archive((info(f"{NAME}/events.jsonl", method=zipfile.ZIP_DEFLATED), bytes(1_000_000))),
    "too large": archive((info(RECORD), bytes(LIMITS["record.json"] + 1))),
    "a directory without end": ONE[:-12] + struct.pack("<LLH", 1 << 31, 0, 0),
    "a comment": ONE[:-2] + b"\x04\x00note",
    "an encrypted file": directory_says(ONE, 8, "<H", 1),
    "a size that is not there": directory_says(directory_says(ONE, 20, "<L", 60_000), 24, "<L", 60_000),
    "a place that is not there": directory_says(ONE, 42, "<L", 4_000_000),
    "a header of another file": ONE.replace(RECORD.encode(), f"{NAMES[1]}/record.json".encode(), 1),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pack_is_one_sentence_and_shows_nothing(shelf: Path, content: bytes) -> None:
    (shelf / "page.zip").write_bytes(content)
    with pytest.raises(Damage) as damage:
        Pack(shelf / "page.zip").runs()
    message = str(damage.value)
    assert message.startswith("page.zip")
    assert message.endswith(".")
    assert "\n" not in message
    store = opened(shelf)
    assert message in store.notice
    assert sorted(run.run_id for run in store.list()) == sorted(NAMES), "what lies in folders is shown"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_or_over_another_is_refused(shelf: Path) -> None:
    (shelf / "page.zip").write_bytes(archive((info(RECORD), b"{}"), (info(RECORD), b"[]")))
    with pytest.raises(Damage, match=r"record\.json twice"):
        Pack(shelf / "page.zip").runs()
    inner = archive((info(RECORD), b"{}"))
    inner = inner[: inner.index(b"PK\x01\x02")]  # the second file, within the first one
    two = archive((info(f"{NAME}/config.json"), inner), (info(RECORD), b"{}"))
    second = two.rindex(b"PK\x01\x02")
    over = two[: second + 42] + struct.pack("<L", two.index(inner)) + two[second + 46 :]
    (shelf / "page.zip").write_bytes(over)
    with pytest.raises(Damage, match="lie over each other"):
        Pack(shelf / "page.zip").runs()


def test_a_link_or_a_folder_with_the_name_of_a_pack_is_not_followed(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.zip").write_bytes(pack_bytes(contents(shelf, NAMES)))
    (shelf / "page.zip").symlink_to(tmp_path / "elsewhere.zip")
    (shelf / "lesson.zip").mkdir()
    for name in ("page", "lesson"):
        with pytest.raises(Damage, match=rf"{name}\.zip is (no regular file|a symbolic link)"):
            Pack(shelf / f"{name}.zip").runs()


def test_a_huge_pack_is_not_read(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_into_packs(shelf, {"page": NAMES})
    monkeypatch.setattr(pack, "MOST_BYTES", 1_000)
    with pytest.raises(Damage, match="at most 1,000"):
        Pack(shelf / "page.zip").runs()


def test_any_damaged_byte_is_found_or_harmless(shelf: Path) -> None:
    put_into_packs(shelf, {"page": NAMES[:2]})
    path, chance = shelf / "page.zip", random.Random(1)
    whole, expected = path.read_bytes(), {name: read(shelf, name).record for name in NAMES[:2]}
    directory = whole.index(b"PK\x01\x02")
    places = [*chance.choices(range(len(whole)), k=60), *chance.choices(range(directory, len(whole)), k=60)]
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :])
        store = opened(shelf)
        for name, record in expected.items():
            run = store.read(name)
            assert run is None or run.record == record


def test_a_pack_is_replaced_while_it_is_read(shelf: Path) -> None:
    old, new = (pack_bytes(contents(shelf, names)) for names in (NAMES[:2], NAMES))
    expected = (shelf / NAME / "events.jsonl").read_bytes()
    path = shelf / "page.zip"
    path.write_bytes(old)
    reader, stop, found = Pack(path), threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            found.append(reader.read(NAME, "events.jsonl") == expected)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(50):
        for content in (new, old):
            layout.write_whole(path, content)
    stop.set()
    thread.join()
    assert found
    assert all(found)


def test_on_windows_a_file_that_is_being_read_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals, replace = [PermissionError("in use")] * 3, layout.os.replace

    def busy(new: str, path: Path) -> None:
        if refusals:
            raise refusals.pop()
        replace(new, path)

    monkeypatch.setattr(layout, "_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(layout.os, "replace", busy)
    with pytest.raises(PermissionError):
        layout.write_whole(tmp_path / "file", b"new")
    refusals[:] = [PermissionError("in use")] * 3
    monkeypatch.setattr(layout.os, "name", "nt")
    layout.write_whole(tmp_path / "file", b"new")
    monkeypatch.setattr(layout.os, "name", "posix")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_reading_asks_the_directory_once(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_into_packs(shelf, {"page": NAMES})
    looked: list[Path] = []
    original: Callable[[Path], object] = pack._read_directory
    monkeypatch.setattr(pack, "_read_directory", lambda path: looked.append(path) or original(path))
    store = opened(shelf)
    for name in NAMES:
        store.read(name)
    assert len(looked) == 1
