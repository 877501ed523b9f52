"""Runs that ship: made small, and listed in a manifest that says which there must be."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from normlab.describe import title
from normlab.record import EpochEnd, Event, record_to_json
from normlab.store import events, tensors
from normlab.store.layout import (
    CONFIG,
    EVENTS,
    FORMAT,
    RECORD,
    TENSORS,
    Damage,
    StoreProblem,
    is_run_id,
    json_bytes,
    sha256,
    write_whole,
)
from normlab.store.run import Run
from normlab.store.verification import summarize, verify

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest; `record_sha256` is that of the run's record.json, which holds the other files'."""

    run_id: str
    title: str
    record_sha256: str


def slim(source: Path, shelf: Path) -> Path:
    """Copy the ended run in the folder `source` to `shelf/<run id>`, without its history.

    Kept are every epoch's scores, the layer statistics of the last epoch, and the last snapshot. An older copy is
    replaced.

    Raises:
        Damage: if the run does not verify.
    """
    run = verify(source, shipped=False)
    assert run.record is not None, "an ended run has one"
    assert run.folder is not None, "it was read from one"
    lines = b"".join(events.encode(run.record.attempt, event) for event in _kept(run))
    arrays = tensors.encode([run.snapshot(run.snapshot_epochs()[-1])])
    files = {**run.record.files, EVENTS: sha256(lines), TENSORS: sha256(arrays)}
    contents = {
        CONFIG: (source / CONFIG).read_bytes(),
        EVENTS: lines,
        TENSORS: arrays,
        RECORD: json_bytes(record_to_json(replace(run.record, files=files))),
    }
    return _put(source.name, contents, shelf)


def whole(source: Path, shelf: Path) -> Path:
    """Copy the ended run in the folder `source`, with all of its history, to `shelf/<run id>`.

    Raises:
        Damage: if the run does not verify.
    """
    verify(source, shipped=False)
    contents = {name: (source / name).read_bytes() for name in (CONFIG, EVENTS, TENSORS, RECORD)}
    return _put(source.name, contents, shelf)


def _put(run_id: str, contents: Mapping[str, bytes], shelf: Path) -> Path:
    """Write a run folder aside and then move it in; `contents` ends with the record. An older copy is replaced."""
    shelf.mkdir(parents=True, exist_ok=True)
    target = shelf / run_id
    with tempfile.TemporaryDirectory(prefix=f"{run_id}.", dir=shelf, ignore_cleanup_errors=True) as fresh:
        for name, content in contents.items():
            write_whole(Path(fresh) / name, content)
        if target.exists():
            shutil.rmtree(target)
        target.mkdir()
        for name in contents:
            (Path(fresh) / name).replace(target / name)
    return target


def _kept(run: Run) -> list[Event]:
    assert run.started is not None, "verification saw it"
    assert run.ended is not None, "verification saw it"
    last = run.epochs[-1] if run.epochs else None
    ends: list[EpochEnd] = [end if end is last else replace(end, layers=()) for end in run.epochs]
    return [run.started, *ends, run.ended]


def write_manifest(shelf: Path) -> list[Entry]:
    """List every run folder of `shelf` in its manifest.json, ordered by title.

    Raises:
        Damage: if one of them is no ended run.
    """
    entries = sorted((_entry(path) for path in shelf.iterdir() if is_run_id(path.name)), key=lambda e: e.title)
    runs = [{"run_id": e.run_id, "title": e.title, "record_sha256": e.record_sha256} for e in entries]
    write_whole(shelf / MANIFEST, json_bytes({"schema": FORMAT, "runs": runs}))
    return entries


def _entry(folder: Path) -> Entry:
    summary = summarize(folder, shipped=True)
    return Entry(folder.name, title(summary.config), sha256((folder / RECORD).read_bytes()))


def read_manifest(shelf: Path) -> list[Entry]:
    """Which runs must be there. Raises `StoreProblem` if the manifest is missing or damaged."""
    path = shelf / MANIFEST
    try:
        data = json.loads(path.read_bytes())
        if data["schema"] != FORMAT:
            raise ValueError(f"its schema is {data['schema']}, this normlab reads {FORMAT}")
        return [Entry(str(run["run_id"]), str(run["title"]), str(run["record_sha256"])) for run in data["runs"]]
    except FileNotFoundError:
        raise StoreProblem(f"{path} is missing: it lists the runs that ship.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreProblem(f"{path} cannot be read ({error!r}).") from None


__all__ = ["MANIFEST", "Damage", "Entry", "read_manifest", "slim", "whole", "write_manifest"]
