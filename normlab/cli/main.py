"""Where the `normlab` command begins. It imports little: Ctrl-C ends it from its first line on."""

import gc
import sys

from normlab.cli import interrupts, streams
from normlab.imports import lasting


def main() -> int:
    """Run the command that the process was started for, and return its exit code; from Ctrl-C the process dies."""
    interrupts.end_at_once()
    streams.settle()
    with lasting():
        from normlab.cli.commands import run

    code = run(sys.argv[1:])
    gc.freeze()  # at its end Python would look through all of torch for what nobody needs any more: half a second
    if code == interrupts.INTERRUPTED:
        interrupts.die()
    return code
