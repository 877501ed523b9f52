"""The machine a run is made on: written into its record, not into its identity."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version

from normlab import cores
from normlab.training import threads


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count() or 1} cores"


def versions() -> Mapping[str, str]:
    """Of what computes; numba is among them where its kernels do."""
    names = ("normlab", "torch", "numpy", *(("numba",) if threads.HAS_KERNELS else ()))
    installed = {name: version(name) for name in names}
    return {**installed, "python": platform.python_version()}


def use_all_cores() -> None:
    """For a command that computes alone. A run's own threads are set where it starts."""
    threads.use(cores.for_lone_run())
