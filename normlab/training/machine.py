"""The machine a run is made on: written into its record, not into its identity."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version

import torch

from normlab import cores


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count() or 1} cores"


def versions() -> Mapping[str, str]:
    installed = {name: version(name) for name in ("normlab", "torch", "numpy")}
    return {**installed, "python": platform.python_version()}


def use_all_cores() -> None:
    """For a command that computes alone. A run's own threads are set where it starts."""
    torch.set_num_threads(cores.for_lone_run())
