"""Keeps the store below a size: removes what was set aside, then the runs that nobody has looked at for longest.

Never a run that is kept (`keeping.py`), that is being trained, or that ships. A run is claimed and then moved away in
one step before its files go, while nobody can begin to keep it. So whoever says that a run is kept before reading it
finds it whole or not at all.
"""

import contextlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from normlab.store import aside
from normlab.store.claim import AlreadyClaimed, Claim, live_attempt
from normlab.store.keeping import Keeping
from normlab.store.layout import EVENTS, RECORD, stamp

_LEAVING = "leaving"
_YOUNG_SECONDS = 60.0
"""A run that has ended so shortly ago may be about to be shown."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A folder, its bytes, and when it was last of use (seconds since the epoch)."""

    folder: Path
    size: int
    used: float


def used_bytes(root: Path) -> int:
    """Of the store's runs and of what was set aside."""
    return sum(_size(folder) for folder in (*aside.subfolders(root / aside.FOLDER), *aside.run_folders(root)))


def make_room(root: Path, keeping: Keeping, budget: int) -> int:
    """Remove folders until the store takes at most `budget` bytes, as far as that may be done; the bytes removed."""
    for rest in aside.subfolders(root / _LEAVING):  # of a process that ended while it removed
        shutil.rmtree(rest, ignore_errors=True)
    asides = [_Item(path, _size(path), path.stat().st_mtime) for path in aside.subfolders(root / aside.FOLDER)]
    runs = [_Item(path, _size(path), _last_use(path, keeping)) for path in aside.run_folders(root)]
    excess = sum(item.size for item in (*asides, *runs)) - budget
    removed = 0
    for item in sorted(asides, key=lambda item: item.used):
        if removed < excess:
            shutil.rmtree(item.folder, ignore_errors=True)
            removed += item.size
    for item in sorted(runs, key=lambda item: item.used):
        if removed < excess and item.used < time.time() - _YOUNG_SECONDS and _remove(item.folder, keeping):
            removed += item.size
    keeping.forget()
    return removed


def _remove(folder: Path, keeping: Keeping) -> bool:
    """Whether the run is gone: not if somebody keeps it, trains it, or has a file of it open where that matters."""
    if keeping.is_kept(folder.name) or live_attempt(folder) is not None:
        return False
    leaving = folder.parent / _LEAVING / folder.name
    try:
        leaving.parent.mkdir(exist_ok=True)
        claim = Claim(folder, "")
    except (AlreadyClaimed, OSError):
        return False
    try:
        with keeping.alone():
            if keeping.is_kept(folder.name):
                return False
            folder.rename(leaving)
    except OSError:
        return False
    finally:
        claim.release()
    shutil.rmtree(leaving, ignore_errors=True)
    return True


def _last_use(folder: Path, keeping: Keeping) -> float:
    """When the run last told something, or ceases to be kept."""
    written = max(changed for changed, _ in stamp(folder, (RECORD, EVENTS)))
    return max(written / 1e9, keeping.until(folder.name))


def _size(folder: Path) -> int:
    total = 0
    with contextlib.suppress(OSError):  # it is going
        for path in folder.rglob("*"):
            total += path.lstat().st_size
    return total
