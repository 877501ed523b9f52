"""What is kept of the study beside its runs: JSON files in a folder of their own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from normlab import files
from normlab.store import StoreProblem, sha256
from normlab.study.plan import mechanisms

RESULTS = "results"
"""The folder's name, beside the runs that ship."""

_MOST_BYTES = 2_000_000
"""Several times what the largest has."""


def read(path: Path, *, mend: str) -> dict[str, Any]:
    """The object in a result file.

    Raises:
        FileNotFoundError: if there is none.
        StoreProblem: if it cannot be read; the sentence ends with `mend`.
    """
    try:
        return files.read_object(path, _MOST_BYTES)
    except files.Unreadable as problem:
        raise StoreProblem(f"{path} {problem}: {mend}.") from None


def hashes(folder: Path) -> Mapping[str, str]:
    """The SHA-256 of every result file, by its path in the folder. Raises `StoreProblem`."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            found[path.relative_to(folder).as_posix()] = sha256(files.read(path, _MOST_BYTES, links=True))
        except files.Unreadable as problem:
            raise StoreProblem(f"{path} {problem}.") from None
    return found


def measurements(folder: Path) -> Iterator[tuple[mechanisms.Measurement, dict[str, Any]]]:
    """Every measurement whose file is in `folder`, with what it found.

    Raises:
        StoreProblem: if one cannot be read.
    """
    mend = "delete it and measure it again with `normlab study mechanisms`"
    for measurement in mechanisms.measurements():
        path = folder / measurement.file_name
        try:
            found = read(path, mend=mend)
        except FileNotFoundError:
            continue
        match found:
            case {"is_quick": bool(), "summary": {}, "epochs": [_, *_], "checks": [*_]}:
                yield measurement, found
            case _:
                raise StoreProblem(f"{path} holds no measurement: {mend}.")
