"""A pack: the files of many ended runs in one zip file, stored as they are.

Its bytes depend on nothing but what is in it: entries are ordered and have no dates. It may come from anywhere, so its
directory is believed only as far as it can be checked before anything is read: names, sizes, kinds, no overlaps.
"""

import io
import os
import re
import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from normlab import files
from normlab.store.layout import FILES, LIMITS, Damage, Stamp, stamp, write_whole

NAME = re.compile(r"[a-z0-9-]{1,40}\.zip")
"""Of a pack's file: what is called otherwise is none of ours."""
MOST_BYTES = 1 << 28
"""Several times what the largest part that ships has."""

_ENTRY = re.compile(rf"([0-9a-f]{{16}})/({'|'.join(map(re.escape, FILES))})")
_DATE = (1980, 1, 1, 0, 0, 0)
_HEADER, _SIGNATURE = 30, b"PK\x03\x04"
_END, _END_SIGNATURE = struct.Struct("<4s4H2LH"), b"PK\x05\x06"
_MOST_ENTRIES, _MOST_DIRECTORY = 20_000, 1 << 22
_TRIES = 10
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
    """Replace the pack in one step, unless it has the same bytes; whether it was written.

    Raises:
        Damage: if it would be too large to be read again; then nothing is written.
    """
    content = pack_bytes(runs)
    if len(content) > MOST_BYTES:
        raise Damage(f"{path.name} would have {len(content):,} bytes; a pack has at most {MOST_BYTES:,}.")
    with suppress(FileNotFoundError, files.Unreadable):
        if files.read(path, MOST_BYTES) == content:
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
        for _ in range(_TRIES):
            seen = self.stamp()
            entry = self._directory().get(run, {}).get(name)
            if entry is None:
                raise Damage(f"{name} is missing.")
            content = self._content(entry)
            if len(content) == entry.size and zlib.crc32(content) == entry.crc:
                return content
            if self.stamp() == seen:  # else it was replaced between the two looks
                break
        raise Damage(f"{name} in {self.path.name} is damaged (its checksum is wrong).")

    def _content(self, entry: _Entry) -> bytes:
        try:
            with files.opened(self.path, MOST_BYTES) as source:
                source.seek(entry.start)
                return source.read(entry.size)
        except (OSError, files.Unreadable) as error:
            raise Damage(f"{self.path.name} cannot be read ({error}).") from None

    def _directory(self) -> _Directory:
        seen = self.stamp()
        with self._lock:
            if self._known is None or self._known[0] != seen:
                self._known = seen, _tried(self.path)
            found = self._known[1]
        if isinstance(found, Damage):
            raise Damage(str(found))
        return found


@dataclass(frozen=True, slots=True)
class PackBox:
    """A run in a pack."""

    pack: Pack
    name: str

    @property
    def where(self) -> str:
        return str(self.pack.path / self.name)

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
        with files.opened(path, MOST_BYTES) as source:
            size = os.fstat(source.fileno()).st_size
            if source.read(len(_POINTER)) == _POINTER:
                raise Damage(f"{path.name} is only a pointer of Git LFS: run `git lfs pull`.")
            _check_end(path.name, source, size)
            with zipfile.ZipFile(source) as archive:
                listed = archive.infolist()
            return _checked(path.name, source, size, listed)
    except FileNotFoundError:
        raise Damage(f"{path.name} is missing.") from None
    except files.Unreadable as problem:
        raise Damage(f"{path.name} {problem}.") from None
    except OSError as error:
        raise Damage(f"{path.name} cannot be read ({error.strerror or error}).") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise Damage(f"{path.name} is no zip file that can be read ({error}).") from None


def _check_end(pack: str, source: IO[bytes], size: int) -> None:
    """How long the directory is, before all of it is read: the last bytes say so (APPNOTE.TXT, 4.3.16)."""
    source.seek(max(size - _END.size, 0))
    end = source.read(_END.size)
    if len(end) < _END.size or not end.startswith(_END_SIGNATURE):
        raise Damage(f"{pack} is no zip file, or not all of one.")
    _, _, _, _, entries, directory, _, comment = _END.unpack(end)
    if comment or entries > _MOST_ENTRIES or directory > _MOST_DIRECTORY:
        raise Damage(f"{pack} says that it has {entries:,} entries in {directory:,} bytes; no pack has so many.")


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
