"""Comparisons that are worth a look, to begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from normlab.choices import Norm
from normlab.config import RunConfig
from normlab.presets import LESSON_L1, LESSON_L2
from normlab.settings import changed


@dataclass(frozen=True, slots=True)
class Ready:
    """A named comparison: its arms as changes of the default configuration, the reference first."""

    name: str
    settings: tuple[Mapping[str, Any], ...]

    def configs(self) -> list[RunConfig]:
        return [changed(RunConfig(), settings) for settings in self.settings]


_L1, _L2 = {"l1": LESSON_L1}, {"l2": LESSON_L2}
_NONE: Mapping[str, Any] = {"norms": ()}
_BN, _LN, _GN = ({"norms": (norm,)} for norm in (Norm.BN, Norm.LN, Norm.GN))
_FAST = {"lr": 0.3, "bn_modes": True}

READY: tuple[Ready, ...] = (
    Ready(
        "Ten times the learning rate: with which norm?",
        tuple({**norm, **_FAST} for norm in (_NONE, _BN, _LN, _GN)),
    ),
    Ready("The study's question: does L1 hurt BN more than GN?", (_BN, {**_BN, **_L1}, _GN, {**_GN, **_L1})),
    Ready("Which norm?", (_NONE, _BN, _LN, _GN)),
    Ready("Which norm under L1?", tuple({**norm, **_L1} for norm in (_NONE, _BN, _LN, _GN))),
    Ready("L1, L2 or both with BN?", (_BN, {**_BN, **_L1}, {**_BN, **_L2}, {**_BN, **_L1, **_L2})),
    Ready(
        "Dropout with and without BN?",
        tuple({**norm, "dropout": p} for norm in (_BN, _NONE) for p in (0.0, 0.05)),
    ),
)
