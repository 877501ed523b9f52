"""The folder of runs that ship: packs, and run folders that are not packed yet, which come before packs."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shutil import rmtree

from normlab.store.aside import run_folders
from normlab.store.box import FILES, Box, FolderBox
from normlab.store.layout import Damage, is_run_id
from normlab.store.pack import SUFFIX, Pack, PackBox, write_pack

_TICK_SECONDS = 2.0
"""A folder that was changed so short a while ago may change again without a new time."""


class Shelf:
    """Never written to by who only reads runs. May be used by several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._packs: dict[Path, Pack] = {}
        self._listed: tuple[float, list[Pack]] | None = None

    def names(self) -> list[str]:
        """The run ids that are here, each once."""
        folders = [path.name for path in run_folders(self.root)]
        return list(dict.fromkeys([*folders, *(name for _, runs in self._sound() for name in runs)]))

    def box(self, name: str) -> Box | None:
        """Where the run lies; None if it is not here."""
        if (self.root / name).is_dir():
            return FolderBox(self.root / name)
        for pack, runs in self._sound():
            if name in runs:
                return PackBox(pack, name)
        return None

    def problems(self, expected: Iterable[str]) -> list[str]:
        """A sentence for each pack that cannot be read, or that is expected by its name and is not here."""
        packs = {pack.path.name: pack for pack in self.packs()}
        packs |= {name: Pack(self.root / name) for name in expected if name not in packs}
        found = []
        for pack in packs.values():
            try:
                pack.runs()
            except Damage as damage:
                found.append(f"Runs that ship cannot be shown: {damage}")
        return found

    def packs(self) -> list[Pack]:
        """In the order of their names."""
        try:
            changed = self.root.stat().st_mtime
            with self._lock:
                if self._listed is not None and self._listed[0] == changed:
                    return self._listed[1]
            paths = sorted(path for path in self.root.iterdir() if path.suffix == SUFFIX)
        except OSError:
            return []
        with self._lock:
            found = [self._packs.setdefault(path, Pack(path)) for path in paths]
            is_settled = time.time() - changed > _TICK_SECONDS
            self._listed = (changed, found) if is_settled else None
        return found

    def _sound(self) -> Iterator[tuple[Pack, Mapping[str, object]]]:
        for pack in self.packs():
            try:
                yield pack, pack.runs()
            except Damage:
                continue  # `problems` tells of it


def put_into_packs(root: Path, parts: Mapping[str, Iterable[str]]) -> Sequence[str]:
    """Move the runs of each part into a pack of its name; what no part names any more leaves its pack.

    A run of several parts is in the first one's pack. A part without runs stays as it is, and so does a folder that no
    part names. Gives the names of the packs that were written.

    Raises:
        Damage: if a run's file cannot be read: then its part stays as it is.
    """
    shelf, done, written = Shelf(root), set[str](), []
    for part, names in parts.items():
        mine = [name for name in dict.fromkeys(names) if name not in done and is_run_id(name)]
        boxes = [box for name in mine if (box := shelf.box(name))]
        done |= {box.name for box in boxes}
        if not boxes:
            continue
        runs = {box.name: {name: box.read(name) for name in FILES} for box in boxes}
        if write_pack(root / f"{part}{SUFFIX}", runs):
            written.append(f"{part}{SUFFIX}")
    for name in done:
        if (root / name).is_dir():
            rmtree(root / name)
    return written
