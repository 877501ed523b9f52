"""A limit on the memory of this process: over it, the process says so and ends."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

_LOOK_SECONDS = 0.1
_STATUS = Path("/proc/self/statm")


def limit(megabytes: int, tell: Callable[[str], None]) -> None:
    """From now on the process may take so much more than it has. Without /proc, as on macOS and Windows, no limit.

    Before the process ends, `tell` is called with a sentence.

    The peak that `resource` knows is of no use: a new process inherits that of its parent. Nor is a limit on addresses
    (RLIMIT_AS): PyTorch reserves many times what it takes.
    """
    if not _STATUS.exists():
        return
    most = resident() + megabytes * 1_000_000
    threading.Thread(target=_watch, args=(most, megabytes, tell), name="memory", daemon=True).start()


def resident() -> int:
    """Bytes of memory that the process has."""
    return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _watch(most: int, megabytes: int, tell: Callable[[str], None]) -> None:
    while resident() <= most:
        time.sleep(_LOOK_SECONDS)
    tell(
        f"The training took more memory than a worker may: {megabytes:,} MB beyond what PyTorch itself takes "
        "(NORMLAB_WORKER_MB)."
    )
    os._exit(1)
