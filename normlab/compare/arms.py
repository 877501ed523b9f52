"""Arms: runs that are equal but for the seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from normlab.config import RunConfig
from normlab.identity import canonical
from normlab.record import Status
from normlab.store import RunSummary


@dataclass(frozen=True, slots=True)
class Arm:
    """Ended runs of one configuration: the seeds that finished and those that diverged, each in ascending order.

    `config` is canonical and has seed 0, whether or not that seed was trained. `seed` is set where one run was picked
    instead of the whole arm; then that seed is the only one.
    """

    config: RunConfig
    seeds: tuple[int, ...]
    diverged: tuple[int, ...] = ()
    seed: int | None = None

    def only(self, seed: int) -> "Arm":
        """One run of this arm."""
        return replace(
            self,
            seeds=tuple(known for known in self.seeds if known == seed),
            diverged=tuple(known for known in self.diverged if known == seed),
            seed=seed,
        )


def base(config: RunConfig) -> RunConfig:
    """What all runs of an arm share: the canonical configuration with seed 0."""
    return replace(canonical(config), seed=0)


def arms(summaries: Iterable[RunSummary]) -> tuple[Arm, ...]:
    """The arms that a store's runs form, those with the most seeds first; runs that have not ended belong to none."""
    finished: dict[RunConfig, set[int]] = {}
    diverged: dict[RunConfig, set[int]] = {}
    for run in summaries:
        if run.status in (Status.FINISHED, Status.DIVERGED):
            seeds = finished if run.status is Status.FINISHED else diverged
            seeds.setdefault(base(run.config), set()).add(run.config.seed)
    found = [
        Arm(config, tuple(sorted(finished.get(config, ()))), tuple(sorted(diverged.get(config, ()))))
        for config in {**finished, **diverged}
    ]
    return tuple(sorted(found, key=lambda arm: -len(arm.seeds)))


def find(known: Sequence[Arm], config: RunConfig, seed: int | None = None) -> Arm | None:
    """The arm of `config`, or with `seed` its one run; None if nothing of it has ended."""
    wanted = base(config)
    arm = next((arm for arm in known if arm.config == wanted), None)
    if arm is None or seed is None:
        return arm
    return arm.only(seed) if seed in arm.seeds + arm.diverged else None


def runs_of(arm: Arm) -> list[RunConfig]:
    """The configurations of the arm's finished runs."""
    return [replace(arm.config, seed=seed) for seed in arm.seeds]
