"""A table of a TOML file, read key by key: what is wrong is collected with its place, and reading goes on."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from normlab import numerals
from normlab.lessons import markup
from normlab.lessons.lines import Path

_Choice = TypeVar("_Choice", bound=StrEnum)
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Of a lesson, an option, an arm: it stands in addresses and in answers that are kept."""
_LONGEST_KEY = 40


@dataclass(slots=True)
class Faults:
    """What is wrong in a file, each with the path of its key."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, text: str) -> None:
        if (path, text) not in self.found:
            self.found.append((path, text))


@dataclass(slots=True)
class Table:
    """`asked` are the keys that were read; the others are unknown. What a faulty key stands for is harmless: the file
    is refused in the end."""

    values: Mapping[str, Any]
    path: Path
    faults: Faults
    asked: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        self.asked.add(name)
        return name in self.values

    def fault(self, name: str, text: str) -> None:
        self.faults.add((*self.path, name) if name else self.path, text)

    def text(self, name: str, most: int, *, is_long: bool = False, otherwise: str | None = None) -> str:
        """A text of at most `most` words; `otherwise` where the key may be left out."""
        value = self._value(name, str, "a text in quotes", otherwise)
        if not isinstance(value, str) or (value == otherwise and name not in self.values):
            return otherwise or ""
        if not value.strip():
            self.fault(name, "It is empty.")
        if (count := markup.words(value)) > most:
            self.fault(name, f"It has {count} words; at most {most} are read in time.")
        for problem in markup.faults(value, is_long=is_long):
            self.fault(name, problem)
        return value.strip()

    def key(self, name: str, otherwise: str | None = None) -> str:
        """A name for the program: lower-case letters, digits, hyphens."""
        value = self._value(name, str, "a name in quotes", otherwise)
        if value is None or name not in self.values:
            return otherwise or ""
        if not isinstance(value, str) or not KEY.fullmatch(value) or len(value) > _LONGEST_KEY:
            rule = f"lower-case letters, digits and single hyphens, at most {_LONGEST_KEY}"
            self.fault(name, f"{numerals.cut(str(value))} must be {rule}.")
            return ""
        return value

    def number(self, name: str, low: float, high: float, otherwise: float | None = None) -> float:
        value = self._value(name, (int, float), "a number", otherwise)
        if value is None:
            return low
        if isinstance(value, bool) or not low <= value <= high:
            self.fault(name, f"{value} must be a number from {numerals.short(low, 6)} to {numerals.short(high, 6)}.")
            return low
        return float(value)

    def whole(self, name: str, low: int, high: int, otherwise: int | None = None) -> int:
        value = self._value(name, int, "a whole number", otherwise)
        if value is None:
            return low
        if isinstance(value, bool) or not low <= value <= high:
            self.fault(name, f"{value} must be a whole number from {low} to {high}.")
            return low
        return int(value)

    def numbers(self, name: str, low: float, high: float, most: int) -> tuple[float, ...]:
        """A list of numbers, each larger than the one before."""
        value = self._value(name, list, "a list of numbers", None)
        found = value if isinstance(value, list) else []
        is_good = all(
            isinstance(one, int | float) and not isinstance(one, bool) and low <= one <= high for one in found
        )
        if value is not None and not (2 <= len(found) <= most and is_good):
            allowed = f"{numerals.short(low, 6)} to {numerals.short(high, 6)}"
            self.fault(name, f"It must be a list of 2 to {most} numbers from {allowed}.")
            return ()
        if sorted(set(found)) != found:
            self.fault(name, "The numbers must ascend.")
        return tuple(map(float, found))

    def flag(self, name: str) -> bool:
        """False where it is left out."""
        return bool(self._value(name, bool, "true or false", False))

    def day(self, name: str) -> date:
        value = self._value(name, date, "a date such as 2026-11-30, without quotes", None)
        return value if isinstance(value, date) else date.min

    def choice(self, name: str, kind: type[_Choice], otherwise: _Choice | None = None) -> _Choice:
        value = self._value(name, str, f"one of {', '.join(kind)}", otherwise)
        try:
            return kind(str(value))
        except ValueError:
            if value is not None:
                self.fault(name, f"{numerals.cut(str(value))} is not known; choose one of {', '.join(kind)}.")
            return next(iter(kind))

    def one_of(self, name: str, known: Collection[str], what: str, otherwise: str | None = None) -> str:
        value = self._value(name, str, what, otherwise)
        if value is None or name not in self.values:
            return otherwise or ""
        if value not in known:
            self.fault(name, f"{numerals.cut(str(value))} is not {what}; there are {', '.join(known) or 'none'}.")
        return str(value)

    def names(
        self, name: str, known: Collection[str], what: str, otherwise: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """A list of names that are known."""
        value = self._value(name, list, f"a list of {what}s", None if otherwise is None else list(otherwise))
        found = value if isinstance(value, list) else []
        for one in found:
            if one not in known:
                self.fault(name, f"{numerals.cut(str(one))} is no {what}; there are {', '.join(known) or 'none'}.")
        if len(set(map(str, found))) < len(found):
            self.fault(name, "One of them stands there twice.")
        return tuple(map(str, found))

    def table(self, name: str) -> "Table":
        """The table `[name]`; an empty one, and a fault, where it is missing."""
        value = self._value(name, dict, f"a table: a line [{'.'.join(map(str, (*self.path, name)))}]", None)
        return Table(value if isinstance(value, dict) else _Anything(), (*self.path, name), self.faults)

    def tables(self, name: str, least: int, most: int) -> "list[Table]":
        """The tables `[[name]]`, `least` to `most` of them."""
        value = self._value(name, list, f"tables: lines [[{name}]]", [] if least == 0 else None)
        found = value if isinstance(value, list) else []
        if value is not None and not (least <= len(found) <= most and all(isinstance(one, dict) for one in found)):
            self.fault(name, f"There must be {least} to {most} tables [[{name}]].")
        return [
            Table(one, (*self.path, name, at), self.faults) for at, one in enumerate(found) if isinstance(one, dict)
        ]

    def done(self) -> None:
        """Name the keys that nobody asked for."""
        for name in self.values.keys() - self.asked:
            near = get_close_matches(name, self.asked, 1)
            hint = f" did you mean {near[0]}?" if near else f" known are {', '.join(sorted(self.asked))}."
            self.fault(name, f"There is no key {numerals.cut(name)} here;{hint}")

    def _value(self, name: str, kind: type | tuple[type, ...], what: str, otherwise: Any) -> Any:
        self.asked.add(name)
        if name not in self.values:
            if otherwise is None and not isinstance(self.values, _Anything):
                self.fault(name, f"{name} is missing: it is {what}.")
            return otherwise
        value = self.values[name]
        if not isinstance(value, kind):
            self.fault(name, f"{numerals.cut(str(value))} must be {what}.")
            return otherwise
        return value


class _Anything(dict[str, Any]):
    """Stands for a table that is missing, of which nothing more is asked."""
