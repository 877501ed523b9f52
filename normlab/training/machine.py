"""Where a run was made: written into its record, not into its identity."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count() or 1} cores"


def versions() -> Mapping[str, str]:
    installed = {name: version(name) for name in ("normlab", "torch", "numpy")}
    return {**installed, "python": platform.python_version()}
