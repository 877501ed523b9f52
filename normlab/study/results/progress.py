"""How far the study is: what ships, what remains, and about how long that takes."""

import statistics
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from normlab.config import RunConfig
from normlab.identity import run_id
from normlab.record import Status
from normlab.store import MANIFEST, Entry, RunSummary, Shelf, Store, read_manifest
from normlab.study.plan.grids import Part, Strengths
from normlab.study.results.result_files import RESULTS
from normlab.study.results.tuning import strengths_of

_STEP = 3.5
"""A training image costs as much as so many images that are only looked at."""
_GUESS = 6e-5
"""Seconds an image that is looked at, on one core: only where no run says better."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """`shipped` are the manifest's entries of the part by run id; `seconds` what remains will take, one at a time.

    `strengths` is None until λ is chosen: then the tuning remains too, and seconds are counted with middle candidates.
    """

    part: Part
    strengths: Mapping[str, Strengths] | None
    shipped: Mapping[str, Entry]
    remaining: int
    seconds: float


def shipped(shelf: Path) -> dict[str, Entry]:
    """What the manifest names and is there, by run id; nothing if there is no manifest yet."""
    if not (shelf / MANIFEST).is_file():
        return {}
    here = Shelf(shelf)
    here.require()
    return {entry.run_id: entry for entry in read_manifest(shelf) if here.box(entry.run_id)}


def part_status(part: Part, shelf: Path, pace: float, trained: Container[str] = ()) -> PartStatus:
    """`pace` is seconds per unit of `work`; `trained` are runs that have ended and only wait to be shipped."""
    strengths = strengths_of(part, shelf / RESULTS)
    configs = part.configs(strengths or guessed(part))
    there = shipped(shelf) if strengths else {}
    ids = [run_id(config) for config in configs]
    missing = [config for config, name in zip(configs, ids, strict=True) if name not in there]
    todo = missing if strengths else [*missing, *_tuning_runs(part)]
    units = sum(work(config) for config in todo if run_id(config) not in trained)
    found = {name: there[name] for name in ids if name in there}
    return PartStatus(part, strengths, found, len(missing), units * pace)


def guessed(part: Part) -> dict[str, Strengths]:
    """A λ for every arm, only to count with."""
    chosen: dict[str, Strengths] = {}
    for arm in part.arms():
        options = part.candidates(arm, chosen)
        chosen[arm.name] = options[len(options) // 2]
    return chosen


def _tuning_runs(part: Part) -> list[RunConfig]:
    chosen = guessed(part)
    every = [(arm, option) for arm in part.arms() for option in part.candidates(arm, chosen)]
    return [part.config(arm, option, seed) for arm, option in every for seed in part.tuning_seeds]


def work(config: RunConfig) -> float:
    """What a run costs, in images that are only looked at: training, scores, and BatchNorm's modes if recorded."""
    data = config.data
    train, test = data.training_images, data.dataset.spec.test
    validation = data.dataset.spec.validation if data.validation else 0
    looked_at = test + validation + min(train, 5_000)
    if config.bn_modes and config.model.norms:
        looked_at += 2 * test + min(train, 10_000)
    return config.optim.epochs * (_STEP * train + looked_at)


def pace(known: Iterable[RunSummary]) -> float:
    """Seconds per unit of `work`: the median of finished runs, those of this machine if there are any."""
    found: dict[bool, list[float]] = {False: [], True: []}
    for run in known:
        if run.status is Status.FINISHED and run.record:
            found[run.shipped].append(run.record.seconds / work(run.config))
    chosen = found[False] or found[True]
    return statistics.median(chosen) if chosen else _GUESS


def known_pace(store: Store) -> float:
    """The pace of what was trained from here: in the workshop and in the store."""
    return pace([*workshop(store).list(), *store.list()])


def workshop(store: Store) -> Store:
    """Where runs are trained before they ship: in full, and kept, so that a stopped rebuild goes on."""
    return Store(store.root / "rebuild")


def versions(entries: Sequence[RunSummary]) -> list[str]:
    """Every combination of versions that made these runs: "torch 2.9.1, numpy 2.3.5"."""
    found = {
        ", ".join(f"{name} {run.record.versions.get(name, '?')}" for name in ("normlab", "torch", "numpy"))
        for run in entries
        if run.record
    }
    return sorted(found)


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
