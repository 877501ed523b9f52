"""In which line of a TOML text a key stands: for people who mend it."""

from collections.abc import Iterator, Mapping

import tomlkit
from tomlkit.items import AoT, Item, Key, Table

Path = tuple[str | int, ...]
"""Names of tables and keys, and places in a list of tables, from 0: ("question", "option", 2, "text")."""


def lines(text: str) -> Mapping[Path, int]:
    """The line of every key and table head, from 1. The text must be TOML."""
    return dict(_body(tomlkit.parse(text).body, (), [1]))


def nearest(known: Mapping[Path, int], path: Path) -> int:
    """The line of a key; of one that is not there, that of the table which should have it; 1 for the file's own."""
    while path and path not in known:
        path = path[:-1]
    return known.get(path, 1)


def _body(body: list[tuple[Key | None, Item]], path: Path, at: list[int]) -> Iterator[tuple[Path, int]]:
    """`at` holds the line that comes next, and is moved on."""
    for key, item in body:
        here = (*path, key.key) if key is not None else path
        if isinstance(item, AoT):
            for place, table in enumerate(item.body):
                yield from _table(table, (*here, place), at)
        elif isinstance(item, Table):
            yield from _table(item, here, at)
        elif key is None:
            at[0] += item.as_string().count("\n")
        else:
            yield here, at[0]
            at[0] += item.as_string().count("\n") + item.trivia.trail.count("\n")


def _table(table: Table, path: Path, at: list[int]) -> Iterator[tuple[Path, int]]:
    is_headed = not table.is_super_table() and not (table.name is None and not table.value.body)
    if is_headed:
        yield path, at[0]
        at[0] += table.trivia.trail.count("\n")
    yield from _body(table.value.body, path, at)
