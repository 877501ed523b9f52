"""What the environment says of the engine: how many workers, how much memory, which cluster."""

import os
import re

from normlab import numerals
from normlab.errors import NormlabError


class EngineProblem(NormlabError):
    """One sentence: why nothing can be trained here, and how to mend it."""


def workers_wanted() -> int:
    """`NORMLAB_WORKERS`, or 1. Raises `EngineProblem` if it is no number."""
    return _number("NORMLAB_WORKERS", default=1, least=0, most=64)


def megabytes_wanted() -> int:
    """`NORMLAB_WORKER_MB`: what a worker may take beyond PyTorch itself. Raises `EngineProblem` if it is no number."""
    return _number("NORMLAB_WORKER_MB", default=1_000, least=100, most=1_000_000)


def scheduler_wanted() -> str:
    """`NORMLAB_SCHEDULER`: the address of a Dask scheduler, or "" for worker processes of this machine.

    Raises `EngineProblem` if it is no address.
    """
    text = os.environ.get("NORMLAB_SCHEDULER", "").strip()
    if text and not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d+", text):
        raise EngineProblem(f"NORMLAB_SCHEDULER={text} must be an address like tcp://192.168.1.5:8786.")
    return text


def _number(name: str, *, default: int, least: int, most: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    number = numerals.read_whole(text)
    if number is None or not least <= number <= most:
        raise EngineProblem(f"{name}={numerals.cut(text)} must be a whole number from {least} to {most}.")
    return number
