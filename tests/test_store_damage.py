"""A run folder that cannot be trusted is set aside with its reason, never half-shown, and nothing is deleted."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_kit import SMALL, write

from normlab.identity import run_id
from normlab.record import Status
from normlab.settings import changed
from normlab.store import Store
from normlab.store.layout import sha256

NAME = run_id(SMALL)
FILES = ("config.json", "events.jsonl", "tensors.safetensors", "record.json")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run's folder, to be copied."""
    return write(Store(tmp_path_factory.mktemp("sound")))


@pytest.fixture
def store(sound: Path, tmp_path: Path) -> Store:
    """A store with that run."""
    shutil.copytree(sound, tmp_path / "runs" / NAME)
    return Store(tmp_path / "runs")


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def rehash(folder: Path) -> None:
    """Make the record agree with the changed files, as a careful forger would."""

    def change(record: dict[str, Any]) -> None:
        record["files"] = {name: sha256((folder / name).read_bytes()) for name in record["files"]}

    edit(folder / "record.json", change)


def reason(store: Store) -> str:
    """Why the run was set aside; it is nowhere shown, and all of it is kept."""
    assert store.read(NAME) is None
    assert store.status(NAME) is None
    assert store.list() == []
    (aside,) = store.set_aside()
    assert NAME in aside.folder
    assert aside.when.endswith("+00:00")
    assert Path(aside.folder).parent == store.root / "set-aside"
    assert (Path(aside.folder) / "why.txt").read_text().splitlines()[0] == aside.reason
    assert Store(store.root).set_aside() == [aside], "another process is told the same"
    return aside.reason


def test_an_undamaged_run_stays(store: Store) -> None:
    run = store.read(NAME)
    assert run is not None
    assert store.set_aside() == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_a_truncated_file(store: Store, name: str, keep: float) -> None:
    path = store.root / NAME / name
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if keep < 0.99 else -2])
    assert name in reason(store)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("place", [0, 0.3, 0.7, 1])
def test_a_flipped_byte(store: Store, name: str, place: float) -> None:
    path = store.root / NAME / name
    content = bytearray(path.read_bytes())
    content[round(place * (len(content) - 2))] ^= 0b101
    path.write_bytes(content)
    if name == "record.json" and json_is_the_same(content, path, store):
        return
    assert reason(store)


def json_is_the_same(content: bytearray, path: Path, store: Store) -> bool:
    """A byte of a text for people (machine, versions) may change unseen: nothing is computed from it."""
    run = store.read(NAME)
    return run is not None and run.record is not None and run.record.files.keys() == set(FILES) - {"record.json"}


@pytest.mark.parametrize("name", FILES[:3])
def test_a_missing_file(store: Store, name: str) -> None:
    (store.root / NAME / name).unlink()
    assert reason(store) == f"{name} is missing."


def test_without_its_record_a_run_counts_as_interrupted(store: Store) -> None:
    (store.root / NAME / "record.json").unlink()
    assert store.status(NAME) is Status.INTERRUPTED
    run = store.read(NAME)
    assert run is not None
    assert (run.status, run.ended) == (Status.INTERRUPTED, None)


def test_a_folder_from_the_future(store: Store) -> None:
    edit(store.root / NAME / "record.json", lambda record: record.update(schema=2, invention=1))
    assert reason(store).startswith("It was written by a newer normlab")


def test_settings_from_the_future(store: Store) -> None:
    edit(store.root / NAME / "config.json", lambda data: data["config"].update(invention=1))
    rehash(store.root / NAME)
    assert reason(store) == "It was written by a newer normlab: config.json has the unknown setting invention."


@pytest.mark.parametrize("schema", [0, "1", None, True])
def test_a_schema_that_never_was(store: Store, schema: object) -> None:
    edit(store.root / NAME / "record.json", lambda record: record.update(schema=schema))
    assert f"has schema {schema}" in reason(store)


def test_settings_that_are_not_the_folders(store: Store) -> None:
    edit(store.root / NAME / "config.json", lambda data: data["config"].update(seed=5))
    rehash(store.root / NAME)
    assert "is not the run id of the settings" in reason(store)


def test_settings_that_break_a_rule(store: Store) -> None:
    edit(store.root / NAME / "config.json", lambda data: data["config"].update(dropout=7))
    rehash(store.root / NAME)
    assert "dropout=7 must be a number" in reason(store)


def test_a_folder_with_another_runs_content(store: Store) -> None:
    other = run_id(changed(SMALL, {"seed": 9}))
    (store.root / NAME).rename(store.root / other)
    assert store.read(other) is None
    (aside,) = store.set_aside()
    assert aside.reason == f"record.json belongs to the run {NAME}, not to {other}."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"test_accuracy": 0.999}, "disagree on the test accuracy"),
        ({"epochs": 2}, "says finished after 2 of 3 epochs"),
        ({"status": "diverged"}, "does not end as record.json says"),
        ({"status": "running"}, "no end of a run"),
        ({"status": "splendid"}, "no record"),
        ({"attempt": "another"}, "another attempt"),
        ({"files": {}}, "does not name exactly"),
        ({"extra": 1}, "no record"),
    ],
)
def test_a_forged_record(store: Store, change: dict[str, Any], words: str) -> None:
    edit(store.root / NAME / "record.json", lambda record: record.update(change))
    assert words in reason(store)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "not valid JSON"),
        ("[1]", "it is no object"),
        ('{"attempt":"a","event":"dance"}', "is no event"),
        ('{"event":"ended","status":"finished","reason":""}', "has no attempt"),
        ('{"attempt":"a","event":"ended","status":"finished","reason":""}', "does not begin with its start"),
    ],
)
def test_a_forged_event(store: Store, line: str, words: str) -> None:
    folder = store.root / NAME
    with (folder / "events.jsonl").open("a") as sink:
        sink.write(line + "\n")
    rehash(folder)
    assert words in reason(store)


def test_a_number_that_is_none(store: Store) -> None:
    folder = store.root / NAME
    text = (folder / "events.jsonl").read_text()
    (folder / "events.jsonl").write_text(text.replace('"penalty":0.0', '"penalty":NaN', 1))
    rehash(folder)
    assert "NaN is no number" in reason(store)


def test_answers_that_are_no_digits(store: Store) -> None:
    folder = store.root / NAME
    text = (folder / "events.jsonl").read_text()
    (folder / "events.jsonl").write_text(text.replace('"answers":"0', '"answers":"<', 1))
    rehash(folder)
    assert "answers that are no digits" in reason(store)


def test_tensors_that_are_none(store: Store) -> None:
    folder = store.root / NAME
    (folder / "tensors.safetensors").write_bytes(b"\x80\x04K\x01.")  # a pickle
    rehash(folder)
    assert "tensors.safetensors cannot be read" in reason(store)


def test_a_broken_line_of_an_interrupted_run(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write(store, status=Status.INTERRUPTED)
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join([*lines[:3], b"garbage\n", *lines[3:]]))
    assert "not valid JSON" in reason(store)


def test_a_broken_configuration_of_an_interrupted_run(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = write(store, status=Status.INTERRUPTED)
    (folder / "config.json").write_text("{")
    assert "config.json is not valid JSON" in reason(store)


def test_a_live_run_is_never_moved(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, status=Status.INTERRUPTED)
    with store.begin(SMALL) as attempt:
        with (attempt.folder / "events.jsonl").open("a") as sink:
            sink.write("garbage\n")
        assert store.read(NAME) is None
        assert store.status(NAME) is Status.RUNNING
        assert store.set_aside() == []


def test_what_was_sound_and_is_damaged_later_is_noticed(store: Store) -> None:
    assert store.read(NAME) is not None
    path = store.root / NAME / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-2])
    assert reason(store) == "events.jsonl is not the file that was recorded (its SHA-256 differs)."


def test_a_run_can_be_trained_anew_after_its_folder_was_set_aside(store: Store) -> None:
    (store.root / NAME / "record.json").write_text("{")
    write(store)
    run = store.read(NAME)
    assert run is not None
    assert run.status is Status.FINISHED
    assert len(store.set_aside()) == 1


def test_foreign_files_do_not_matter(store: Store) -> None:
    (store.root / NAME / "notes.txt").write_text("mine")
    (store.root / NAME / ".DS_Store").write_bytes(b"\0")
    assert store.read(NAME) is not None
    assert store.set_aside() == []


def test_a_damaged_run_that_ships_is_not_moved_but_listed_and_not_shown(store: Store, tmp_path: Path) -> None:
    shelf = store.root
    path = shelf / NAME / "tensors.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    reader = Store(tmp_path / "mine", shelf)
    assert reader.read(NAME) is None
    assert reader.status(NAME) is None
    assert reader.list() == []
    (aside,) = reader.set_aside()
    assert aside.folder == str(shelf / NAME)
    assert "SHA-256" in aside.reason
    assert sorted(item.name for item in (shelf / NAME).iterdir()) == sorted(FILES)
    path.write_bytes(whole)
    assert reader.read(NAME) is not None, "once mended it is shown"
    assert reader.set_aside() == []


def test_a_folder_that_cannot_be_moved_is_not_shown_either(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "read-only")

    monkeypatch.setattr(Path, "rename", refuse)
    (store.root / NAME / "record.json").write_text("{")
    assert store.read(NAME) is None
    assert store.status(NAME) is None
    assert store.list() == []
    (aside,) = store.set_aside()
    assert aside.folder == str(store.root / NAME)


def test_a_run_trained_here_stands_in_for_a_damaged_one_that_ships(store: Store, tmp_path: Path) -> None:
    shelf = store.root
    (shelf / NAME / "record.json").write_text("{")
    own = Store(tmp_path / "mine", shelf)
    write(own)
    run = own.read(NAME)
    assert run is not None
    assert not run.shipped
