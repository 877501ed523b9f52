"""How the kernels are compiled and kept."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
import platformdirs
from numba import njit

_SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))
_CONFIG: Any = numba.config
_CONFIG.CACHE_DIR = str(
    Path(_CONFIG.CACHE_DIR or platformdirs.user_cache_path("normlab")) / f"kernels-{_SOURCES.hexdigest()[:12]}"
)
"""Compiled kernels are kept by what all their sources say: numba itself looks only at a kernel's own file, not at what
is inlined from others."""

_MATH = {"reassoc", "contract", "nsz", "arcp"}
"""Sums may be reordered; NaN and infinity stay what they are."""


def inline(function: Callable[..., Any]) -> Any:
    """For use in kernels."""
    return njit(function, fastmath=_MATH, error_model="numpy", nogil=True)


def accessor(function: Callable[..., Any]) -> Any:
    """For use in kernels, of a line or two: written into its caller, which saves half a second of compiling each."""
    return njit(function, inline="always")


def kernel(function: Callable[..., Any]) -> Callable[..., None]:
    """Compiled at its first call for a type of numbers, and kept on disk. Threads may call it side by side."""
    compiled: Callable[..., None] = keep(inline(function))
    return compiled


def keep(compiled: Any) -> Any:
    """On disk, if there is a folder that can be written: else every process compiles for itself."""
    with suppress(RuntimeError):
        compiled.enable_caching()
    return compiled
