"""TOML that a person wrote, or something else altogether."""

import re
import tomllib
from typing import Any

from normlab.config import ConfigError

MOST_BYTES = 1_000_000
"""Of a file that is read."""
_DEPTH = 5
"""Tables and lists within each other; a file of several questions with their options has four."""
_LONGEST = 60
_DOTTED = re.compile(r"(?:[\w-]{1,99}[ \t]{0,9}\.[ \t]{0,9}){20}")
"""A key of twenty names: the parser's time grows with the square of their number."""


def load(text: str, name: str) -> dict[str, Any]:
    """What the text says; `name` is the error's. A byte-order mark, which some editors write, is skipped.

    Raises:
        ConfigError: if it is not TOML, nested deeper than ours, or has a number beyond TOML's 64 bits.
    """
    too_deep = ConfigError(name, f"The file is nested too deeply: {_DEPTH} levels are enough.")
    if _DOTTED.search(text):
        raise too_deep
    try:
        content = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise too_deep from None
    except ValueError as error:  # what is no TOML, and a number of thousands of digits
        raise ConfigError(name, f"The file is not TOML: {_short(str(error))}.") from None
    level: list[Any] = [content]
    for _ in range(_DEPTH):
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
        for value in level:
            if isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise ConfigError(name, "The file has a number that is too large: TOML's have 64 bits.")
        level = [item for item in level if isinstance(item, dict | list)]
    if level:
        raise too_deep
    return content


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
