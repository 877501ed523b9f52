"""What the repetition has measured so far: an arm's numbers by seed, read from the runs and result files that ship."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from normlab.compare import GUESS, Share, threshold
from normlab.config import RunConfig
from normlab.identity import base, run_id
from normlab.record import Status
from normlab.store import Run, RunSummary, named, representative
from normlab.study.plan import grids, mechanisms
from normlab.study.plan.grids import LESSON, LESSON_NO_DROPOUT, PARTS, GridArm, Part, Strengths
from normlab.study.results import result_files, tuning
from normlab.study.results.quantities import TEST_ACCURACY, Quantity
from normlab.study.results.result_files import RESULTS

EVERY: Mapping[str, Part] = {part.name: part for part in (*PARTS, LESSON, LESSON_NO_DROPOUT)}
"""The repetition's parts, and the lesson's runs, which ask the same questions."""

Values = Mapping[int, float]
"""A number a seed."""
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """`read` gives the run of an id, `known` are the summaries of all runs, `folder` holds the result files,
    `representatives` are those that the manifest names: without them the rule is asked, which reads all of an arm.

    Only runs that have finished count, and each is read when it is asked for.
    """

    known: Mapping[str, RunSummary]
    read: Callable[[str], Run | None]
    folder: Path | None
    representatives: Mapping[str, int] = field(default_factory=dict)
    _strengths: dict[str, Mapping[str, Strengths] | None] = field(default_factory=dict)
    _values: dict[tuple[str, str, str], Values] = field(default_factory=dict)
    _names: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    _found: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def strengths(self, part: str) -> Mapping[str, Strengths] | None:
        """λ of every arm; None while it is not chosen."""
        if part not in self._strengths:
            folder = self.folder or Path(RESULTS)
            self._strengths[part] = tuning.strengths_of(EVERY[part], folder)
        return self._strengths[part]

    def at_edge(self, part: str) -> Mapping[str, str]:
        """Arms whose λ is the "smallest" or the "largest" that the tuning tried."""
        return tuning.at_edge(EVERY[part], self.folder or Path(RESULTS))

    def config(self, part: str, arm: str, seed: int | None = None) -> RunConfig | None:
        """Of one seed (the part's first, if it is not given); None while λ is not chosen or if there is no such arm."""
        strengths, chosen = self.strengths(part), named_arm(arm)
        owner = EVERY[part]
        if strengths is None or chosen.name not in strengths:
            return None
        return owner.config(chosen, strengths[chosen.name], owner.seeds[0] if seed is None else seed)

    def arm_config(self, part: str, arm: str) -> RunConfig | None:
        """What all seeds of the arm share, as comparisons name it."""
        config = self.config(part, arm)
        return None if config is None else base(config)

    def seeds(self, part: str, arm: str) -> tuple[int, ...]:
        """Seeds of the arm that have finished."""
        return tuple(seed for seed, _ in self._finished(part, arm))

    def runs(self, part: str, arm: str) -> list[Run]:
        """The arm's finished runs that can be read, by seed."""
        found = (self.read(name) for _, name in self._finished(part, arm))
        return [run for run in found if run is not None]

    def representative(self, part: str, arm: str) -> RunConfig | None:
        """The run that stands for the arm where a single one is shown; None while none has finished."""
        config = self.config(part, arm)
        named = None if config is None else self.representatives.get(run_id(base(config)))
        if named in self.seeds(part, arm):
            return self.config(part, arm, named)
        runs = self.runs(part, arm)
        return representative(runs).config if runs else None

    def values(self, part: str, arm: str, quantity: Quantity) -> Values:
        """The quantity of each finished seed that measured it; a seed that diverged has the accuracy of a guess."""
        key = (part, arm, quantity.name)
        if key not in self._values:
            self._values[key] = (
                self._of_records(part, arm) if quantity is TEST_ACCURACY else self._read(part, arm, quantity)
            )
        return self._values[key]

    def samples(self, part: str, arms: Sequence[str], quantity: Quantity) -> list[list[float]]:
        """The values of each arm, without their seeds."""
        return [list(self.values(part, arm, quantity).values()) for arm in arms]

    def _of_records(self, part: str, arm: str) -> Values:
        """Test accuracy, which is in every record: no run is read for it."""
        records = {seed: self.known[name].record for seed, name in self._finished(part, arm)}
        finished = {
            seed: 100 * record.test_accuracy
            for seed, record in records.items()
            if record is not None and record.test_accuracy is not None
        }
        return dict(sorted({**dict.fromkeys(self.diverged(part, arm), GUESS), **finished}.items()))

    def _read(self, part: str, arm: str, quantity: Quantity) -> Values:
        found = {run.config.seed: quantity.of(run) for run in self.runs(part, arm)}
        return {seed: value for seed, value in found.items() if value is not None}

    def measurements(self, arm: str) -> Mapping[int, Mapping[str, Any]]:
        """The result files of an arm of the mechanisms, by seed."""
        every = self.once(("measured",), lambda: _measured(self.folder))
        return {seed: found for seed, found in every.get(arm, {}).items() if not found["is_quick"]}

    def once(self, key: tuple[object, ...], find: Callable[[], _Found]) -> _Found:
        """What was found under this key before, or is found now: results do not change."""
        if key not in self._found:
            self._found[key] = find()
        found: _Found = self._found[key]
        return found

    def shared(self, one: str, other: str) -> int:
        """How many runs belong to both parts: there they are one experiment, not two."""
        return len(self._ids(one) & self._ids(other))

    def _ids(self, part: str) -> set[str]:
        return {name for arm in EVERY[part].arms() for _, name in self._finished(part, arm.name)}

    def diverged(self, part: str, arm: str) -> tuple[int, ...]:
        """Seeds of the arm that diverged: they count as failed, for leaving them out would flatter the arm."""
        return tuple(seed for seed, _ in self._ended(part, arm, Status.DIVERGED))

    def failed(self, part: str, arm: str) -> tuple[int, ...]:
        """Seeds of the arm that came less than halfway from guessing to the best of the part (`compare.failures`)."""
        limit = self.threshold(part)
        return tuple(seed for seed, value in self.values(part, arm, TEST_ACCURACY).items() if value < limit)

    def threshold(self, part: str) -> float:
        """The test accuracy in percent below which a seed of the part failed."""
        return self.once(("threshold", part), lambda: threshold(self._accuracies(part)))

    def failures(self, part: str, arm: str) -> Share:
        """How many of the arm's seeds of how many failed."""
        return Share(len(self.failed(part, arm)), len(self.values(part, arm, TEST_ACCURACY)))

    def _accuracies(self, part: str) -> list[float]:
        return [value for arm in EVERY[part].arms() for value in self.values(part, arm.name, TEST_ACCURACY).values()]

    def _finished(self, part: str, arm: str) -> list[tuple[int, str]]:
        return self._ended(part, arm, Status.FINISHED)

    def _ended(self, part: str, arm: str, status: Status) -> list[tuple[int, str]]:
        if (part, arm) not in self._names:
            configs = [(seed, self.config(part, arm, seed)) for seed in EVERY[part].seeds]
            self._names[part, arm] = [(seed, run_id(config)) for seed, config in configs if config is not None]
        names = [(seed, name) for seed, name in self._names[part, arm] if name in self.known]
        return [(seed, name) for seed, name in names if self.known[name].status is status]


def of_store(known: Sequence[RunSummary], read: Callable[[str], Run | None], shelf: Path | None) -> Results:
    """The results among these runs, and in the folder that ships."""
    by_id = {run.run_id: run for run in known}
    return Results(by_id, read, None) if shelf is None else Results(by_id, read, shelf / RESULTS, named(shelf))


@lru_cache(maxsize=32)
def named_arm(name: str) -> GridArm:
    """The arm that "bn/l1" names."""
    norms, _, penalty = name.partition("/")
    found = [chosen for chosen in grids.NORMS if GridArm(chosen, penalty).name == name]
    assert found, f"there is no arm {name!r}: its norm is none of {norms}"
    return GridArm(found[0], penalty)


def _measured(folder: Path | None) -> dict[str, dict[int, Mapping[str, Any]]]:
    found: dict[str, dict[int, Mapping[str, Any]]] = {}
    if folder is not None:
        for measurement, content in result_files.measurements(folder / mechanisms.FOLDER):
            found.setdefault(measurement.variant.name, {})[measurement.seed] = content
    return found
