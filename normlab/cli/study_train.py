"""What `normlab study train` does: choose λ, train what remains, and ship each run as it ends."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from normlab import cores
from normlab.cli import shelf as shelves
from normlab.cli.common import Mistake, say
from normlab.config import RunConfig
from normlab.engine import Outcome, carry_out
from normlab.identity import run_id
from normlab.numerals import duration
from normlab.store import FolderBox, Store, ship, write_manifest
from normlab.study.plan.grids import GridArm, Part, Strengths
from normlab.study.results import tuning
from normlab.study.results.progress import known_pace, megabytes, part_status, shipped, workshop
from normlab.study.results.result_files import RESULTS
from normlab.titles import title


def train(parts: Sequence[Part], store: Store, shelf: Path) -> int:
    """Train and ship what remains of the parts; exit code 1 if a run failed: the others ship all the same."""
    failed = 0
    for part in parts:
        strengths = tuning.strengths_of(part, shelf / RESULTS) or _tune(part, store, shelf)
        there = shipped(shelf)
        missing = [config for config in part.configs(strengths) if run_id(config) not in there]
        shelves.refuse_mixture(shelves.parts(shelf), missing, shelf)
        for outcome in _trained(missing, store, lambda: _remaining(parts, store, shelf)):
            if outcome.status is None:
                failed += 1
                continue
            ship(FolderBox(workshop(store).root / outcome.run_id), shelf, history=False)
            write_manifest(shelf)
    shelves.settle(shelf, workshop(store))
    shelves.pack(shelf)
    print(f"{len(shipped(shelf))} runs are in {shelf}, {megabytes(shelf):.1f} MB.")
    return 1 if failed else 0


def _remaining(parts: Sequence[Part], store: Store, shelf: Path) -> str:
    """Of all parts, with as many runs at a time as there are cores."""
    speed, trained = known_pace(store), {run.run_id for run in workshop(store).list() if run.record}
    return duration(sum(part_status(part, shelf, speed, trained).seconds for part in parts) / cores.available())


def _trained(configs: Sequence[RunConfig], store: Store, remaining: Callable[[], str]) -> Iterator[Outcome]:
    """Each run's outcome, and a line on it; one that ended in an earlier attempt is not trained again."""
    for count, outcome in enumerate(carry_out(configs, workshop(store)), start=1):
        yield outcome
        ended = outcome.message or f"{outcome.status}; about {remaining()} remain"
        if not outcome.is_reused:
            say(f"{count} of {len(configs)}: {title(outcome.config)}: {ended}")


def _tune(part: Part, store: Store, shelf: Path) -> dict[str, Strengths]:
    """Try every candidate of every arm with the tuning seeds, and keep which is best on the validation split. Where
    that is the smallest or the largest, the next one beyond it is tried too.

    Raises:
        Mistake: if a candidate's run failed, for then none is chosen.
    """
    from normlab.training.machine import machine
    from normlab.training.machine import versions as here

    chosen: dict[str, Strengths] = {}
    trials: dict[str, list[tuning.Trial]] = {}
    for arms in part.stages():
        options = {arm: part.candidates(arm, chosen) for arm in arms}
        while options:
            _try(options, part, store, shelf)
            for arm, own in options.items():
                trials.setdefault(arm.name, []).extend(tuning.trial(part, arm, one, workshop(store)) for one in own)
                chosen[arm.name] = tuning.best(trials[arm.name]).strengths
            options = {arm: more for arm in options if (more := _further(part, arm, trials[arm.name]))}
    made = {"machine": machine(), "versions": dict(here()), "seeds": list(part.tuning_seeds)}
    return tuning.write(part, trials, made, shelf / RESULTS)


def _try(options: Mapping[GridArm, Sequence[Strengths]], part: Part, store: Store, shelf: Path) -> None:
    """Train each arm's candidates with the tuning seeds."""
    seeds = part.tuning_seeds
    configs = [part.config(arm, strengths, seed) for arm, own in options.items() for strengths in own for seed in seeds]
    for outcome in _trained(configs, store, lambda: _remaining([part], store, shelf)):
        if outcome.status is None:
            raise Mistake(f"λ of {part.name} cannot be chosen: {title(outcome.config)}: {outcome.message}")


def _further(part: Part, arm: GridArm, trials: Sequence[tuning.Trial]) -> list[Strengths]:
    """What to try next, because the best trial is the last one of its grid."""
    return part.further(arm, [trial.strengths for trial in trials], tuning.best(trials).strengths)
