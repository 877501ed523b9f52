"""The rule of a single setting: its words for people, its limits, and the check of a value against them; and classes
whose fields are settings."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache, partial
from textwrap import fill
from typing import Any, TypeVar, get_args, get_origin

from normlab.errors import BadInput
from normlab.numerals import exact


@dataclass(frozen=True, slots=True)
class Rule:
    """`label` and `help` are shown beside the control; numbers lie in [low, high], or [low, high) if `below`.

    Of a choice of several, at least `low` must be chosen.
    """

    label: str
    help: str
    low: float = -math.inf
    high: float = math.inf
    below: bool = False

    def holds(self, value: float) -> bool:
        """Whether the number lies in its limits; NaN does not."""
        return self.low <= value <= self.high and not (self.below and value == self.high)

    def range_text(self) -> str:
        return f"from {exact(self.low)} to {'below ' if self.below else ''}{exact(self.high)}"


def checker(name: str, kind: Any, rule: Rule) -> Callable[[object], object]:
    """The check of a setting: returns a value in its own type `kind`.

    It raises `ValueError` with one sentence that names the value, the rule and what is allowed.
    """
    if kind is bool:
        return partial(_truth, name)
    if kind is int:
        return partial(_number, name, rule, whole=True)
    if kind is float:
        return partial(_number, name, rule, whole=False)
    if get_origin(kind) is tuple:
        return partial(_members, name, rule, get_args(kind)[0])
    return partial(_member, name, kind)


def _truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name}={value} must be true or false.")
    return value


def _number(name: str, rule: Rule, value: object, *, whole: bool) -> int | float:
    what = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise ValueError(f"{name}={value} must be {what} {rule.range_text()}.")
    if not rule.holds(value):
        raise ValueError(f"{name}={value} must be {what} {rule.range_text()}.")
    return value if whole else float(value) + 0.0  # -0.0 and 0.0 are one value


def _member(name: str, kind: type[StrEnum], value: object) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError:
        raise ValueError(f"{name}={value} is not known; choose one of {', '.join(kind)}.") from None


def _members(name: str, rule: Rule, kind: type[StrEnum], value: object) -> tuple[StrEnum, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{name}={value} must be a list of {', '.join(kind)}.")
    chosen = [_member(name, kind, item) for item in value]
    if len(chosen) < rule.low:
        raise ValueError(f"{name}={'+'.join(chosen) or 'none'} must name at least {rule.low:g} of {', '.join(kind)}.")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"{name}={'+'.join(chosen)} names one of them twice; name each once.")
    return tuple(member for member in kind if member in chosen)


class ConfigError(BadInput, ValueError):
    """A setting that breaks a rule: `field` is its name, the message names the value, the rule and the fix."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def setting(default: object, label: str, help: str, **limits: Any) -> Any:
    """A field of a `Checked` class, with its rule."""
    return field(default=default, metadata={"rule": Rule(label, help, **limits)})


_Part = TypeVar("_Part", bound=type)


def told(part: _Part) -> _Part:
    """A decorator: lets `help()` say what each setting of a `Checked` class means."""
    texts = [f"{item.name}: {item.metadata['rule'].help}" for item in fields(part) if "rule" in item.metadata]
    lines = [fill(text, 100, initial_indent="    ", subsequent_indent="        ") for text in texts]
    part.__doc__ = "\n".join([f"{part.__doc__}", "", "Settings:", *lines])
    return part


class Checked:
    """A frozen dataclass that checks every field against its rule, and stores the value in the field's own type.

    Raises:
        ConfigError: for a value that breaks its rule.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        for name, checked in _checks(type(self)):  # type: ignore[arg-type]  # a class can be hashed
            try:
                value = checked(getattr(self, name))
            except ValueError as error:
                raise ConfigError(name, str(error)) from None
            object.__setattr__(self, name, value)


@cache
def _checks(part: type) -> tuple[tuple[str, Callable[[object], object]], ...]:
    """Each setting of a part of the configuration, and its check."""
    return tuple(
        (item.name, checker(item.name, item.type, item.metadata["rule"]))
        for item in fields(part)
        if "rule" in item.metadata
    )
