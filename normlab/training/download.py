"""MNIST and Fashion-MNIST from torchvision's mirrors into the data folder, with progress, never half a file."""

import gzip
import hashlib
import http
import http.client
import io
import os
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from normlab import images
from normlab.choices import Dataset
from normlab.images import DataProblem

_CHUNK = 1 << 18
_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of the packed files that are here, and that there are in all."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """An idx file: its name unpacked, the size and MD5 of its .gz, and the MD5 of its content."""

    name: str
    size: int
    packed_md5: str
    md5: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a data set comes from: base addresses that are tried in order, and its files."""

    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, ...]


_PACKED_SIZES = {
    Dataset.MNIST: (9_912_422, 28_881, 1_648_877, 4_542),
    Dataset.FASHION_MNIST: (26_421_880, 29_515, 4_422_102, 5_148),
}


def torchvision_problem() -> str:
    """Why torchvision cannot be used, as one sentence with the mend; "" if it can."""
    try:
        import torchvision  # noqa: F401  # only its import is tried
    except Exception as error:  # a build that does not fit torch fails in ways of its own
        cause = str(error).strip().splitlines() or [type(error).__name__]
        mend = "install a pair that fits with `pip install --upgrade torch torchvision`"
        return f"torchvision cannot be imported ({cause[0]}): {mend}."
    return ""


def source_of(dataset: Dataset) -> Source:
    """torchvision's mirrors and checksums.

    Raises:
        DataProblem: if torchvision cannot be imported.
    """
    problem = torchvision_problem()
    if problem:
        raise DataProblem(problem)
    from torchvision.datasets import MNIST, FashionMNIST

    kind = MNIST if dataset is Dataset.MNIST else FashionMNIST
    packed = dict(kind.resources)
    files = tuple(
        RemoteFile(name, size, packed[f"{name}.gz"], images.CHECKSUMS[dataset][name])
        for name, size in zip(images.FILES, _PACKED_SIZES[dataset], strict=True)
    )
    return Source(tuple(kind.mirrors), files)


def fetch(dataset: Dataset, folder: Path | None = None, source: Source | None = None) -> Iterator[Progress]:
    """Download what is missing or damaged of a data set into `folder` (`images.data_folder()`).

    A download that broke off goes on where it stopped. Each file appears under its own name only once it is whole and
    its checksum is right.

    Raises:
        DataProblem: if no mirror delivers a file, it arrives damaged, or it cannot be written.
    """
    if dataset is Dataset.DIGITS:
        return
    target = (folder or images.data_folder()) / images.FOLDERS[dataset]
    source = source or source_of(dataset)
    total, before = sum(file.size for file in source.files), 0
    yield Progress(0, total)
    for file in source.files:
        try:
            target.mkdir(parents=True, exist_ok=True)
            if _md5(target / file.name) != file.md5:
                for size in _packed(dataset, target, file, source.mirrors):
                    yield Progress(min(before + size, total), total)
                _unpack(dataset, target, file)
        except OSError as error:
            raise DataProblem(
                f"{target} cannot be written ({error.strerror or error}): free some space there, or set NORMLAB_DATA "
                f"to another folder, and run `normlab fetch {dataset}` again."
            ) from None
        before += file.size
        yield Progress(before, total)


def _packed(dataset: Dataset, target: Path, file: RemoteFile, mirrors: tuple[str, ...]) -> Iterator[int]:
    """Bring the .gz here from the first mirror that delivers it whole, yielding its size so far."""
    packed, part = target / f"{file.name}.gz", target / f"{file.name}.gz.part"
    if _md5(packed) == file.packed_md5:
        return
    again = f"run `normlab fetch {dataset}` again"
    problem = f"{file.name}.gz has no mirror to come from: {again} with another version of torchvision."
    for mirror in mirrors:
        address = f"{mirror}{packed.name}"
        try:
            yield from _receive(address, part)
        except _BrokeOff as error:
            problem = f"The download of {address} broke off ({error}): {again}, it goes on where it stopped."
            continue
        if _md5(part) == file.packed_md5:
            os.replace(part, packed)
            return
        part.unlink()
        problem = f"The download of {address} arrived damaged and was thrown away: {again}."
    raise DataProblem(problem)


class _BrokeOff(Exception):
    """The network, not this machine, is why a download did not end."""


def _receive(address: str, part: Path) -> Iterator[int]:
    """Append to `part` what is missing of it, or start again if the server cannot do that."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "normlab", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        response = urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is here: the checksum decides
        raise _BrokeOff(f"{error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _BrokeOff(str(error)) from None
    with response:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        with part.open("ab" if resumed else "wb") as sink:
            yield from _copy(response, sink, have if resumed else 0)


def _copy(response: http.client.HTTPResponse, sink: io.BufferedWriter, size: int) -> Iterator[int]:
    announced = response.length
    expected = None if announced is None else size + announced
    while True:
        try:
            chunk = response.read(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise _BrokeOff(str(error) or type(error).__name__) from None
        if not chunk:
            break
        size += sink.write(chunk)
        yield size
    if expected is not None and size < expected:
        raise _BrokeOff(f"{size} of {expected} bytes")


def _unpack(dataset: Dataset, target: Path, file: RemoteFile) -> None:
    packed, part = target / f"{file.name}.gz", target / f"{file.name}.part"
    try:
        content = gzip.decompress(packed.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error):
        content = b""
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.md5:
        packed.unlink()
        raise DataProblem(
            f"{packed} did not unpack to {file.name} and was removed: run `normlab fetch {dataset}` again."
        )
    part.write_bytes(content)
    os.replace(part, target / file.name)
    packed.unlink()


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if path.is_file() else ""
