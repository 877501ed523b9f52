"""What is measured of a trained network for a lesson: one number after its training, or a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from statistics import fmean, median
from typing import Any

from normlab import settings, stresses
from normlab.compare import GUESS
from normlab.config import RunConfig
from normlab.errors import NormlabError
from normlab.identity import canonical, run_id
from normlab.lessons.schema import EPOCH, Arm, Lesson, Measure, Picture
from normlab.record import EpochEnd, Status
from normlab.store import MANIFEST, Run, Store, read_manifest
from normlab.stresses import Stress, sweeps
from normlab.study.results.result_files import RESULTS

_CONVOLUTION = 4
"""The number of dimensions of its weights: out, in, height, width."""


class NotMeasured(NormlabError):
    """A lesson's runs are not here: `configs` are those that are missing."""

    def __init__(self, configs: Sequence[RunConfig]) -> None:
        count = f"{len(configs)} runs of it are" if len(configs) > 1 else "A run of it is"
        super().__init__(f"The lesson cannot be shown yet: {count} not trained here.")
        self.configs = tuple(configs)


@dataclass(frozen=True, slots=True)
class Numbers:
    """An arm's final numbers, by seed, in the measure's unit."""

    arm: Arm
    values: Mapping[int, float]

    @property
    def middle(self) -> float:
        return median(self.values.values())


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of the picture: by seed, a number for each x. A network that stopped has fewer of them."""

    arm: Arm
    by_seed: Mapping[int, Mapping[float, float]]

    @property
    def xs(self) -> tuple[float, ...]:
        return tuple(sorted({x for line in self.by_seed.values() for x in line}))

    def middle(self, x: float) -> float:
        """The median of the seeds that have one there. Raises `ValueError` where none has."""
        found = [line[x] for line in self.by_seed.values() if x in line]
        if not found:
            raise ValueError(f"nothing is measured at {x:g}")
        return median(found)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is measured for a lesson: every arm's numbers, and the picture's lines."""

    numbers: tuple[Numbers, ...]
    curves: tuple[Curve, ...]


def measure(lesson: Lesson, store: Store) -> Evidence:
    """Measure every arm of a lesson.

    Raises:
        NotMeasured: if some of its runs are not here.
        DataProblem, Damage: as `stresses.apply`.
    """
    if lacking := missing(lesson, store):
        raise NotMeasured(lacking)
    seeds, picture = range(lesson.contrast.seeds), lesson.picture

    def number(arm: Arm, seed: int) -> float:
        return final(store, run_of(arm, seed), arm.stress, lesson.contrast.measure)

    drawn = [lesson.arm(key) for key in picture.lines] if picture.varied else []
    return Evidence(
        tuple(Numbers(arm, {seed: number(arm, seed) for seed in seeds}) for arm in lesson.arms),
        tuple(Curve(arm, {seed: line(arm, picture, seed, store) for seed in seeds}) for arm in drawn),
    )


def configs(lesson: Lesson) -> list[RunConfig]:
    """Every run that it needs, each once, every arm once before any seed comes again."""
    seeds = range(lesson.contrast.seeds)
    found = [config for seed in seeds for arm in lesson.arms for config in _configs(arm, lesson.picture, seed)]
    return list(dict.fromkeys(found))


def _configs(arm: Arm, picture: Picture, seed: int) -> list[RunConfig]:
    return list(
        dict.fromkeys([run_of(arm, seed), *(at(arm, picture, value, seed)[0] for value in _steps(arm, picture))])
    )


def _steps(arm: Arm, picture: Picture) -> tuple[float, ...]:
    return picture.values if arm.key in picture.lines and picture.varied in settings.SETTINGS else ()


def run_of(arm: Arm, seed: int) -> RunConfig:
    return canonical(replace(arm.config, seed=seed))


def at(arm: Arm, picture: Picture, value: float, seed: int) -> tuple[RunConfig, Stress]:
    """The run and the stress of an arm where the picture's x is `value`."""
    varied = picture.varied
    if varied in settings.SETTINGS:
        return canonical(settings.changed(run_of(arm, seed), {varied: _typed(varied, value)})), arm.stress
    return run_of(arm, seed), stresses.changed(arm.stress, {varied: _stressed(varied, value)})


def _typed(name: str, value: float) -> Any:
    return settings.SETTINGS[name].parse(f"{value:g}")


def _stressed(name: str, value: float) -> Any:
    return stresses.SETTINGS[name].parse(f"{value:g}")


def missing(lesson: Lesson, store: Store) -> list[RunConfig]:
    """Those of its runs that have not ended here."""
    return [one for one in configs(lesson) if all(store.ended(run_id(same)) is None for same in as_good(one))]


def as_good(config: RunConfig) -> list[RunConfig]:
    """The run, and the one that records more of the same training."""
    return list(dict.fromkeys([config, canonical(replace(config, bn_modes=True))]))


def read(store: Store, config: RunConfig) -> Run:
    """Raises `NotMeasured`."""
    for same in as_good(config):
        run = store.read(run_id(same))
        if run is not None and run.record is not None:
            return run
    raise NotMeasured([config])


def final(store: Store, config: RunConfig, stress: Stress, measure: Measure) -> float:
    """A network's number after its last epoch. One that diverged guesses; its other numbers are 0.

    What a slider alone does to the networks that ship is not computed again. Raises `NotMeasured`.
    """
    if measure is Measure.ACCURACY and (share := _swept(store, config, stress)) is not None:
        return 100 * share
    run = read(store, config)
    if run.status is Status.DIVERGED:
        return GUESS if measure is not Measure.CHANGED and measure.unit == "points" else 0.0
    match measure:
        case Measure.ACCURACY:
            return 100 * stresses.apply(run, stress).score.accuracy
        case Measure.CHANGED:
            outcome = stresses.apply(run, stress)
            return 100 * outcome.changed_from(stresses.apply(run, Stress())) / len(outcome.images)
        case Measure.ZEROS:
            return _zeros(run)
        case Measure.TURN:
            return _turn(run.epochs[-1])
        case Measure.BATCH_ACCURACY | Measure.TRAIN_ACCURACY:
            return recorded(run.epochs[-1], measure)


def _swept(store: Store, config: RunConfig, stress: Stress) -> float | None:
    """The share of right answers that ships for a slider's stop; None if none does, of the run that ships now."""
    if store.shipped is None or not sweeps.covers(config):
        return None
    found = _sweep(config, store.shipped / RESULTS / sweeps.FOLDER)
    if found is None or records(store.shipped).get(found.run_id) != found.record_sha256:
        return None
    for curve in found.curves:
        for stop, right in zip(curve.line.stresses, curve.right, strict=True):
            if stop == stress:
                return right / found.images
    return None


@lru_cache(maxsize=64)
def _sweep(config: RunConfig, folder: Path) -> sweeps.Measured | None:
    return sweeps.read(config, folder)


def records(shelf: Path) -> Mapping[str, str]:
    """By run id, the SHA-256 of each record that ships; nothing without a manifest.

    Raises:
        StoreProblem: if the manifest cannot be read.
    """
    manifest = shelf / MANIFEST
    return _records(shelf, manifest.stat().st_mtime_ns) if manifest.is_file() else {}


@lru_cache(maxsize=4)
def _records(shelf: Path, changed: int) -> Mapping[str, str]:
    return {entry.run_id: entry.record_sha256 for entry in read_manifest(shelf)}


def recorded(end: EpochEnd, measure: Measure) -> float:
    """What an epoch's end says of it. Raises `KeyError` where nothing is recorded."""
    match measure:
        case Measure.ACCURACY:
            return 100 * end.test.accuracy
        case Measure.TRAIN_ACCURACY:
            return 100 * end.train_eval.accuracy
        case Measure.BATCH_ACCURACY if end.modes is not None:
            return 100 * end.modes.batch.accuracy
        case Measure.TURN if end.ledger:
            return _turn(end)
    raise KeyError(f"{measure} is not recorded for every epoch")


def _zeros(run: Run) -> float:
    """In percent, of the weights of all convolutions."""
    weights = run.snapshot(run.snapshot_epochs()[-1]).weights
    convolutions = [array for array in weights.values() if array.ndim == _CONVOLUTION]
    return 100 * sum(int((array == 0).sum()) for array in convolutions) / sum(array.size for array in convolutions)


def _turn(end: EpochEnd) -> float:
    """In degrees a step, mean over the blocks' convolutions."""
    return fmean(account.turn for account in end.ledger if account.parameter.endswith("conv.weight"))


def line(arm: Arm, picture: Picture, seed: int, store: Store) -> dict[float, float]:
    """What the picture draws of one network of an arm, by x. Raises `NotMeasured`."""
    if picture.varied == EPOCH:
        run = read(store, run_of(arm, seed))
        return {float(end.epoch): recorded(end, picture.measure) for end in run.epochs}
    found = {}
    for value in picture.values:
        config, stress = at(arm, picture, value, seed)
        found[value] = final(store, config, stress, picture.measure)
    return found
