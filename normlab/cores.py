"""How many cores there are, and how many of them a single run can use."""

import os

MOST = 2
"""The network is small: a batch is cut in two, so that more threads than these make a run no faster."""


def available() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def for_lone_run() -> int:
    """The threads of a run that has the machine to itself."""
    return min(MOST, available())
