"""What is kept of the study beside its runs: JSON files in the folder `results`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from normlab import files
from normlab.store import StoreProblem
from normlab.store.layout import sha256

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
