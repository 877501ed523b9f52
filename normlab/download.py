"""Data sets from their mirrors into the data folder, with progress, never half a file."""

import contextlib
import hashlib
import http
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from normlab import files, images
from normlab.choices import Dataset
from normlab.datasets import DataProblem, IdxFiles, Pool, RemoteFile

_CHUNK = 1 << 18
_TIMEOUT = 30.0
_PACE, _PACE_SECONDS = 1_000, 60.0
"""A mirror that sends fewer bytes a second, over so long a time, is given up."""
_GZIP = b"\x1f\x8b"
_LOCK = "download.lock"
_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 600.0
"""So long may another process that downloads get nothing; all mirrors together take less to be given up."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of the packed files that are here, and that there are in all."""

    done: int
    total: int


def fetch(dataset: Dataset, folder: Path | None = None, source: IdxFiles | None = None) -> Iterator[Progress]:
    """Download what is missing or damaged of a data set into `folder` (`images.data_folder()`), from its own source or
    another one.

    A download that broke off goes on where it stopped. Each file appears under its own name only once it is whole and
    its checksum is right. One process downloads at a time; another waits, and finds what the first has got.

    Raises:
        DataProblem: if no mirror delivers a file, it arrives damaged, or it cannot be written.
    """
    found = source or dataset.spec.source
    if isinstance(found, Pool):
        return
    target, total = (folder or images.data_folder()) / found.folder, found.download_bytes
    yield Progress(0, total)
    again = f"run `normlab fetch {dataset}` again"
    try:
        if not all(_is_sound(target, file) for file in found.files):  # else nothing need be written
            target.mkdir(parents=True, exist_ok=True)
            for done in _alone(target, found, again):
                yield Progress(min(done, total), total)
    except OSError as error:
        elsewhere = f"set NORMLAB_DATA to another folder, and {again}"
        if files.is_full(error):
            raise DataProblem(f"The disk that holds {target} is full: free some space, or {elsewhere}.") from None
        reason = error.strerror or error
        raise DataProblem(f"{target} cannot be written ({reason}): make it writable, or {elsewhere}.") from None
    yield Progress(total, total)


def _alone(target: Path, source: IdxFiles, again: str) -> Iterator[int]:
    """Bring every file here while no other process does, yielding the bytes so far."""
    lock = FileLock(target / _LOCK)
    yield from _wait(lock, target, source.files, again)
    try:
        before = 0
        for file in source.files:
            if not _is_sound(target, file):
                for size in _packed(target, file, source.mirrors, again):
                    yield before + size
                _unpack(target, file, again)
            before += file.size
            yield before
    finally:
        lock.release()


def _wait(lock: FileLock, target: Path, expected: Sequence[RemoteFile], again: str) -> Iterator[int]:
    """Take the lock. While another process has it, the bytes that are here are yielded."""
    seen, since = -1, time.monotonic()
    while True:
        try:
            lock.acquire(timeout=_LOOK_SECONDS)
            return
        except Timeout:
            here = sum(_size(target, file) for file in expected)
        if here != seen:
            seen, since = here, time.monotonic()
        elif time.monotonic() - since > _PATIENCE_SECONDS:
            raise DataProblem(
                f"Another process downloads into {target}, and got nothing for {_PATIENCE_SECONDS:.0f} seconds: "
                f"end that process, and {again}."
            )
        yield here


def _size(target: Path, file: RemoteFile) -> int:
    """How much of it is here."""
    if (target / file.name).is_file():
        return file.size
    sizes = [0]
    for end in (".gz", ".gz.part"):
        with contextlib.suppress(FileNotFoundError):  # the other process has just renamed it
            sizes.append((target / f"{file.name}{end}").stat().st_size)
    return max(sizes)


def _is_sound(target: Path, file: RemoteFile) -> bool:
    return _md5(target / file.name) == file.md5


class _Refused(Exception):
    """Why a mirror does not deliver a file, as the end of a sentence that begins with the mirror's name."""


def _packed(target: Path, file: RemoteFile, mirrors: Sequence[str], again: str) -> Iterator[int]:
    """Bring the .gz here from the first mirror that delivers it whole, yielding its size so far."""
    packed, part = target / f"{file.name}.gz", target / f"{file.name}.gz.part"
    if _md5(packed) == file.packed_md5:
        return
    reasons = []
    for mirror in mirrors:
        yield len(_held(part))  # a sign of life: the last mirror may have taken minutes to be given up
        try:
            yield from _from_mirror(f"{mirror}{packed.name}", part, file)
        except _Refused as reason:
            reasons.append(f"{urlsplit(mirror).hostname} {reason}")
            continue
        os.replace(part, packed)
        part.with_suffix(".new").unlink(missing_ok=True)  # of a process that was killed
        return
    causes = "; ".join(reasons) or "there is no mirror"
    goes_on = ", it goes on where it stopped" if _held(part) else ""
    raise DataProblem(f"{packed.name} could not be downloaded ({causes}): {again}{goes_on}.")


def _from_mirror(address: str, part: Path, file: RemoteFile) -> Iterator[int]:
    """Make `part` the whole file. If it is wrong then, what was here before may be to blame: once more without that."""
    was_begun = bool(_held(part))
    yield from _receive(address, part, file)
    if _md5(part) == file.packed_md5:
        return
    part.unlink()
    if not was_begun:
        raise _Refused("sent a damaged file")
    yield from _from_mirror(address, part, file)


def _receive(address: str, part: Path, file: RemoteFile) -> Iterator[int]:
    """Append to `part` what is missing of it. From a server that can only send all of it, the longer one is kept."""
    have = len(_held(part))
    if have >= file.size:
        return
    with _open(address, have) as response:
        start = _start(response, have, file)
        path = part if start == have else part.with_suffix(".new")
        if start == 0:
            path.unlink(missing_ok=True)
        try:
            for chunk in _chunks(response, start, file):
                with path.open("ab") as sink:
                    start += sink.write(chunk)
                yield start
        finally:
            if path != part and len(_held(path)) > have:
                os.replace(path, part)
            elif path != part:
                path.unlink(missing_ok=True)


def _open(address: str, have: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": "normlab", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(
            urllib.request.Request(address, headers=headers), timeout=_TIMEOUT
        )
    except urllib.error.HTTPError as error:
        with error:
            raise _Refused(f"answered {error.code} {http.client.responses.get(error.code, '')}".rstrip()) from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # a ValueError: it leads to no address
        raise _Refused(f"cannot be reached ({_reason(error)})") from None
    return response


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", error)  # of a URLError
    return str(getattr(inner, "strerror", None) or inner or type(inner).__name__)


def _start(response: http.client.HTTPResponse, have: int, file: RemoteFile) -> int:
    """The byte from which on the server sends the file: `have` or 0."""
    start = have if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0
    expected = f"bytes {have}-{file.size - 1}/{file.size}"
    if start and response.headers.get("Content-Range", "").strip() != expected:
        raise _Refused("sent another part of the file than was asked for")
    if response.length not in (None, file.size - start):
        raise _Refused(f"sent something else ({response.length:,} bytes instead of {file.size - start:,})")
    return start


def _chunks(response: http.client.HTTPResponse, size: int, file: RemoteFile) -> Iterator[bytes]:
    """What comes of the file from the byte `size` on, as it comes."""
    before, since = size, time.monotonic()
    while size < file.size:
        chunk = _chunk(response, size, file)[: file.size - size]
        if size == 0 and not _GZIP.startswith(chunk[:2]):
            raise _Refused("sent something else, such as a web page")
        size += len(chunk)
        yield chunk
        if (seconds := time.monotonic() - since) > _PACE_SECONDS:
            if size - before < _PACE * seconds:
                raise _Refused(f"is too slow ({size - before:,} bytes in {seconds:.0f} seconds)")
            before, since = size, time.monotonic()


def _chunk(response: http.client.HTTPResponse, size: int, file: RemoteFile) -> bytes:
    """What has come. Raises `_Refused` if nothing more does."""
    try:
        if chunk := response.read1(_CHUNK):
            return chunk
        reason = "the connection was closed"
    except (OSError, http.client.HTTPException) as error:
        reason = _reason(error)
    raise _Refused(f"broke off after {size:,} of {file.size:,} bytes ({reason})")


def _unpack(target: Path, file: RemoteFile, again: str) -> None:
    packed, part = target / f"{file.name}.gz", target / f"{file.name}.part"
    try:
        content = files.unpack(_held(packed), images.MOST_BYTES)
    except files.Unreadable:
        content = b""
    if _digest(content) != file.md5:
        packed.unlink()
        raise DataProblem(f"{packed} did not unpack to {file.name} and was removed: {again}.")
    part.unlink(missing_ok=True)
    part.write_bytes(content)
    os.replace(part, target / file.name)
    packed.unlink()


def _held(path: Path) -> bytes:
    """What a file holds; nothing if there is none, or it is not one of ours."""
    try:
        return files.read(path, images.MOST_BYTES, links=True)
    except (FileNotFoundError, files.Unreadable):
        return b""


def _md5(path: Path) -> str:
    return _digest(_held(path))


def _digest(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
