"""2×2 designs: four arms that differ in two things, each of them twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from normlab.compare.arms import Arm
from normlab.config import ConfigError, RunConfig
from normlab.identity import base
from normlab.settings import SETTINGS, changed, flat

Change = Mapping[str, tuple[Any, Any]]
"""Settings by name, each with its old and its new value."""


@dataclass(frozen=True, slots=True)
class Design:
    """A and B, each without and with x. Its interaction (A+x − A) − (B+x − B) is how much more x does in A than in B.

    `factor` names the settings that differ between A and B, `treatment` those that x changes.
    """

    a: Arm
    a_x: Arm
    b: Arm
    b_x: Arm
    factor: tuple[str, ...]
    treatment: tuple[str, ...]

    @property
    def arms(self) -> tuple[Arm, Arm, Arm, Arm]:
        """In the order in which an interaction names them."""
        return self.a, self.a_x, self.b, self.b_x


def designs(chosen: Sequence[Arm], known: Sequence[Arm]) -> list[Design]:
    """Every design that `known` arms complete around two of the `chosen`; those that hold the most of them come first.

    Of the two changes the one in the network or the data tells A from B, a penalty is x; A is the arm chosen first.
    """
    by_config = {arm.config: arm for arm in (*known, *chosen)}
    found: dict[frozenset[RunConfig], Design] = {}
    for first, second in combinations(chosen, 2):
        both = difference(first.config, second.config)
        for third in known:
            change = difference(first.config, third.config)
            rest = both
            if change and both and change.items() < both.items():  # the chosen two are opposite corners
                rest = {name: values for name, values in both.items() if name not in change}
            elif not change or not both or set(change) & set(both):
                continue
            if design := _completed(first, change, rest, by_config):
                found.setdefault(frozenset(arm.config for arm in design.arms), design)
    return sorted(found.values(), key=lambda design: (-sum(arm in chosen for arm in design.arms), _size(design)))


def difference(one: RunConfig, other: RunConfig) -> Change:
    """The settings in which two canonical configurations differ."""
    first, second = flat(one), flat(other)
    return {name: (first[name], second[name]) for name in first if first[name] != second[name]}


def _completed(corner: Arm, one: Change, other: Change, known: Mapping[RunConfig, Arm]) -> Design | None:
    """The design of `corner` and the arms that one change, the other, and both lead to; None if one is not known."""
    factor, treatment = sorted((one, other), key=_rank)
    steps = [{}, treatment, factor, {**factor, **treatment}]
    four = [known.get(config) for step in steps if (config := _stepped(corner.config, step)) is not None]
    arms = [arm for arm in four if arm is not None]
    if len({arm.config for arm in arms}) < 4:
        return None
    a, a_x, b, b_x = arms
    if difference(b.config, b_x.config) != treatment or difference(a_x.config, b_x.config) != factor:
        return None  # a setting without effect in one arm has one in another
    if _removes(treatment):
        a, a_x, b, b_x = a_x, a, b_x, b
    return Design(a, a_x, b, b_x, tuple(factor), tuple(treatment))


def _stepped(config: RunConfig, change: Change) -> RunConfig | None:
    try:
        return base(changed(config, {name: new for name, (_, new) in change.items()}))
    except ConfigError:
        return None


def _removes(change: Change) -> bool:
    """Whether the change goes to the smaller number, or to off: then its opposite is x."""
    old, new = next(iter(change.values()))
    return isinstance(old, int | float) and old > new


def _rank(change: Change) -> tuple[int, ...]:
    """The norm and the network come first, then the data, the training, and the penalties."""
    parts = ("model", "data", "optim", "penalty", "")
    return tuple(sorted((parts.index(SETTINGS[name].part), _place(name)) for name in change)[0])


def _size(design: Design) -> tuple[int, list[int]]:
    """Few changes before many, then in the settings' order."""
    return len(design.factor) + len(design.treatment), [_place(name) for name in design.treatment]


def _place(name: str) -> int:
    return list(SETTINGS).index(name)
