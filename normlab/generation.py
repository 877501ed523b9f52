"""What decides a run's last digits: the generation of the code that trains, the processor, the versions beneath.

Equal in all of these, a run comes again bit for bit. Otherwise rounding differs, and where a training is delicate (a
network without a norm that hardly begins to learn) the whole run may come out differently.
"""

from collections.abc import Mapping
from typing import Protocol

GENERATION = 2
"""Of the code that trains now. To be raised by whoever changes a digit of any training; `tests/training/
test_generation.py` notices. 0 is everything before generations were counted: it may come again, but nobody knows."""

COUNTED = ("numba", "llvm", "torch", "numpy")
"""The versions that decide digits; Python's and normlab's own do not."""


class Origin(Protocol):
    """How a run was made; a `Started` and a `RunRecord` say so."""

    @property
    def generation(self) -> int: ...

    @property
    def processor(self) -> str: ...

    @property
    def versions(self) -> Mapping[str, str]: ...


def is_older(origin: Origin) -> bool:
    """Whether training the run now may give other digits, whatever the machine."""
    return origin.generation < GENERATION


def text(origin: Origin) -> str:
    """The origin's generation, for people: "1", or "0; the present one is 1"."""
    return f"{origin.generation}; the present one is {GENERATION}" if is_older(origin) else str(origin.generation)


def difference(one: Origin, other: Origin) -> str:
    """Why two runs of equal settings need not agree bit for bit, for people; "" if they must."""
    if one.generation != other.generation:
        return f"generation {one.generation} is not generation {other.generation}"
    if one.generation == 0:
        return "both are from before generations were counted"
    if one.processor != other.processor:
        return f"the processor {_processor(one, other)}"
    for name in COUNTED:
        first, second = (origin.versions.get(name, "none") for origin in (one, other))
        if first != second:
            return f"{name} {first} is not {name} {second}"
    return ""


def _processor(one: Origin, other: Origin) -> str:
    """Names of the two; equal names differ in what is switched on."""
    (first, *some), (second, *others) = one.processor.split() or [""], other.processor.split() or [""]
    if first != second:
        return f"{first or 'unknown'} is not {second or 'unknown'}"
    return f"{first} has not the same features: {', '.join(sorted({*some} ^ {*others}))}"
