"""Imports of large libraries."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """What is imported within stays until the process ends: the garbage collector never looks at it.

    Of torch's 1.6 s of start and end, such looks are 0.7.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
