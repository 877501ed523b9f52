"""Arms: runs that are equal but for the seed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from normlab.config import RunConfig
from normlab.identity import base
from normlab.record import Status
from normlab.store import RunSummary


@dataclass(frozen=True, slots=True)
class Arm:
    """Ended runs of one experiment: those that finished, one a seed, and the seeds that diverged, in ascending order.

    `config` is their `base`, whether or not its seed was trained. `seed` is set where one run was picked instead of
    the whole arm; then nothing else is in it.
    """

    config: RunConfig
    runs: tuple[RunConfig, ...]
    diverged: tuple[int, ...] = ()
    seed: int | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(run.seed for run in self.runs)

    def only(self, seed: int) -> "Arm":
        """One run of this arm."""
        return replace(
            self,
            runs=tuple(run for run in self.runs if run.seed == seed),
            diverged=tuple(known for known in self.diverged if known == seed),
            seed=seed,
        )


def arms(summaries: Iterable[RunSummary]) -> tuple[Arm, ...]:
    """The arms that a store's runs form, those with the most seeds first; runs that have not ended belong to none.

    Of two runs that differ only in what they record, the one that records more stands for its seed.
    """
    finished: dict[RunConfig, dict[int, RunConfig]] = {}
    diverged: dict[RunConfig, set[int]] = {}
    for run in sorted(summaries, key=lambda summary: summary.config.bn_modes):
        if run.status is Status.FINISHED:
            finished.setdefault(base(run.config), {})[run.config.seed] = run.config
        elif run.status is Status.DIVERGED:
            diverged.setdefault(base(run.config), set()).add(run.config.seed)
    found = [
        Arm(config, _in_order(finished.get(config, {})), tuple(sorted(diverged.get(config, ()))))
        for config in {**finished, **diverged}
    ]
    return tuple(sorted(found, key=lambda arm: -len(arm.runs)))


def _in_order(runs: Mapping[int, RunConfig]) -> tuple[RunConfig, ...]:
    return tuple(runs[seed] for seed in sorted(runs))


def find(known: Sequence[Arm], config: RunConfig, seed: int | None = None) -> Arm | None:
    """The arm of `config`, or with `seed` its one run; None if nothing of it has ended."""
    wanted = base(config)
    arm = next((arm for arm in known if arm.config == wanted), None)
    if arm is None or seed is None:
        return arm
    return arm.only(seed) if seed in arm.seeds + arm.diverged else None
