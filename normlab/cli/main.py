"""Where the `normlab` command begins. It imports little: Ctrl-C ends it from its first line on."""

import sys

from normlab.cli import interrupts, streams


def main() -> int:
    """Run the command that the process was started for, and return its exit code; from Ctrl-C the process dies."""
    interrupts.end_at_once()
    streams.settle()
    from normlab.cli.commands import run

    code = run(sys.argv[1:])
    if code == interrupts.INTERRUPTED:
        interrupts.die()
    return code
