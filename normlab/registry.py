"""Rooms in which every file is a kind of thing, and holds one `SPEC`."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def specs(package: str, path: Iterable[str]) -> Iterator[Any]:
    """The `SPEC` of each module of a package but `spec`, which says what there is to know of one."""
    for module in iter_modules(path):
        if module.name != "spec":
            yield import_module(f"{package}.{module.name}").SPEC
