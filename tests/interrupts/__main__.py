"""Ctrl-C at random moments of `normlab train`: `make interrupts`. Exit code 1 if one try misses what is promised.

Every try starts the command, sends SIGINT at some moment from its first line on, and waits until it has ended. With
`--busy` loops take the cores meanwhile. Prints how many tries hung, how long the others took and how they ended.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tries import MOMENTS, Try, interrupt


def main() -> int:
    parser = argparse.ArgumentParser(prog="make interrupts", description=__doc__)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="endless loops beside the tries")
    parser.add_argument("--within", type=float, default=1.0, metavar="SECONDS", help="what is promised (1, busy 3)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dataset", default="digits")
    chosen = parser.parse_args()
    words = ["--dataset", chosen.dataset, "--epochs", "200"]
    draw = random.Random(chosen.seed)
    tries = []
    with tempfile.TemporaryDirectory(prefix="normlab-interrupts-") as folder, loops(chosen.busy):
        for number in range(chosen.tries):
            moment = MOMENTS[number % len(MOMENTS)]
            tries.append(interrupt(words, Path(folder) / str(number), moment, draw.random()))
            if not is_kept(tries[-1], chosen.within):
                print(f"try {number}: {tries[-1]}", flush=True)
    tell(tries)
    return 0 if all(is_kept(one, chosen.within) for one in tries) else 1


def is_kept(one: Try, within: float) -> bool:
    return one.seconds <= within and one.code == 130 and "Traceback" not in one.said


def tell(tries: list[Try]) -> None:
    ended = sorted(one.seconds for one in tries if one.code is not None)
    print(f"{len(tries)} tries, {len(tries) - len(ended)} hung, exit codes {dict(Counter(one.code for one in tries))}")
    print(f"seconds: median {statistics.median(ended):.2f}, most {ended[-1]:.2f}")
    for moment in MOMENTS:
        own = [one.seconds for one in tries if one.moment == moment]
        print(f"  {moment}: {len(own)} tries, most {max(own, default=0.0):.2f}")


@contextmanager
def loops(count: int) -> Iterator[None]:
    """So many processes that only take time."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


if __name__ == "__main__":
    os.environ.pop("NORMLAB_SCHEDULER", None)
    sys.exit(main())
