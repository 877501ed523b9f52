"""How the kernels are compiled and kept."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
import platformdirs
from filelock import FileLock
from numba import njit

_SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))
_CONFIG: Any = numba.config
FOLDER = Path(_CONFIG.CACHE_DIR or platformdirs.user_cache_path("normlab")) / f"kernels-{_SOURCES.hexdigest()[:12]}"
"""Compiled kernels are kept by what all their sources say: numba itself looks only at a kernel's own file, not at what
is inlined from others."""
_CONFIG.CACHE_DIR = str(FOLDER)


_njit: Any = njit
_OPTIONS = {"error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}
"""Without what makes a kernel callable from C: that takes time to compile, and nobody calls it so."""


def inline(function: Callable[..., Any]) -> Any:
    """For use in kernels alone: Python could not call it.

    No sum is reordered, and nothing is fused but where it is written (`lanes.multiply_add`): else the digits would
    depend on what the compiler makes of a function in its place; a kernel that had just been compiled gave others than
    the same one from the cache.
    """
    return _njit(function, **_OPTIONS, no_cpython_wrapper=True)


def kernel(function: Callable[..., Any]) -> Callable[..., None]:
    """Compiled at its first call for a type of numbers, and kept on disk. Threads may call it side by side."""
    compiled: Callable[..., None] = keep(_njit(function, **_OPTIONS))
    return compiled


def keep(compiled: Any) -> Any:
    """On disk, if `FOLDER` can be written: else every process compiles for itself."""
    if not problem():
        compiled.enable_caching()
    return compiled


@contextmanager
def turn() -> Iterator[None]:
    """For the first call of all kernels: of several processes one compiles, and the others find what it has kept.

    They wait for a lock of the system's, which the end of a process opens. Nobody waits where kernels are there
    already, or can be neither kept nor locked. (On another kind of processor kernels that are there do not fit: then
    each process compiles.)
    """
    done = FOLDER / "compiled"
    if problem() or done.exists():
        yield
        return
    lock = FileLock(FOLDER / "compiling.lock")
    try:
        lock.acquire()
    except (OSError, NotImplementedError):  # a file system without locks
        yield
        return
    try:
        if done.exists():
            lock.release()  # reading them takes no turns
        yield
        done.touch()
    finally:
        lock.release()


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
            "10 s first: make it writable, or set NUMBA_CACHE_DIR to another folder."
        )
    return ""


_PROBE = b"x" * 65_536
"""A full disk takes an empty file."""
