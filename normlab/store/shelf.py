"""The folder of runs that ship: packs, and run folders that are not packed yet, which come before packs."""

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from shutil import rmtree

from normlab.store.aside import run_folders
from normlab.store.box import Box, FolderBox
from normlab.store.layout import FILES, RECORD, Damage, Stamp, is_run_id
from normlab.store.pack import NAME, Pack, PackBox, write_pack
from normlab.store.verification import verify

_TICK_SECONDS = 2.0
"""A folder that was changed so short a while ago may change again without a new time."""


class Shelf:
    """Never written to by who only reads runs. May be used by several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._packs: dict[Path, Pack] = {}
        self._listed: tuple[float, list[Pack]] | None = None
        self._packed: tuple[tuple[Stamp, ...], Mapping[str, Pack]] | None = None

    def names(self) -> list[str]:
        """The run ids that are here, each once."""
        folders = [path.name for path in run_folders(self.root) if os.path.lexists(path / RECORD)]
        return list(dict.fromkeys([*folders, *self._by_run()]))

    def box(self, name: str) -> Box | None:
        """Where the run lies; None if it is not here. A folder without a record is what is left of one."""
        if os.path.lexists(self.root / name / RECORD):
            return FolderBox(self.root / name)
        pack = self._by_run().get(name)
        return PackBox(pack, name) if pack is not None else None

    def problems(self, expected: Iterable[str] = ()) -> dict[str, str]:
        """By its name, a sentence for each pack that cannot be read, or that is expected and not here."""
        packs = {pack.path.name: pack for pack in self.packs()}
        packs |= {name: Pack(self.root / name) for name in expected if name not in packs}
        found = {}
        for name, pack in packs.items():
            try:
                pack.runs()
            except Damage as damage:
                found[name] = str(damage)
        return found

    def require(self, expected: Iterable[str] = ()) -> None:
        """Raise `Damage` if a pack cannot be read: whoever writes here would take its runs for missing."""
        for sentence in self.problems(expected).values():
            raise Damage(sentence)

    def packs(self) -> list[Pack]:
        """In the order of their names."""
        try:
            changed = self.root.stat().st_mtime
            with self._lock:
                if self._listed is not None and self._listed[0] == changed:
                    return self._listed[1]
            with os.scandir(self.root) as entries:
                names = sorted(entry.name for entry in entries if NAME.fullmatch(entry.name))
        except OSError:
            return []
        with self._lock:
            found = [self._packs.setdefault(self.root / name, Pack(self.root / name)) for name in names]
            is_settled = abs(time.time() - changed) > _TICK_SECONDS
            self._listed = (changed, found) if is_settled else None
        return found

    def _by_run(self) -> Mapping[str, Pack]:
        """Which pack has which run; a pack that cannot be read has none (`problems` tells of it)."""
        packs = self.packs()
        seen = tuple(pack.stamp() for pack in packs)
        with self._lock:
            if self._packed is not None and self._packed[0] == seen:
                return self._packed[1]
        found: dict[str, Pack] = {}
        for pack in packs:
            try:
                for name in pack.runs():
                    found.setdefault(name, pack)
            except Damage:
                continue
        with self._lock:
            self._packed = seen, found
        return found


def put_into_packs(root: Path, parts: Mapping[str, Iterable[str]]) -> Sequence[str]:
    """Move the runs of each part into a pack of its name; what no part names any more leaves its pack.

    A run of several parts is in the first one's pack. A part without runs stays as it is, and so does a folder that no
    part names. Gives the names of the packs that were written.

    Raises:
        Damage: if a pack or a run cannot be read; then nothing is written.
    """
    shelf = Shelf(root)
    shelf.require()
    contents = _contents(shelf, parts)
    written = [f"{part}.zip" for part, runs in contents.items() if write_pack(root / f"{part}.zip", runs)]
    for part, runs in contents.items():  # before any folder goes
        pack = Pack(root / f"{part}.zip")
        if {name: {file: pack.read(name, file) for file in files} for name, files in pack.runs().items()} != runs:
            raise Damage(f"{pack.path.name} does not hold what was written into it.")
    for name in {name for runs in contents.values() for name in runs}:
        _remove(root / name)
    return written


def _contents(shelf: Shelf, parts: Mapping[str, Iterable[str]]) -> dict[str, dict[str, dict[str, bytes]]]:
    """The files of each part's runs, all of them verified: read before anything is written, since a run may move from
    one pack to another."""
    found: dict[str, dict[str, dict[str, bytes]]] = {}
    done: set[str] = set()
    for part, names in parts.items():
        boxes = [
            box for name in dict.fromkeys(names) if name not in done and is_run_id(name) and (box := shelf.box(name))
        ]
        for box in boxes:
            verify(box, shipped=True)
        done |= {box.name for box in boxes}
        if boxes:
            found[part] = {box.name: {name: box.read(name) for name in FILES} for box in boxes}
    return found


def _remove(folder: Path) -> None:
    """In one step out of sight: half a folder would be taken for a run."""
    if folder.is_dir():
        gone = folder.with_name(f"{folder.name}.gone")
        rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        rmtree(gone)
