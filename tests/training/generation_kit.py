"""Short runs whose digits the present generation holds; `python tests/training/generation_kit.py` records them anew."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from normlab.config import RunConfig
from normlab.record import EpochEnd, Snapshot, StepEnd
from normlab.settings import changed
from normlab.training.data import load_splits
from normlab.training.machine import here
from normlab.training.train import iter_events

FILE = Path(__file__).with_name("generation.json")
_SHORT = {"train_size": 96, "epochs": 2, "batch_size": 32, "dropout": 0.1}
RUNS: Mapping[str, Mapping[str, Any]] = {
    "no norm": {"norms": ()},
    "BN in its three modes": {"norms": ("bn",), "bn_modes": True},
    "LN, L1 with exact zeros": {"norms": ("ln",), "l1": 0.001, "l1_step": "proximal"},
    "GN, L1 and L2": {"norms": ("gn",), "l1": 0.001, "l2": 0.01},
    "IN after dropout": {"norms": ("in",), "dropout_place": "after-norm"},
    "BN over ghost batches, then LN": {"norms": ("bn", "ln"), "ghost_batch": 16},
    "the study's augmentation and schedule": {"augmentation": "study", "schedule": "plateau-test"},
    "Adam, even widths": {"optimizer": "adam", "lr": 0.003, "widths": "even", "norms": ("gn",), "groups": 4},
}


@dataclass(frozen=True)
class Digits:
    """What a run came to: the loss of every live point and epoch, and a hash of all of its numbers and weights."""

    losses: tuple[float, ...]
    sha256: str


@dataclass(frozen=True)
class Recorded:
    """The file: an origin (`normlab.generation`) and what the runs came to there."""

    generation: int
    processor: str
    versions: Mapping[str, str]
    runs: Mapping[str, Digits]


def digits(name: str) -> Digits:
    config = changed(RunConfig(), {**_SHORT, **RUNS[name]})
    splits = load_splits(config.data)
    splits = replace(splits, test=splits.test.first(60), validation=splits.validation and splits.validation.first(40))
    losses, whole = [], hashlib.sha256()
    for event in iter_events(config, splits):
        match event:
            case StepEnd():
                losses.append(event.data_loss)
            case EpochEnd():
                losses.append(event.test.loss)
                whole.update(repr((event.train, event.train_eval, event.test, event.modes)).encode())
            case Snapshot():
                for key in sorted(event.weights):
                    whole.update(event.weights[key].tobytes())
                whole.update(event.predicted.tobytes() + event.confidence.tobytes())
    return Digits(tuple(losses), whole.hexdigest())


def recorded() -> Recorded:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    runs = {name: Digits(tuple(run["losses"]), run["sha256"]) for name, run in data.pop("runs").items()}
    return Recorded(**data, runs=runs)


def record() -> None:
    made = here()
    found = Recorded(made.generation, made.processor, made.versions, {name: digits(name) for name in RUNS})
    FILE.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
