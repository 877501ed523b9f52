"""How the kernels are compiled, kept, and divided among threads."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache, wraps
from itertools import pairwise
from pathlib import Path
from typing import Any

import numba
import platformdirs
from numba import njit

from normlab.training import threads

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
    return njit(function, fastmath=_MATH, error_model="numpy")


def kernel(function: Callable[..., Any]) -> Callable[..., None]:
    """Compiled at its first call for a type of numbers, and kept on disk."""
    compiled: Callable[..., None] = njit(function, fastmath=_MATH, error_model="numpy", nogil=True)
    with suppress(RuntimeError):  # no folder can be written: every process compiles for itself
        compiled.enable_caching()  # type: ignore[attr-defined]
    return compiled


def divided(function: Callable[..., Any]) -> Callable[..., None]:
    """As `kernel`, for a function whose first arguments are the start and the end of the parts it works on.

    What comes out is called with the number of parts instead, and divides them among the threads.
    """
    compiled = kernel(function)

    @wraps(function)
    def call(parts: int, *arguments: Any) -> None:
        count = threads.count()
        if count == 1:
            compiled(0, parts, *arguments)
            return
        edges = [parts * k // count for k in range(count + 1)]
        others = [_helpers(count - 1).submit(compiled, *part, *arguments) for part in pairwise(edges[1:])]
        compiled(0, edges[1], *arguments)
        for other in others:
            other.result()

    return call


@lru_cache(maxsize=1)
def _helpers(count: int) -> ThreadPoolExecutor:
    """Threads that sleep between two kernels: OpenMP's wait awake, and take the cores from whoever else has work."""
    return ThreadPoolExecutor(count, "kernels")
