"""Where the files of one run lie: in a folder of their own, or in a pack beside those of other runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from normlab.store.layout import FILES, Stamp, check_folder, read_bytes, stamp


class Box(Protocol):
    """Equal boxes are the same place."""

    @property
    def name(self) -> str:
        """The run id that the place is for."""

    @property
    def where(self) -> str:
        """For people."""

    def __hash__(self) -> int: ...

    def check(self) -> None:
        """Raises `Damage` if the place itself cannot be read."""

    def read(self, name: str) -> bytes:
        """One of the run's files. Raises `Damage` if it is missing or not to be read."""

    def has(self, name: str) -> bool: ...

    def stamp(self, names: tuple[str, ...] = FILES) -> Stamp:
        """Changes whenever one of the files does."""


@dataclass(frozen=True, slots=True)
class FolderBox:
    """A run folder."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def where(self) -> str:
        return str(self.path)

    def check(self) -> None:
        check_folder(self.path)

    def read(self, name: str) -> bytes:
        return read_bytes(self.path / name)

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    def stamp(self, names: tuple[str, ...] = FILES) -> Stamp:
        return stamp(self.path, names)
