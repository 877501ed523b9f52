"""What one slider alone does over its whole range, with every shipped seed: results that ship.

A file for each run, `bn-seed3.json`, in the folder `stress` of the results. Each names the run's record as the manifest
does, so that a result of weights that no longer ship is known for one.
"""

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from normlab.choices import Dataset, Statistics
from normlab.config import ModelConfig, RunConfig
from normlab.identity import run_id
from normlab.images import Indices
from normlab.presets import SHIPPED_SEEDS, SINGLE_NORMS
from normlab.settings import changed
from normlab.store import StoreProblem, is_sha256, write_whole
from normlab.stresses import settings
from normlab.stresses.network import repair
from normlab.stresses.outcome import Outcome, apply
from normlab.stresses.sample import sample
from normlab.stresses.settings import Composition, Stress
from normlab.stresses.trial import Network
from normlab.study.results import result_files

FOLDER = "stress"
_CONTRASTS = (
    *(0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0),
)
STOPS: Mapping[str, tuple[float, ...]] = {
    "contrast": _CONTRASTS,
    "raw_contrast": _CONTRASTS,
    "raw_brightness": tuple(tenth / 10 for tenth in range(-10, 11)),
    "weight_scale": (
        *(0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0),
        *(1.05, 1.1, 1.25, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0),
    ),
    "test_batch": (1, 2, 4, 8, 16, 32, 64, 128, 256),
    "draw": (0, 1, 2, 3, 4),
}
"""The stops of each slider that ships."""

SHOWN_OF_A_CLASS = 2
"""A result holds the answers to this many images of each class, the first ones of the sample."""

_NOTHING = Stress()
_MEND = "delete it and measure it again with `normlab rebuild stress`"


@dataclass(frozen=True, slots=True)
class Line:
    """A slider's way, stop by stop, with all else as in `base`."""

    slider: str
    base: Stress
    stops: tuple[float, ...]

    @property
    def stresses(self) -> tuple[Stress, ...]:
        return tuple(settings.changed(self.base, {self.slider: stop}) for stop in self.stops)


def lines(model: ModelConfig) -> tuple[Line, ...]:
    """What is measured of a network: each slider with all statistics that it has, scaled weights also repaired, batches
    of each composition, and dropout that is left on."""
    statistics = tuple(Statistics) if model.remembers else (Statistics.RUNNING,)
    sliders = ("contrast", "raw_contrast", "raw_brightness", "weight_scale")
    found = [(slider, Stress(statistics=used)) for slider in sliders for used in statistics]
    if repair(model):
        found.append(("weight_scale", Stress(repaired=True)))
    if model.remembers:
        mixtures = (Composition.MIXED, Composition.SORTED, Composition.ONE_CLASS)
        found += [("test_batch", Stress(statistics=Statistics.BATCH, composition=mixture)) for mixture in mixtures]
    if model.dropout:
        found.append(("draw", Stress(test_dropout=True)))
    return tuple(Line(slider, base, STOPS[slider]) for slider, base in found)


@dataclass(frozen=True, slots=True)
class Curve:
    """At each stop of a line: how many of the sample's images were answered `right`, how many otherwise than by the
    network as it was trained (`changed`), and the `answers` to the shown ones, in their order."""

    line: Line
    right: tuple[int, ...]
    changed: tuple[int, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """All lines of a run's network. `record_sha256` is that of the run's record.json, `images` the sample's size,
    `made_with` says on what and with which versions it was computed."""

    config: RunConfig
    run_id: str
    record_sha256: str
    images: int
    made_with: str
    curves: tuple[Curve, ...]

    def curve(self, slider: str, base: Stress = _NOTHING) -> Curve | None:
        """The one of this slider and base; None if the network has no use for it."""
        return next((c for c in self.curves if (c.line.slider, c.line.base) == (slider, base)), None)


def configs() -> list[RunConfig]:
    """The runs that are measured: the default recipe without a norm and with each that can learn, every seed."""
    return [changed(RunConfig(), {"norms": norms, "seed": seed}) for seed in SHIPPED_SEEDS for norms in SINGLE_NORMS]


def covers(config: RunConfig) -> bool:
    """Whether it is one of them."""
    return config in _covered()


@cache
def _covered() -> frozenset[RunConfig]:
    return frozenset(configs())


def file_name(config: RunConfig) -> str:
    return f"{'+'.join(config.model.norms) or 'none'}-seed{config.seed}.json"


@lru_cache(maxsize=len(Dataset))
def shown(dataset: Dataset) -> Indices:
    """The images whose answers a result holds, by their numbers in the sample: the first two of each class."""
    labels = sample(dataset).labels
    return np.concatenate([np.flatnonzero(labels == label)[:SHOWN_OF_A_CLASS] for label in np.unique(labels)])


def measure(run: Network, record_sha256: str) -> Measured:
    """Measure all lines of a run's network. Raises as `apply`."""
    before = apply(run, _NOTHING)
    curves = tuple(_curve(run, line, before) for line in lines(run.config.model))
    return Measured(run.config, run.run_id, record_sha256, len(sample(run.config.data.dataset)), _here(), curves)


def _here() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("normlab", "numpy"))
    return f"{libraries}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _curve(run: Network, line: Line, before: Outcome) -> Curve:
    outcomes = [apply(run, stress) for stress in line.stresses]
    images = shown(run.config.data.dataset)
    answers = tuple("".join(map(str, outcome.answers[images])) for outcome in outcomes)
    right = tuple(int(outcome.is_right.sum()) for outcome in outcomes)
    return Curve(line, right, tuple(outcome.changed_from(before) for outcome in outcomes), answers)


def write(measured: Measured, folder: Path) -> Path:
    """Keep it in the folder of results; the file."""
    data = {
        "run_id": measured.run_id,
        "record_sha256": measured.record_sha256,
        "images": measured.images,
        "made_with": measured.made_with,
        "lines": [_as_json(curve) for curve in measured.curves],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(measured.config)
    write_whole(path, (json.dumps(data, separators=(",", ":")) + "\n").encode())
    return path


def _as_json(curve: Curve) -> dict[str, Any]:
    return {
        "slider": curve.line.slider,
        "base": settings.to_query(curve.line.base),
        "stops": curve.line.stops,
        "right": curve.right,
        "changed": curve.changed,
        "answers": " ".join(curve.answers),
    }


def results(folder: Path) -> list[Measured]:
    """All that is measured, seed by seed. Raises `StoreProblem` as `read`."""
    return [found for config in configs() if (found := read(config, folder))]


def read(config: RunConfig, folder: Path) -> Measured | None:
    """What was measured of a run; None if nothing was, or other lines or stops than now.

    Raises:
        StoreProblem: if its file cannot be read, or holds no such thing.
    """
    path = folder / file_name(config)
    try:
        found = _measured(config, result_files.read(path, mend=_MEND))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StoreProblem(f"{path} holds no measurement ({error}): {_MEND}.") from None
    return found if tuple(curve.line for curve in found.curves) == lines(config.model) else None


def _measured(config: RunConfig, told: Mapping[str, Any]) -> Measured:
    match told:
        case {
            "run_id": str(name),
            "record_sha256": str(digest),
            "images": int(images),
            "made_with": str(made_with),
            "lines": [*items],
        }:
            if name == run_id(config) and is_sha256(digest):
                curves = tuple(_read_curve(item, images) for item in items)
                return Measured(config, name, digest, images, made_with, curves)
    raise ValueError("it is not of this run")


def _read_curve(item: object, images: int) -> Curve:
    match item:
        case {
            "slider": str(slider),
            "base": dict(base),
            "stops": [*stops],
            "right": [*right],
            "changed": [*changes],
            "answers": str(text),
        }:
            stress, refused = settings.from_query({name: str(value) for name, value in base.items()})
            answers = text.split()
            is_whole = len(stops) == len(right) == len(changes) == len(answers) and not refused
            if is_whole and all(type(count) is int and 0 <= count <= images for count in (*right, *changes)):
                return Curve(Line(slider, stress, tuple(stops)), tuple(right), tuple(changes), tuple(answers))
    raise ValueError("a line is no line")
