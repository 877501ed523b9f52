"""An interactive lesson on normalization and regularization: train a real small CNN and see what each does, and why.

The public names are imported when they are first used, so that the torch-free ones bring no torch into the process.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from normlab import home

if TYPE_CHECKING:
    from normlab.config import DataConfig, ModelConfig, OptimConfig, PenaltyConfig, RunConfig
    from normlab.store import Store
    from normlab.training.data import load_splits
    from normlab.training.model import StudyNet
    from normlab.training.train import train

__all__ = [
    "DataConfig",
    "ModelConfig",
    "OptimConfig",
    "PenaltyConfig",
    "RunConfig",
    "Store",
    "StudyNet",
    "load_splits",
    "train",
]

home.settle()

_HOMES = {
    "Store": "normlab.store",
    "StudyNet": "normlab.training.model",
    "load_splits": "normlab.training.data",
    "train": "normlab.training.train",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'normlab' has no attribute '{name}'")
    return getattr(import_module(_HOMES.get(name, "normlab.config")), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
