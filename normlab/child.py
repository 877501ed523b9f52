"""Child processes that are spoken to line by line: how to tell them something, and how to end them."""

import json
import signal
import subprocess
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

LOWER_PRIORITY: int = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""Windows' flag for a process that lets this one go first; elsewhere such a one is nice by itself."""

_DEATH_SECONDS = 3.0


def tell(process: "subprocess.Popen[str]", message: Mapping[str, Any]) -> bool:
    """A line of JSON on its standard input; False if it has just died, or its input was closed."""
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
    except (OSError, ValueError):
        return False
    return True


def close_input(process: "subprocess.Popen[str]") -> None:
    """Nothing more is told: a process that reads its standard input ends at that."""
    if process.stdin is not None:
        with suppress(OSError):  # it ended before
            process.stdin.close()


def exit_code(process: "subprocess.Popen[str]") -> int | None:
    """That of a process which is about to end. One that does not is killed; None if even that does not end it."""
    for _ in range(2):
        try:
            return process.wait(_DEATH_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    return None


def keep_last(stream: IO[str], last: "deque[str]") -> None:
    """Read the stream to its end, and keep its last lines that are not empty: as many as `last` holds."""
    with stream:
        for line in stream:
            if line.strip():
                last.append(line.strip())


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "it cannot be ended"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
