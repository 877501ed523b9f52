"""Who trains a run: a claim file that one process creates, keeps fresh, and removes.

Claims are numbered. The one with the highest number counts; a stale claim is succeeded by creating the next number,
which the file system grants to one process only. The holder of the old one notices that its file is gone.
"""

import contextlib
import json
import os
import platform
import re
import threading
import time
from pathlib import Path

from normlab import files
from normlab.errors import NormlabError

BEAT_SECONDS = 1.0
STALE_SECONDS = 10.0
_PREFIX = "claim-"
_NAME = re.compile(rf"{_PREFIX}([1-9][0-9]{{0,8}})")
_BYTES, _LAST_PID = 4_096, 2**31 - 1


class AlreadyClaimed(NormlabError):
    """Another process trains this run now; the message is one sentence."""


def this_host() -> str:
    """The machine and, in a container, the container: process ids mean something only within it."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{platform.node()}{space}"


def is_gone(host: str, pid: int) -> bool:
    """Whether the process is known to have ended; of other hosts nothing is known."""
    if os.name != "posix" or host != this_host():  # on Windows os.kill(pid, 0) would end the process
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def live_attempt(folder: Path) -> str | None:
    """The attempt that a live process makes in this folder, "" if it has not said so yet; None without one."""
    newest = _newest(folder)
    return _attempt(_path(folder, newest)) if newest else None


class Claim:
    """Taken when it is made; `lost` once another process has taken over."""

    def __init__(self, folder: Path, attempt: str) -> None:
        """Raises `AlreadyClaimed`, or `OSError` if the folder cannot be written."""
        newest = _newest(folder)
        taken = AlreadyClaimed(f"The run {folder.name} is being trained by another process.")
        if newest and _attempt(_path(folder, newest)) is not None:
            raise taken
        self._path = _path(folder, newest + 1)
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            raise taken from None
        with os.fdopen(handle, "w") as sink:
            json.dump({"host": this_host(), "pid": os.getpid(), "attempt": attempt}, sink)
        for number in _numbers(folder):
            if number <= newest:
                with contextlib.suppress(IsADirectoryError, PermissionError):  # what is no file is no claim of ours
                    _path(folder, number).unlink(missing_ok=True)
        self.lost = False
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"claim {folder.name}", daemon=True)
        self._thread.start()

    def _beat(self) -> None:
        while not self._released.wait(BEAT_SECONDS):
            try:
                os.utime(self._path)
            except FileNotFoundError:
                self.lost = True
                return
            except OSError:
                continue  # one missed beat of ten does no harm

    def release(self) -> None:
        self._released.set()
        self._thread.join(STALE_SECONDS)
        if not self.lost:
            self._path.unlink(missing_ok=True)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{_PREFIX}{number}"


def _numbers(folder: Path) -> list[int]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [int(match[1]) for name in names if (match := _NAME.fullmatch(name))]


def _newest(folder: Path) -> int:
    return max(_numbers(folder), default=0)


def _attempt(path: Path) -> str | None:
    """The claim's attempt if the claim is live. A time far ahead, of a clock that was wrong, keeps none alive."""
    try:
        is_fresh = abs(time.time() - path.lstat().st_mtime) < STALE_SECONDS
        content = files.read(path, _BYTES)
    except (OSError, files.Unreadable):
        return None
    try:
        host, pid, attempt = _holder(content)
    except ValueError:  # not written yet, or foreign: only its age tells
        return "" if is_fresh else None
    return attempt if is_fresh and not is_gone(host, pid) else None


def _holder(content: bytes) -> tuple[str, int, str]:
    """Host, process and attempt. Raises `ValueError`."""
    data = files.parse_object(content)
    match data:
        case {"host": str(host), "pid": int(pid), "attempt": str(attempt)} if 0 < pid <= _LAST_PID:
            return host, pid, attempt
    raise ValueError("no claim")
