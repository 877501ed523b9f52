"""Runs that ship: made small, and listed in a manifest that says which there must be."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from normlab import files
from normlab.record import EpochEnd, Event, RunRecord
from normlab.record_json import record_to_json
from normlab.store import events, tensors
from normlab.store.box import Box
from normlab.store.layout import (
    EVENTS,
    FILES,
    FORMAT,
    RECORD,
    TENSORS,
    StoreProblem,
    is_run_id,
    is_sha256,
    json_bytes,
    sha256,
    write_whole,
)
from normlab.store.pack import NAME
from normlab.store.representative import representatives
from normlab.store.run import Run
from normlab.store.shelf import Shelf
from normlab.store.verification import verify
from normlab.titles import title

T = TypeVar("T")
MANIFEST = "manifest.json"
_MANIFEST_BYTES = 16_777_216
"""Room for some 80,000 runs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest; `record_sha256` is that of the run's record.json, which holds the other files'."""

    run_id: str
    title: str
    record_sha256: str


def ship(source: Box, shelf: Path, *, history: bool) -> Path:
    """Copy the ended run that lies in `source` to the folder `shelf/<run id>`, in place of an older copy there.

    Without `history` only every epoch's scores, the layer statistics of the last epoch and the last snapshot are kept.

    Raises:
        Damage: if the run does not verify.
    """
    run = verify(source, shipped=False)
    assert run.record is not None, "an ended run has one"
    contents = {name: source.read(name) for name in FILES}
    if not history:
        contents |= _without_history(run, run.record)
    shelf.mkdir(parents=True, exist_ok=True)
    target = shelf / source.name
    with tempfile.TemporaryDirectory(prefix=f"{source.name}.", dir=shelf, ignore_cleanup_errors=True) as fresh:
        for name, content in contents.items():
            write_whole(Path(fresh) / name, content)
        if target.exists():
            shutil.rmtree(target)
        target.mkdir()
        for name in contents:
            (Path(fresh) / name).replace(target / name)
    return target


def _without_history(run: Run, record: RunRecord) -> dict[str, bytes]:
    """The files that become smaller, and the record that names them."""
    lines = b"".join(events.encode(record.attempt, event) for event in _kept(run))
    arrays = tensors.encode([run.snapshot(run.snapshot_epochs()[-1])])
    digests = {**record.files, EVENTS: sha256(lines), TENSORS: sha256(arrays)}
    return {EVENTS: lines, TENSORS: arrays, RECORD: json_bytes(record_to_json(replace(record, files=digests)))}


def _kept(run: Run) -> list[Event]:
    assert run.started is not None, "verification saw it"
    assert run.ended is not None, "verification saw it"
    last = run.epochs[-1] if run.epochs else None
    ends: list[EpochEnd] = [end if end is last else replace(end, layers=(), ledger=()) for end in run.epochs]
    return [run.started, *ends, run.ended]


def write_manifest(shelf: Path) -> list[Entry]:
    """List every run of `shelf` in its manifest.json, ordered by title, which run stands for each arm, and the packs.

    Raises:
        Damage: if one of them is no ended run that can be trusted, or a pack cannot be read.
    """
    here = Shelf(shelf)
    here.require(expected_packs(shelf))
    boxes = [box for name in here.names() if (box := here.box(name))]
    runs = [verify(box, shipped=True) for box in boxes]
    entries = sorted(map(_entry, runs, boxes), key=lambda entry: entry.title)
    lines = [{"run_id": e.run_id, "title": e.title, "record_sha256": e.record_sha256} for e in entries]
    chosen = dict(sorted(representatives(runs).items()))
    packs = [pack.path.name for pack in here.packs()]
    data = {"schema": FORMAT, "packs": packs, "runs": lines, "representatives": chosen}
    write_whole(shelf / MANIFEST, json_bytes(data))
    return entries


def _entry(run: Run, box: Box) -> Entry:
    return Entry(run.run_id, title(run.config), sha256(box.read(RECORD)))


def read_manifest(shelf: Path) -> list[Entry]:
    """Which runs must be there. Raises `StoreProblem` if the manifest is missing or damaged."""
    return _read_manifest(shelf, lambda data: [_listed(run) for run in data["runs"]])


def read_representatives(shelf: Path) -> Mapping[str, int]:
    """By the id of an arm's `base`, the seed of the run that stands for it. Raises `StoreProblem` like the runs."""
    return _read_manifest(
        shelf, lambda data: dict(_stands(arm, seed) for arm, seed in data.get("representatives", {}).items())
    )


def read_packs(shelf: Path) -> list[str]:
    """The names of the packs that must be there. Raises `StoreProblem` like the runs."""
    return _read_manifest(shelf, lambda data: [_pack_name(name) for name in data.get("packs", [])])


def named(shelf: Path) -> Mapping[str, int]:
    """The representatives, but none where the manifest cannot be read: `verify` and `doctor` tell of that."""
    try:
        return read_representatives(shelf)
    except StoreProblem:
        return {}


def expected_packs(shelf: Path) -> Sequence[str]:
    """The packs that must be there, but none where the manifest cannot be read."""
    try:
        return read_packs(shelf)
    except StoreProblem:
        return ()


def _read_manifest(shelf: Path, part: Callable[[Any], T]) -> T:
    path = shelf / MANIFEST
    try:
        data = files.parse_object(files.read(path, _MANIFEST_BYTES))
        if data.get("schema") != FORMAT:
            raise ValueError(f"its schema is {data.get('schema')}, this normlab reads {FORMAT}")
        return part(data)
    except FileNotFoundError:
        raise StoreProblem(f"{path} is missing: it lists the runs that ship.") from None
    except files.Unreadable as problem:
        raise StoreProblem(f"{path} {problem}.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreProblem(f"{path} cannot be read ({error!r}).") from None


def _listed(run: object) -> Entry:
    match run:
        case {"run_id": str(name), "title": str(words), "record_sha256": str(digest)}:
            if is_run_id(name) and words.isprintable() and is_sha256(digest):
                return Entry(name, words, digest)
    raise ValueError("a line is no run")


def _pack_name(name: object) -> str:
    if isinstance(name, str) and NAME.fullmatch(name):
        return name
    raise ValueError("a pack has no name of one")


def _stands(arm: object, seed: object) -> tuple[str, int]:
    if isinstance(arm, str) and is_run_id(arm) and type(seed) is int:
        return arm, seed
    raise ValueError("a representative is no seed of an arm")


__all__ = [
    *("MANIFEST", "Damage", "Entry", "expected_packs", "named", "read_manifest", "read_packs"),
    *("read_representatives", "ship", "write_manifest"),
]
