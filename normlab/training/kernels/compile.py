"""How the kernels are compiled and kept."""

import hashlib
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import platformdirs
from numba import njit

_SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))
_CONFIG: Any = numba.config
FOLDER = Path(_CONFIG.CACHE_DIR or platformdirs.user_cache_path("normlab")) / f"kernels-{_SOURCES.hexdigest()[:12]}"
"""Compiled kernels are kept by what all their sources say: numba itself looks only at a kernel's own file, not at what
is inlined from others."""
_CONFIG.CACHE_DIR = str(FOLDER)


def inline(function: Callable[..., Any]) -> Any:
    """For use in kernels.

    No sum is reordered, and nothing is fused but where it is written (`lanes.multiply_add`): else the digits would
    depend on what the compiler makes of a function in its place; a kernel that had just been compiled gave others than
    the same one from the cache.
    """
    return njit(function, error_model="numpy", nogil=True)


def kernel(function: Callable[..., Any]) -> Callable[..., None]:
    """Compiled at its first call for a type of numbers, and kept on disk. Threads may call it side by side."""
    compiled: Callable[..., None] = keep(inline(function))
    return compiled


def keep(compiled: Any) -> Any:
    """On disk, if `FOLDER` can be written: else every process compiles for itself."""
    if not problem():
        compiled.enable_caching()
    return compiled


@cache
def problem() -> str:
    """Why compiled kernels cannot be kept, as one sentence with the mend; "" if they can."""
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=FOLDER) as probe:
            probe.write(_PROBE)
            probe.flush()
    except OSError as error:
        return (
            f"{FOLDER} cannot be written ({error.strerror or error}), so every process that trains compiles for some "
            "20 s first: make it writable, or set NUMBA_CACHE_DIR to another folder."
        )
    return ""


_PROBE = b"x" * 65_536
"""A full disk takes an empty file."""
