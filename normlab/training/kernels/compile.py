"""How the kernels are compiled, and run: one at a time, with as many threads as torch has."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import numba
import torch
from numba import njit

numba.config.THREADING_LAYER_PRIORITY = ["omp", "workqueue", "tbb"]
"""OpenMP's threads wait awake: with the others, waking them costs more than most kernels."""

_ONE_AT_A_TIME = threading.Lock()
"""The layer `workqueue` ends the process if two threads of Python use it together."""

_MATH = {"reassoc", "contract", "nsz", "arcp"}
"""Sums may be reordered; NaN and infinity stay what they are."""


def inline(function: Callable[..., Any]) -> Any:
    """For use in kernels."""
    return njit(function, fastmath=_MATH, error_model="numpy")


def small_kernel(function: Callable[..., Any]) -> Callable[..., None]:
    """As `kernel`, in one thread."""
    compiled: Callable[..., None] = _kept(njit(function, fastmath=_MATH, error_model="numpy"))
    return compiled


def kernel(function: Callable[..., Any]) -> Callable[..., None]:
    """Compiled at its first call, and kept on disk until its own file changes."""
    compiled = njit(function, fastmath=_MATH, error_model="numpy", nogil=True, parallel=True)
    _kept(compiled)

    @wraps(function)
    def call(*arguments: Any) -> None:
        with _ONE_AT_A_TIME:
            numba.set_num_threads(min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS))
            compiled(*arguments)

    return call


def _kept(compiled: Any) -> Any:
    with suppress(RuntimeError):  # no folder can be written: every process compiles for itself
        compiled.enable_caching()
    return compiled
