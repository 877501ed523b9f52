"""What the bench has measured, and its JSON form. Needs no torch: docs/performance.md is written from it."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import inf, isfinite
from typing import Any

import cattrs


class Kind(StrEnum):
    """What a row's value is, from normlab's seconds and the others. Only FASTER is better when larger."""

    FASTER = "times as fast"
    LONGER = "times as long"
    SECONDS = "seconds"
    MORE = "seconds more"

    @property
    def unit(self) -> str:
        return "×" if self in (Kind.FASTER, Kind.LONGER) else " s"

    def reaches(self, value: float, goal: float) -> bool:
        return value >= goal if self is Kind.FASTER else value <= goal

    def of(self, own: float, other: float) -> float:
        """The value; `other` does not matter to SECONDS."""
        if self is Kind.SECONDS:
            return own
        if self is Kind.MORE:
            return own - other
        return other / own if self is Kind.FASTER else own / other


@dataclass(frozen=True, slots=True)
class Goal:
    """What must come out, and what is hoped for."""

    least: float
    aim: float


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds of normlab (`own`) and of what it is compared with (`other`, named by `against`), one of each a round.

    Infinite seconds: it never came that far. `note` says how the other was run.
    """

    name: str
    kind: Kind
    own: Sequence[float]
    other: Sequence[float] = ()
    against: str = ""
    goal: Goal | None = None
    note: str = ""

    @property
    def value(self) -> float:
        """Of the medians over all rounds."""
        return self.kind.of(statistics.median(self.own), statistics.median(self.other) if self.other else 0.0)

    @property
    def values(self) -> tuple[float, ...]:
        """Of each round."""
        others = self.other or [0.0] * len(self.own)
        return tuple(self.kind.of(own, other) for own, other in zip(self.own, others, strict=True))

    @property
    def verdict(self) -> str:
        """ "aim reached", "reached", "not reached", or "" without a goal."""
        if self.goal is None:
            return ""
        if self.kind.reaches(self.value, self.goal.aim):
            return "aim reached"
        return "reached" if self.kind.reaches(self.value, self.goal.least) else "not reached"

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "value": round(self.value, 3), "verdict": self.verdict}


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the `seconds` that an epoch takes: the shares of its parts."""

    name: str
    seconds: float
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """Of a training step: its milliseconds, and the GFLOP/s of a convolution's passes, else 0."""

    name: str
    milliseconds: float
    gflops: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """A training step in one thread, by its parts. `kernels` are its kernels' milliseconds, measured as one call; as
    parts they are measured kind by kind."""

    name: str
    milliseconds: float
    kernels: float
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Growth:
    """The seconds of an epoch, or of as many side by side as there are runs, by what was changed and its value."""

    what: str
    value: str
    seconds: Sequence[float]


@dataclass(slots=True)
class Report:
    """`images` are those of an MNIST epoch. What one core reaches in torch's product of large matrices is
    `matrix_gflops`, with nothing but multiplying and adding `peak_gflops`."""

    machine: str
    processor: str
    cores: int
    versions: Mapping[str, str]
    date: str
    images: int
    rows: list[Row] = field(default_factory=list)
    shares: list[Shares] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    matrix_gflops: float = 0.0
    peak_gflops: float = 0.0
    growth: list[Growth] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As JSON has it, which knows no infinity: what was never reached is null."""
        found: dict[str, Any] = _finite({**asdict(self), "rows": [row.plain() for row in self.rows]})
        return found

    def row(self, name: str) -> Row:
        """The first of that name. Raises `KeyError` if there is none."""
        return {row.name: row for row in reversed(self.rows)}[name]


def read(data: Mapping[str, Any]) -> Report:
    """What `Report.plain` gave.

    Raises:
        ValueError: if it is no such report.
    """
    converter = cattrs.Converter()
    converter.register_structure_hook(float, lambda value, _: inf if value is None else float(value))
    try:
        return converter.structure(data, Report)
    except cattrs.BaseValidationError as error:
        raise ValueError("; ".join(cattrs.transform_error(error))) from None


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not isfinite(data) else data
