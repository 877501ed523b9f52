"""What an installation allows on its page: how large a run may be, how many may wait, how much disk runs may take.

The engine asks before a request enters; the command line, which only the owner of the machine can use, is not limited.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from normlab import files, numerals, toml
from normlab.config import ConfigError, RunConfig
from normlab.errors import NormlabError

SHIPPED = Path(__file__).with_name("limits.toml")
"""The limits where nobody has set others."""

_FILE, _PREFIX = "NORMLAB_LIMITS", "NORMLAB_LIMIT_"
_HIGHEST = 1_000_000_000
RESERVED = 4
"""Of so many places in the queue one is kept for visitors who have no run waiting."""


class LimitsProblem(NormlabError):
    """One sentence: which limit cannot be read, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """0 means no limit.

    `epochs`, `training_images` and `steps` are of one run; `waiting_per_session` and `waiting` count runs in the queue,
    those of one visitor (all tabs of a browser) and those of all; `store_megabytes` is the size of the runs trained
    here, with the folders that were set aside. `classes` may run at once, with so many `students` in each.
    """

    epochs: int
    training_images: int
    steps: int
    waiting_per_session: int
    waiting: int
    store_megabytes: int
    classes: int
    students: int

    def exceeded(self, config: RunConfig) -> str:
        """What of the run is beyond which limit and how to mend it, in one sentence; "" for a run that is allowed."""
        asked = {"epochs": config.optim.epochs, "training images": config.data.training_images, "steps": config.steps}
        allowed = {"epochs": self.epochs, "training images": self.training_images, "steps": self.steps}
        beyond = [name for name in asked if 0 < allowed[name] < asked[name]]
        if not beyond:
            return ""
        numbers = " and ".join(f"{asked[name]:,} {name} (at most {allowed[name]:,})" for name in beyond)
        ways = " and ".join(f"fewer {name}" for name in beyond)
        if "steps" in beyond:
            ways = "fewer epochs, fewer training images or larger batches"
        return f"These settings ask for more than this installation trains: {numbers}; choose {ways}."

    @property
    def reserved(self) -> int:
        """How many of the places in the queue are for visitors who have no other run waiting."""
        return self.waiting // RESERVED

    def crowded(self, mine: int, in_all: int) -> str:
        """Why so many waiting runs are too many, `mine` being those of one visitor; "" if they are not."""
        if 0 < self.waiting_per_session < mine:
            return (
                f"You have as many runs waiting, in all your tabs, as one visitor may have here "
                f"({self.waiting_per_session:,}): wait until one has started, or stop one."
            )
        if 0 < self.waiting < in_all:
            return f"As many runs are waiting as may wait here ({self.waiting:,}): try again in a few minutes."
        if mine > 1 and 0 < self.waiting - self.reserved < in_all:
            return (
                "The last places of the queue are kept for visitors who have no run waiting: "
                "wait until yours has started, or stop it."
            )
        return ""


UNLIMITED = Limits(0, 0, 0, 0, 0, 0, 0, 0)


def read(environment: Mapping[str, str] = os.environ) -> Limits:
    """The limits that ship, changed by the file that `NORMLAB_LIMITS` names and by `NORMLAB_LIMIT_<NAME>`.

    Raises:
        LimitsProblem: if one of them cannot be read: then nothing must be allowed.
    """
    values = _from_file(SHIPPED)
    if named := environment.get(_FILE, "").strip():
        values |= _from_file(Path(named).expanduser())
    for variable, text in environment.items():
        if variable.startswith(_PREFIX) and text.strip():
            name = variable.removeprefix(_PREFIX).lower()
            number = numerals.read_whole(text)
            values[name] = _checked(name, numerals.cut(text) if number is None else number, variable)
    return Limits(**values)


def _from_file(path: Path) -> dict[str, int]:
    try:
        content = toml.load(files.read_text(path, toml.MOST_BYTES), "limits")
    except FileNotFoundError:
        raise LimitsProblem(f"The limits cannot be read: {path} is missing.") from None
    except files.Unreadable as problem:
        raise LimitsProblem(f"The limits cannot be read: {path} {problem}.") from None
    except ConfigError as problem:
        raise LimitsProblem(f"The limits in {path} cannot be read: {problem}") from None
    return {name: _checked(name, value, str(path)) for name, value in content.items()}


def _checked(name: str, value: Any, source: str) -> int:
    known = [item.name for item in fields(Limits)]
    if name not in known:
        raise LimitsProblem(f"{source}: there is no limit {name}; there are {', '.join(known)}.")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _HIGHEST:
        raise LimitsProblem(f"{source}: {name}={value} must be a whole number; 0 means no limit.")
    return value
