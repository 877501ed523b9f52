"""Folders that are not shown: moved to `set-aside` with their reason, or only remembered where nothing may be moved."""

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

from normlab import files
from normlab.store.box import Box, FolderBox
from normlab.store.layout import Stamp, is_run_id
from normlab.store.run import SetAside

FOLDER, _WHY = "set-aside", "why.txt"
_WHY_BYTES = 8_192
_REASON_LENGTH = 400
"""Characters: a reason may quote what is in a file."""


class Asides:
    """What was set aside in the store at `root`; nothing is ever deleted."""

    def __init__(self, root: Path) -> None:
        self._root = root / FOLDER
        self._lock = threading.Lock()
        self._stayed: dict[Box, tuple[Stamp, SetAside]] = {}

    def put(self, box: Box, reason: str, *, movable: bool) -> None:
        """Move a run folder out of sight; where that cannot be done, remember not to show it while it is as it is.

        A link or a file in its place is moved into a folder: nothing is written to where a link leads.
        """
        reason = _line(reason)
        when = datetime.now(UTC)
        day = when.isoformat(timespec="seconds")
        target = self._root / f"{box.name}-{when:%Y%m%d-%H%M%S-%f}"
        try:
            if not (movable and isinstance(box, FolderBox)):
                raise PermissionError("the runs that ship are never written to")
            is_folder = stat.S_ISDIR(box.path.lstat().st_mode)
            (target.parent if is_folder else target).mkdir(parents=True, exist_ok=True)
            box.path.rename(target if is_folder else target / box.name)
            (target / _WHY).write_text(f"{reason}\n{day}\n", encoding="utf-8")
        except FileNotFoundError:
            return  # another process was faster
        except OSError:
            with self._lock:
                self._stayed[box] = box.stamp(), SetAside(box.where, reason, day)

    def has(self, box: Box) -> bool:
        """Whether the run, though still in its place, must not be shown."""
        with self._lock:
            known = self._stayed.get(box)
        return known is not None and known[0] == box.stamp()

    def all(self) -> list[SetAside]:
        """Oldest first."""
        moved = [_moved(folder) for folder in subfolders(self._root)]
        with self._lock:
            stayed = [aside for box, (seen, aside) in self._stayed.items() if box.stamp() == seen]
        return sorted([*moved, *stayed], key=lambda aside: aside.when)


def _line(text: str) -> str:
    """One printable line, cut where it is long."""
    line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return line if len(line) <= _REASON_LENGTH else f"{line[:_REASON_LENGTH]}…"


def _moved(folder: Path) -> SetAside:
    try:
        lines = files.read(folder / _WHY, _WHY_BYTES).decode(errors="replace").splitlines()
    except (OSError, files.Unreadable):
        lines = []
    reason, when = [*lines, "", ""][:2]
    return SetAside(str(folder), _line(reason) or "Its reason was not written down.", _line(when))


def subfolders(root: Path) -> list[Path]:
    """Links to folders are none: whoever writes into one, or removes one, does so elsewhere."""
    try:
        return sorted(path for path in root.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return []


def run_folders(root: Path) -> list[Path]:
    """Only folders with the name of a run: whatever else is there is none of ours."""
    return [path for path in subfolders(root) if is_run_id(path.name)]
