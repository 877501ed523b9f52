"""Where the threads of one pass wait for each other, without sleep: a stage of the network lasts some 100 µs."""

import sys
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from normlab.training.kernels.compile import inline

_intrinsic: Callable[..., Any] = intrinsic

_PATIENCE = 2000
"""Looks at the counter before the thread lets others run, which a machine with other work needs."""


@_intrinsic
def _arrive(context: Any, counter: Any, count: Any) -> Any:
    """Add to `counter` (1,), an array of 64-bit integers, as one indivisible step; gives what was there before."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.atomic_rmw("add", array.data, arguments[1], "seq_cst")

    return types.int64(counter, types.int64), generate


@_intrinsic
def _give_way(context: Any) -> Any:
    """Let another thread run, where the system has a call for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if sys.platform != "win32":
            kind = ir.FunctionType(ir.IntType(32), [])
            found = cgutils.get_or_insert_function(builder.module, kind, "sched_yield")  # type: ignore[no-untyped-call]
            builder.call(found, [])
        return context.get_dummy_value()

    return types.none(), generate


@inline
def wait(counter, threads, turn):  # type: ignore[no-untyped-def]
    """Go on once all `threads` have come here for the `turn`-th time, from 1; gives the next turn."""
    if threads > 1:
        _arrive(counter, 1)
        looks = 0
        while _arrive(counter, 0) < threads * turn:
            looks += 1
            if looks > _PATIENCE:
                _give_way()
    return turn + 1
