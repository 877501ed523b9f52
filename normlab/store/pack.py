"""A pack: the files of many ended runs in one zip file, stored as they are.

Its bytes depend on nothing but what is in it: entries are ordered and have no dates. It may come from anywhere, so its
directory is believed only as far as it can be checked before anything is read: names, sizes, kinds, no overlaps.
"""

import io
import os
import re
import stat
import threading
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from normlab.store.box import FILES
from normlab.store.layout import LIMITS, Damage, Stamp, stamp, write_whole

SUFFIX = ".zip"
MOST_BYTES = 1 << 28
"""Several times what the largest part that ships has."""

_ENTRY = re.compile(rf"([0-9a-f]{{16}})/({'|'.join(map(re.escape, FILES))})")
_DATE = (1980, 1, 1, 0, 0, 0)
_HEADER, _SIGNATURE = 30, b"PK\x03\x04"
_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where the bytes of a file begin in the pack, how many they are, and their CRC-32."""

    start: int
    size: int
    crc: int


_Directory = Mapping[str, Mapping[str, _Entry]]


def pack_bytes(runs: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """The pack of these runs, by run id and name of the file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as sink:
        for run in sorted(runs):
            for name in sorted(runs[run]):
                entry = zipfile.ZipInfo(f"{run}/{name}", _DATE)
                entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
                sink.writestr(entry, runs[run][name])
    return target.getvalue()


def write_pack(path: Path, runs: Mapping[str, Mapping[str, bytes]]) -> bool:
    """Replace the pack in one step, unless it has the same bytes; whether it was written."""
    content = pack_bytes(runs)
    if path.is_file() and path.read_bytes() == content:
        return False
    write_whole(path, content)
    return True


class Pack:
    """A pack that is read: its directory once as long as it stays as it is, then one file at a time.

    It is not kept open: so it can be replaced while others read it, on Windows too. May be used by several threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: tuple[Stamp, _Directory | Damage] | None = None

    def stamp(self) -> Stamp:
        return stamp(self.path.parent, (self.path.name,))

    def runs(self) -> Mapping[str, Mapping[str, object]]:
        """The run ids that are in it, with the names of their files. Raises `Damage` if it cannot be trusted."""
        return self._directory()

    def read(self, run: str, name: str) -> bytes:
        """Raises `Damage` if there is no such file, or it is not what the directory says."""
        for _ in range(2):  # it may be replaced between the two looks
            seen = self.stamp()
            entry = self._directory().get(run, {}).get(name)
            if entry is None:
                raise Damage(f"{name} is missing.")
            try:
                with self.path.open("rb") as source:
                    source.seek(entry.start)
                    content = source.read(entry.size)
            except OSError as error:
                raise Damage(f"{self.path.name} cannot be read ({error.strerror or error}).") from None
            if len(content) == entry.size and zlib.crc32(content) == entry.crc:
                return content
            if self.stamp() == seen:
                break
        raise Damage(f"{name} in {self.path.name} is damaged (its checksum is wrong).")

    def _directory(self) -> _Directory:
        seen = self.stamp()
        with self._lock:
            known = self._known
        if known is None or known[0] != seen:
            known = seen, _tried(self.path)
            with self._lock:
                self._known = known
        if isinstance(known[1], Damage):
            raise Damage(str(known[1]))
        return known[1]


@dataclass(frozen=True, slots=True)
class PackBox:
    """A run in a pack."""

    pack: Pack
    name: str

    @property
    def where(self) -> str:
        return str(self.pack.path)

    def check(self) -> None:
        self.pack.runs()

    def read(self, name: str) -> bytes:
        return self.pack.read(self.name, name)

    def has(self, name: str) -> bool:
        try:
            return name in self.pack.runs().get(self.name, {})
        except Damage:
            return False

    def stamp(self, names: tuple[str, ...] = FILES) -> Stamp:
        return self.pack.stamp()


def _tried(path: Path) -> _Directory | Damage:
    try:
        return _read_directory(path)
    except Damage as damage:
        return damage


def _read_directory(path: Path) -> _Directory:
    """Raises `Damage`."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Damage(f"{path.name} is no regular file.")
        with path.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            if size > MOST_BYTES:
                raise Damage(f"{path.name} has {size:,} bytes; a pack has at most {MOST_BYTES:,}.")
            if source.read(len(_POINTER)) == _POINTER:
                raise Damage(f"{path.name} is only a pointer of Git LFS: run `git lfs pull`.")
            with zipfile.ZipFile(source) as archive:
                listed = archive.infolist()
            return _checked(path.name, source, size, listed)
    except FileNotFoundError:
        raise Damage(f"{path.name} is missing.") from None
    except OSError as error:
        raise Damage(f"{path.name} cannot be read ({error.strerror or error}).") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise Damage(f"{path.name} is no zip file that can be read ({error}).") from None


def _checked(pack: str, source: IO[bytes], size: int, listed: list[zipfile.ZipInfo]) -> _Directory:
    found: dict[str, dict[str, _Entry]] = {}
    end = 0
    for info in sorted(listed, key=lambda info: info.header_offset):
        run, name = _names(pack, info)
        entry = _located(pack, source, info)
        if info.header_offset < end or entry.start + entry.size > size:
            raise Damage(f"{pack} has entries that lie over each other, or beyond its end.")
        end = entry.start + entry.size
        if name in found.setdefault(run, {}):
            raise Damage(f"{pack} has {run}/{name} twice.")
        found[run][name] = entry
    return found


def _names(pack: str, info: zipfile.ZipInfo) -> tuple[str, str]:
    """Run id and name of the file that an entry stands for."""
    match = _ENTRY.fullmatch(info.filename)
    if match is None:
        raise Damage(f"{pack} has an entry {info.filename[:60]!r} that is no file of a run.")
    run, name = match.groups()
    kind = info.external_attr >> 16
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or (kind and not stat.S_ISREG(kind)):
        raise Damage(f"{pack} has {run}/{name} compressed, encrypted or as a link; a pack stores files as they are.")
    if not info.file_size == info.compress_size <= LIMITS[name]:
        raise Damage(f"{pack} has {info.file_size:,} bytes in {run}/{name}; at most {LIMITS[name]:,} are read.")
    return run, name


def _located(pack: str, source: IO[bytes], info: zipfile.ZipInfo) -> _Entry:
    """Where the bytes of an entry begin: behind a header of its own, which must be of the same name."""
    source.seek(info.header_offset)
    header = source.read(_HEADER)
    name_size, extra_size = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    if len(header) < _HEADER or header[:4] != _SIGNATURE or source.read(name_size) != info.filename.encode():
        raise Damage(f"{pack} has another header than its directory says at {info.filename}.")
    start = info.header_offset + _HEADER + name_size + extra_size
    return _Entry(start, info.file_size, info.CRC)
