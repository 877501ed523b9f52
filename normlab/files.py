"""Files that may be anything: a bound on what is read from one, on what it unpacks to, and on what its JSON may be."""

import errno
import gzip
import io
import json
import math
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

_DEPTH = 8
"""Lists and objects within each other; ours have three."""


_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Unreadable(Exception):
    """A file that is not read, and why, as the end of a sentence that begins with the file's name."""


def read(path: Path, limit: int, *, offset: int = 0, links: bool = False) -> bytes:
    """What a regular file of at most `limit` bytes holds, from `offset` on.

    Its kind and size are known before anything is read.

    Args:
        links: whether the file may be a symbolic link. In a run folder it may not: a link leads anywhere.

    Raises:
        FileNotFoundError: if there is none.
        Unreadable: if it is no such file, or cannot be read.
    """
    with _handle(path, limit, links=links) as (handle, size):
        try:
            return _all(handle, size, offset)
        except OSError as error:
            raise Unreadable(f"cannot be read ({error.strerror or error})") from None


@contextmanager
def opened(path: Path, limit: int) -> Iterator[BinaryIO]:
    """The same file, no link, to be read in parts. Raises as `read`."""
    with _handle(path, limit, links=False) as (handle, _), os.fdopen(handle, "rb", closefd=False) as source:
        yield source


@contextmanager
def _handle(path: Path, limit: int, *, links: bool) -> Iterator[tuple[int, int]]:
    """Of the open file, and its size."""
    try:
        _require_regular(os.stat(path) if links else os.lstat(path))  # before it is opened: a device may act on that
        handle = os.open(path, _flags(links=links))
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Unreadable("is a symbolic link") from None
        raise Unreadable(f"cannot be read ({error.strerror or error})") from None
    try:
        found = os.fstat(handle)
        _require_regular(found)
        if found.st_size > limit:
            raise Unreadable(f"has {found.st_size:,} bytes; at most {limit:,} are read")
        yield handle, found.st_size
    finally:
        os.close(handle)


def read_text(path: Path, limit: int) -> str:
    """A text in UTF-8 that a person may have written: also behind a link, and without an editor's byte-order mark.

    Raises as `read`.
    """
    try:
        return read(path, limit, links=True).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("is not a text file in UTF-8") from None


def read_object(path: Path, limit: int) -> dict[str, Any]:
    """The JSON object that a file outside of run folders holds, as `parse_object`. Raises as `read`."""
    try:
        return parse_object(read(path, limit, links=True))
    except ValueError as error:
        raise Unreadable(f"is not valid JSON ({error})") from None


def _flags(*, links: bool) -> int:
    """Never waits for a writer, as a pipe would."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return flags if links else flags | getattr(os, "O_NOFOLLOW", 0)


def _require_regular(found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise Unreadable("is a symbolic link")
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable("is no regular file")


def _all(handle: int, size: int, offset: int) -> bytes:
    """From `offset` to `size`, or less if the file has become shorter; what is added meanwhile is left."""
    if offset:
        os.lseek(handle, offset, os.SEEK_SET)
    parts: list[bytes] = []
    left = size - offset
    while left > 0 and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def unpack(content: bytes, limit: int) -> bytes:
    """What gzip packed. Raises `Unreadable` for what it did not pack, or what unpacks to more than `limit` bytes."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as source:
            unpacked = source.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"cannot be unpacked ({error})") from None
    if len(unpacked) > limit:
        raise Unreadable(f"unpacks to more than {limit:,} bytes")
    return unpacked


def is_full(error: OSError) -> bool:
    """Whether something could not be written since there is no room for it, on the disk or in somebody's quota."""
    return error.errno in _FULL


def parse(content: bytes | str) -> Any:
    """JSON whose numbers are all finite. Raises `ValueError`, also for what is nested thousands of times."""
    text = content if isinstance(content, str) else content.decode()
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def parse_object(content: bytes | str) -> dict[str, Any]:
    """A JSON object that is not deeper than ours. Raises `ValueError`."""
    data = parse(content)
    if not isinstance(data, dict):
        raise ValueError("it is no object")
    level: list[Any] = [data]
    for _ in range(_DEPTH + 1):
        inner = [item for item in level if isinstance(item, dict | list)]
        if not inner:
            return data
        level = [one for item in inner for one in (item.values() if isinstance(item, dict) else item)]
    raise ValueError("it is nested too deeply")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
