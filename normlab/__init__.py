"""An interactive lesson on normalization and regularization: train a real small CNN and see what each does, and why.

For a notebook: describe a run (`RunConfig`), train it (`train`, or `iter_events` to follow it step by step), look at
it (`Trained`), keep it (`Store`), put its network where it was not trained to be (`stress`). Names are imported when
they are first used: those that need no torch bring none.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from normlab import home

if TYPE_CHECKING:
    from normlab.choices import Dataset, Norm
    from normlab.config import ConfigError, DataConfig, ModelConfig, OptimConfig, PenaltyConfig, RunConfig
    from normlab.datasets import DataProblem
    from normlab.errors import NormlabError
    from normlab.export import pytorch_code
    from normlab.identity import run_id
    from normlab.record import EpochEnd, Score, Snapshot
    from normlab.settings import changed
    from normlab.store import Run, Store, StoreProblem
    from normlab.stresses import Outcome, Stress, stress
    from normlab.training.data import Splits, load_splits
    from normlab.training.model import StudyNet
    from normlab.training.train import iter_events
    from normlab.training.trained import Trained, train

__all__ = [
    "ConfigError",
    "DataConfig",
    "DataProblem",
    "Dataset",
    "EpochEnd",
    "ModelConfig",
    "Norm",
    "NormlabError",
    "OptimConfig",
    "Outcome",
    "PenaltyConfig",
    "Run",
    "RunConfig",
    "Score",
    "Snapshot",
    "Splits",
    "Store",
    "StoreProblem",
    "Stress",
    "StudyNet",
    "Trained",
    "changed",
    "iter_events",
    "load_splits",
    "pytorch_code",
    "run_id",
    "stress",
    "train",
]

home.settle()

_HOMES = {
    "choices": ("Dataset", "Norm"),
    "config": ("ConfigError", "DataConfig", "ModelConfig", "OptimConfig", "PenaltyConfig", "RunConfig"),
    "datasets": ("DataProblem",),
    "errors": ("NormlabError",),
    "export": ("pytorch_code",),
    "identity": ("run_id",),
    "record": ("EpochEnd", "Score", "Snapshot"),
    "settings": ("changed",),
    "store": ("Run", "Store", "StoreProblem"),
    "stresses": ("Outcome", "Stress", "stress"),
    "training.data": ("Splits", "load_splits"),
    "training.model": ("StudyNet",),
    "training.train": ("iter_events",),
    "training.trained": ("Trained", "train"),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'normlab' has no attribute '{name}'")
    return getattr(import_module(f"normlab.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
